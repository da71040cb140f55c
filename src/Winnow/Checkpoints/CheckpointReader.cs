using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Winnow.Catalog;

namespace Winnow.Checkpoints;

/// <summary>A checkpoint that was found whole: every byte was read once and compared with its checksum when it was opened.</summary>
public sealed class CheckpointReader
{
    private readonly Stream _source;
    private readonly byte[] _checksums;
    private readonly Dictionary<string, string> _facts;
    private readonly Dictionary<string, Section> _sections;
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    private CheckpointReader(Stream source, byte[] checksums, Dictionary<string, string> facts, IEnumerable<Section> sections)
    {
        (_source, _checksums, _facts) = (source, checksums, facts);
        _sections = sections.ToDictionary(static section => section.Name, StringComparer.Ordinal);
    }

    /// <summary>The facts by name.</summary>
    public IReadOnlyDictionary<string, string> Facts => _facts;

    /// <summary>The arrays' names.</summary>
    public IReadOnlyCollection<string> Names => _sections.Keys;

    /// <summary>Reads a checkpoint from the stream's beginning and compares all checksums.</summary>
    /// <param name="source">A stream that can seek; it must stay open for as long as arrays are read.</param>
    /// <exception cref="CheckpointException">It is torn or altered (the message names the section), no checkpoint, or of another version of the format.</exception>
    public static CheckpointReader Open(Stream source)
    {
        var opened = OpenUnread(source);
        opened.CompareRest();
        return opened;
    }

    /// <summary>
    /// The same for one who can throw away what was made of it: an array is compared when it is read, so that large ones come from the disk once, and
    /// those that weren't read by <see cref="CompareRest"/>.
    /// </summary>
    internal static CheckpointReader OpenUnread(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.CanSeek)
        {
            throw new ArgumentException("a checkpoint is read from a stream that can seek; copy it into a file or a MemoryStream first", nameof(source));
        }

        source.Position = 0;
        var header = ReadHeader(source);
        (var facts, var sections) = Parse(header, source.Length);
        var found = facts.GetValueOrDefault(CheckpointFormat.VersionFact) ?? throw Damaged("header", $"it names no version of the format ({CheckpointFormat.VersionFact}); this is no checkpoint of Winnow");
        var checksums = Checksums(source, sections);
        Compare(checksums, 0, "header", SHA256.HashData(header));
        if (found != CheckpointFormat.Version)
        {
            throw new CheckpointException($"the checkpoint has version {found} of the format and this program reads version {CheckpointFormat.Version}; use the version of Winnow that wrote it");
        }

