using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Texts;

/// <summary>Texts in memory: what to train on and what to test on.</summary>
public sealed record TextData : TaskData
{
    private readonly string _name;
    private readonly Lazy<string> _fingerprint;

    /// <param name="name">What the data set is called.</param>
    /// <param name="train">The training texts, at least one.</param>
    /// <param name="test">The test texts, at least one.</param>
    /// <param name="note">Something the user should know about how the files were understood; null when there is nothing.</param>
    /// <exception cref="DataException">There is no text to train on, or none to test on, or one is empty.</exception>
    public TextData(string name, IReadOnlyList<TextSample> train, IReadOnlyList<TextSample> test, string? note = null)
        : base(Describe(name, train, test), note)
    {
        if (train.Count == 0 || test.Count == 0)
        {
            throw new DataException($"{name}: there is no text to {(train.Count == 0 ? "train" : "test")} on; both parts need at least one.");
        }

        if (train.Concat(test).Any(static sample => string.IsNullOrEmpty(sample.Text) || sample.Prompt is { Length: 0 }))
        {
            throw new DataException($"{name}: a text or a prompt is empty; leave it out.");
        }

        (_name, Train, Test) = (name, train, test);
        _fingerprint = new(() => Hash(Train, Test));
    }

    /// <summary>The training texts.</summary>
    public IReadOnlyList<TextSample> Train { get; }

    /// <summary>The test texts.</summary>
    public IReadOnlyList<TextSample> Test { get; }

    /// <summary>What tells data sets apart: a SHA-256 over all texts, where each ends, and which are prompts.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <inheritdoc/>
    public override string Name => _name;

    /// <inheritdoc/>
    public override string Kind => "texts";

    /// <inheritdoc/>
    public override int TrainCount => Train.Count;

    /// <inheritdoc/>
    public override int TestCount => Test.Count;

    /// <summary>The same with so many of the training texts, evenly spread over their order: files of words are sorted, as a rule.</summary>
    /// <inheritdoc/>
    public override TextData Limited(int count)
    {
        if (count < 1 || count > Train.Count)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture, $"{count} of the {Train.Count} training texts of {Name} can't be taken; take between 1 and all."));
        }

        return new(Name, [.. Enumerable.Range(0, count).Select(k => Train[(int)((long)k * Train.Count / count)])], Test, Note);
    }

    private static string Describe(string name, IReadOnlyList<TextSample> train, IReadOnlyList<TextSample> test)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        var pairs = train.Count(static sample => sample.Prompt is not null);
        var kind = pairs == 0 ? "texts" : pairs == train.Count ? "prompts with answers" : string.Create(CultureInfo.InvariantCulture, $"texts, {pairs:N0} of them with a prompt");
        return string.Create(CultureInfo.InvariantCulture, $"{name}: {train.Count:N0} training and {test.Count:N0} test samples, {kind}");
    }

    private static string Hash(params ReadOnlySpan<IReadOnlyList<TextSample>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            Number(length, part.Count);
            foreach (var sample in part)
            {
                Text(length, sample.Prompt);
                Text(length, sample.Text);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Text(Span<byte> length, string? text)
        {
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            Number(length, text is null ? -1 : bytes.Length);
            hash.AppendData(bytes);
        }

        void Number(Span<byte> length, int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, value);
            hash.AppendData(length);
        }
    }
}
