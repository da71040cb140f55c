using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Winnow.Data.Texts;

/// <summary>
/// Cuts text into the words within which a byte-pair tokenizer merges, as GPT-2's does (Radford et al., Language Models are Unsupervised Multitask Learners, 2019, section 2.2) and with it every
/// tokenizer.json whose pre-tokenizer is ByteLevel: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Over characters and not over UTF-16's halves of them, which
/// .NET's regular expressions see. Every character is in one word.
/// </summary>
internal sealed class WordScanner : PreTokenizer
{
    private static readonly string[] s_endings = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Where the word ends that begins at a place.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where a word begins, before the text's end.</param>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        var rest = text[start..];
        if (rest[0] == '\'')
        {
            foreach (var ending in s_endings)
            {
                if (rest.StartsWith(ending, StringComparison.Ordinal))
                {
                    return start + ending.Length;
                }
            }
        }

        // A space belongs to the word behind it.
        var first = rest[0] == ' ' && rest.Length > 1 ? 1 : 0;
        var kind = KindAt(rest, first, out var length);
        if (kind != Kind.Space)
        {
            return start + Run(rest, first + length, kind);
        }

        var end = Run(rest, 1, Kind.Space);

        // The last of several spaces is the next word's.
        return start + (end < rest.Length && end > 1 ? end - 1 : end);
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var words = new List<(int Offset, int Length)>(text.Length / 4);
        for (var start = 0; start < text.Length;)
        {
            var end = End(text, start);
            words.Add((start, end - start));
            start = end;
        }

        return words;
    }

    private static int Run(ReadOnlySpan<char> text, int at, Kind kind)
    {
        while (at < text.Length && KindAt(text, at, out var length) == kind)
        {
            at += length;
        }

        return at;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var c = text[at];
        if (char.IsAscii(c))
        {
            return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : char.IsWhiteSpace(c) ? Kind.Space : Kind.Other;
        }

        _ = Rune.DecodeFromUtf16(text[at..], out var rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
