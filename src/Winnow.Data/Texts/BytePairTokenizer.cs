using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Winnow.Data.Texts;

/// <summary>
/// Text as numbers and back: a byte-level byte-pair tokenizer, as GPT-2's, trained here (<see cref="Train"/>) or read from a <c>tokenizer.json</c> (<see cref="TokenizerFile"/>). Any text comes back from
/// its tokens as it was, since what isn't in the vocabulary is written in bytes. Safe for several threads.
/// </summary>
public sealed class BytePairTokenizer
{
    /// <summary>What ends and begins texts in a tokenizer that is trained here.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The smallest vocabulary: the bytes, and <see cref="EndOfText"/>.</summary>
    public const int SmallestVocabulary = 257;

    private readonly BpeTokenizer _encoder;
    private readonly string[] _tokens;
    private readonly HashSet<int> _special;

    internal BytePairTokenizer(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyDictionary<string, int> special)
    {
        (Vocabulary, MergeList, Special) = (vocabulary, merges, special);
        _special = [.. special.Values];
        _tokens = new string[vocabulary.Values.Concat(special.Values).Max() + 1];
        foreach (var (token, id) in vocabulary.Concat(special))
        {
            _tokens[id] = token;
        }

        _encoder = BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = merges.Select(static merge => $"{merge.Left} {merge.Right}"),
            PreTokenizer = new WordScanner(),
            ByteLevel = true,
        });
    }

    /// <summary>How many numbers there are: the largest plus one.</summary>
    public int Size => _tokens.Length;

    /// <summary>The number of the token that ends a text; null where the tokenizer has none of a name that is known for it.</summary>
    public int? EndToken => Known(EndOfText, "<|end_of_text|>", "</s>");

    /// <summary>Ordinary tokens by what they are written as, a character a byte.</summary>
    internal IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>What is merged, the first first.</summary>
    internal IReadOnlyList<(string Left, string Right)> MergeList { get; }

    /// <summary>Tokens that no text is encoded to.</summary>
    internal IReadOnlyDictionary<string, int> Special { get; }

    /// <summary>Trains a tokenizer. The same texts give the same one, in any order.</summary>
    /// <param name="texts">What it is trained on.</param>
    /// <param name="vocabulary">How many tokens it has, the special one and the 256 bytes included; fewer where the texts have too few pairs that come twice.</param>
    /// <exception cref="DataException">The vocabulary is smaller than <see cref="SmallestVocabulary"/>.</exception>
    public static BytePairTokenizer Train(IEnumerable<string> texts, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (vocabulary < SmallestVocabulary)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture, $"a vocabulary of {vocabulary} is less than {SmallestVocabulary}, the bytes and the end of a text; e.g. 4096."));
        }

        // Bytes in the order of their characters, as libraries number them.
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(static value => ByteAlphabet.Of((byte)value).ToString()).Order(StringComparer.Ordinal)];
        var tokens = new List<string> { EndOfText };
        tokens.AddRange(alphabet);
        var tokenOf = new int[256];
        for (var k = 0; k < alphabet.Length; k++)
        {
            ByteAlphabet.TryByte(alphabet[k][0], out var value);
            tokenOf[value] = k + 1;
        }

        var merges = new List<(string Left, string Right)>();
        foreach (var (left, right) in new BytePairTraining(BytePairTraining.CountWords(texts), tokenOf).Merges(tokens.Count, vocabulary - tokens.Count))
        {
            merges.Add((tokens[left], tokens[right]));
            tokens.Add(tokens[left] + tokens[right]);
        }

        return new(
            tokens.Index().Skip(1).ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal), merges,
            new Dictionary<string, int> { [EndOfText] = 0 });
    }

    /// <summary>The tokens of a text; none of them is a special one, whatever the text says.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. _encoder.EncodeToIds(text)];
    }

    /// <summary>The text of tokens. Special ones are left out; bytes that are no character come as U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token's.</exception>
    public string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(DecodeBytes(tokens));

    /// <summary>The bytes of tokens, special ones left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token's.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token < 0 || token >= _tokens.Length || _tokens[token] is null)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"no token has this number; there are {Size}.");
            }

            foreach (var character in _special.Contains(token) ? "" : _tokens[token])
            {
                bytes.Add(ByteAlphabet.TryByte(character, out var value) ? value : throw new ArgumentOutOfRangeException(nameof(tokens), token, $"the token \"{_tokens[token]}\" isn't made of bytes."));
            }
        }

        return [.. bytes];
    }

    /// <summary>What a token is written as in the vocabulary, a character a byte.</summary>
    /// <param name="token">Its number, in [0, <see cref="Size"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is no token's.</exception>
    public string NameOf(int token) => token >= 0 && token < _tokens.Length && _tokens[token] is { } name
        ? name
        : throw new ArgumentOutOfRangeException(nameof(token), token, $"no token has this number; there are {Size}.");

    private int? Known(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Special.TryGetValue(name, out var id))
            {
                return id;
            }
        }

        return null;
    }
}