        return new(source, checksums, facts, sections.SkipLast(1).Select(static (section, i) => section with { Row = i + 1 }));
    }

    /// <summary>Compares the arrays that weren't yet.</summary>
    /// <exception cref="CheckpointException">One is altered; the message names it.</exception>
    internal void CompareRest()
    {
        foreach (var section in _sections.Values)
        {
            if (_compared.Contains(section.Name))
            {
                continue;
            }

            Compare(_checksums, section.Row, section.Name, Hash(_source, section));
            _compared.Add(section.Name);
        }
    }

    /// <summary>Whether there is an array of that name.</summary>
    /// <param name="name">A name.</param>
    public bool Has(string name) => _sections.ContainsKey(name);

    /// <summary>How many elements an array has.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">There is none.</exception>
    public long Length(string name)
    {
        var section = Find(name);
        return section.Length / SafetensorsHeader.Size(section.Type);
    }

    /// <summary>Reads an array.</summary>
    /// <typeparam name="T">The type that it was written with.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Exactly as long as the array.</param>
    /// <exception cref="CheckpointException">There is no such array, or it has another type or length.</exception>
    public void Read<T>(string name, Span<T> destination) where T : unmanaged
    {
        var section = Find(name);
        if (section.Type != CheckpointFormat.Name<T>() || Length(name) != destination.Length)
        {
            throw new CheckpointException($"\"{name}\" in the checkpoint is {section.Type}[{string.Join(", ", section.Shape)}], and {CheckpointFormat.Name<T>()}[{destination.Length}] is needed; it belongs to something else");
        }

        _source.Position = section.Start;
        var passing = new PageCacheAdvice(_source);
        using var hash = _compared.Contains(name) ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CheckpointFormat.Fill(destination, bytes =>
        {
            _source.ReadExactly(bytes);
            hash?.AppendData(bytes);
            passing.Passed();
        });
        if (hash is null)
        {
            return;
        }

        Compare(_checksums, section.Row, name, hash.GetHashAndReset());
        _compared.Add(name);
    }

    /// <summary>Reads an array into a new one.</summary>
    /// <inheritdoc cref="Read{T}(string, Span{T})"/>
    public T[] Read<T>(string name) where T : unmanaged
    {
        var values = new T[checked((int)Length(name))];
        Read<T>(name, values);
        return values;
    }

    /// <summary>A fact.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">There is none.</exception>
    public string Fact(string name) => _facts.GetValueOrDefault(name) ?? throw new CheckpointException($"the checkpoint has no \"{name}\"; it was written by something else");

    /// <summary>A fact that is a number.</summary>
    /// <typeparam name="T">What kind of number.</typeparam>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">There is none, or it is no such number.</exception>
    public T Fact<T>(string name) where T : struct, INumber<T>, IMinMaxValue<T> => NumberText.Read(Fact(name), out T value) is null
        ? value
        : throw new CheckpointException($"\"{name}\" in the checkpoint is \"{Fact(name)}\", which is no {typeof(T).Name}; it was written by something else");

    /// <summary>Refuses the checkpoint unless it belongs to what is to go on.</summary>
    /// <param name="facts">What has to stand in it.</param>
    /// <param name="closed">How names begin of which no other may stand in it: what isn't set has no fact to be compared.</param>
    /// <exception cref="CheckpointException">A fact differs, is missing or is one too many; the message lists every one that does.</exception>
    public void Require(IEnumerable<KeyValuePair<string, string>> facts, params string[] closed)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(closed);
        var asked = facts.ToDictionary(StringComparer.Ordinal);
        string[] different =
        [
            .. asked.Where(fact => _facts.GetValueOrDefault(fact.Key) != fact.Value).Select(fact => $"{fact.Key} is {_facts.GetValueOrDefault(fact.Key) ?? "missing"} in the checkpoint and {fact.Value} here"),
            .. _facts.Where(fact => !asked.ContainsKey(fact.Key) && closed.Any(start => fact.Key.StartsWith(start, StringComparison.Ordinal))).Select(static fact => $"{fact.Key} is {fact.Value} in the checkpoint and not set here"),
        ];
        if (different.Length > 0)
        {
            throw new CheckpointException($"the checkpoint belongs to something else: {string.Join("; ", different)}");
        }
    }

    private Section Find(string name) => _sections.GetValueOrDefault(name) ?? throw new CheckpointException($"the checkpoint has no array \"{name}\"; it was written by something else");

    private static byte[] ReadHeader(Stream source)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        var there = source.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        try
        {
            var header = new byte[SafetensorsHeader.JsonLength(prefix[..there], source.Length) + prefix.Length];
            prefix.CopyTo(header);
            source.ReadExactly(header.AsSpan(prefix.Length));
            return header;
        }
        catch (SafetensorsException error)
        {
            throw Damaged(error);
        }
    }

    private static (Dictionary<string, string> Facts, List<Section> Sections) Parse(byte[] header, long fileLength)
    {
        try
        {
            var parsed = SafetensorsHeader.Parse(header.AsSpan(SafetensorsHeader.PrefixLength), fileLength - header.Length);
            return (parsed.Metadata.ToDictionary(StringComparer.Ordinal), [.. parsed.Entries.Select(entry => new Section(entry.Name, entry.Type, entry.Shape, header.Length + entry.Start, entry.Length))]);
        }
        catch (SafetensorsException error)
        {
            throw Damaged(error);
        }
    }

    private static byte[] Checksums(Stream source, List<Section> sections)
    {
        if (sections is not [.., { Name: CheckpointFormat.Checksums, Type: "U8" } last] || last.Length != (long)sections.Count * CheckpointFormat.ChecksumLength)
        {
            throw Damaged("header", $"the array \"{CheckpointFormat.Checksums}\" with a row for the header and each other array isn't its last");
        }

        var checksums = new byte[last.Length];
        source.Position = last.Start;
        source.ReadExactly(checksums);
        return checksums;
    }

    private static byte[] Hash(Stream source, Section section)
    {
        const int Part = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = ArrayPool<byte>.Shared.Rent((int)Math.Min(Part, Math.Max(1, section.Length)));
        source.Position = section.Start;
        var passing = new PageCacheAdvice(source);
        for (var left = section.Length; left > 0;)
        {
            var here = part.AsSpan(0, (int)Math.Min(part.Length, left));
            source.ReadExactly(here);
            hash.AppendData(here);
            passing.Passed();
            left -= here.Length;
        }

        ArrayPool<byte>.Shared.Return(part);
        return hash.GetHashAndReset();
    }

    private static void Compare(byte[] checksums, int row, string name, byte[] found)
    {
        if (!checksums.AsSpan(row * CheckpointFormat.ChecksumLength, CheckpointFormat.ChecksumLength).SequenceEqual(found))
        {
            throw Damaged(name, "its checksum is another");
        }
    }

    private static CheckpointException Damaged(string section, string how, Exception? inner = null) =>
        new($"section \"{section}\" of the checkpoint is altered: {how}; use an older checkpoint", inner) { Damaged = true };

    private static CheckpointException Damaged(SafetensorsException error) => error.Torn
        ? new($"the checkpoint is torn within section \"{error.Entry ?? "header"}\": expected {error.Expected}, found {error.Found}; use an older checkpoint", error) { Damaged = true }
        : Damaged("header", error.Message, error);

    private sealed record Section(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Length, int Row = 0);
}
