using System.Globalization;
using System.Text;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// The words of a text as 64-bit hashes: runs of letters, digits and combining marks, in lower case by Unicode's simple mapping; everything else parts them. So case, punctuation and white space don't
/// count. Characters of scripts that are written without spaces (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) are words by themselves.
/// </summary>
internal static class Words
{
    private const ulong Start = 0x9E3779B97F4A7C15, Multiplier = 0xD6E8FEB86659FD93;

    // Of ASCII: 0 parts words, else the byte in lower case.
    private static readonly byte[] s_ascii = [.. Enumerable.Range(0, 128).Select(static c => char.IsAsciiLetterOrDigit((char)c) ? (byte)char.ToLowerInvariant((char)c) : (byte)0)];

    /// <summary>Adds the hashes of a text's words to a list, in their order.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="words">Takes them.</param>
    /// <param name="ends">Takes where each word ends in the text, in bytes; null where nobody asks.</param>
    public static void Add(ReadOnlySpan<byte> text, List<ulong> words, List<int>? ends = null)
    {
        var (hash, pending, filled) = (Start, 0UL, 0);
        var inside = false;
        var at = 0;
        Span<byte> encoded = stackalloc byte[4];
        while (at < text.Length)
        {
            var value = text[at];
            if (value < 0x80)
            {
                var lower = s_ascii[value];
                if (lower != 0)
                {
                    Take(lower);
                    inside = true;
                }
                else if (inside)
                {
                    End(at);
                }

                at++;
                continue;
            }

            _ = Rune.DecodeFromUtf8(text[at..], out var rune, out var consumed);
            if (!IsOfWord(rune))
            {
                if (inside)
                {
                    End(at);
                }
            }
            else
            {
                var alone = StandsAlone(rune.Value);
                if (alone && inside)
                {
                    End(at);
                }

                foreach (var part in encoded[..Rune.ToLowerInvariant(rune).EncodeToUtf8(encoded)])
                {
                    Take(part);
                }

                inside = true;
                if (alone)
                {
                    End(at + consumed);
                }
            }

            at += consumed;
        }

        if (inside)
        {
            End(text.Length);
        }

        void Take(byte value)
        {
            pending |= (ulong)value << (8 * filled);
            if (++filled == 8)
            {
                hash = Mix(hash ^ pending);
                (pending, filled) = (0, 0);
            }
        }

        void End(int end)
        {
            words.Add(Mix(Mix(hash ^ pending) ^ (ulong)filled));
            ends?.Add(end);
            (hash, pending, filled, inside) = (Start, 0, 0, false);
        }
    }

    /// <summary>Spreads the bits of a number over all of it; no two numbers become one.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 32)) * Multiplier;
        value = (value ^ (value >> 32)) * Multiplier;
        return value ^ (value >> 32);
    }

    private static bool IsOfWord(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    // Thai and Lao; Myanmar; Khmer; Hiragana and Katakana; Han with its extensions.
    private static bool StandsAlone(int value) =>
        value is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF)
            or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
