using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Winnow.Curation.Tests.Signals;

/// <summary>The rules written down in the plainest way, on strings and lists: what the kernels are held against.</summary>
internal static class Naive
{
    public static string Decode(byte[] text) => Encoding.UTF8.GetString(text);

    public static int Length(string text) => text.EnumerateRunes().Count();

    public static bool IsSpace(Rune r) => Rune.IsWhiteSpace(r) || r.Value is >= 0x1C and <= 0x1F;

    public static string Trim(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        while (runes.Count > 0 && IsSpace(runes[0]))
        {
            runes.RemoveAt(0);
        }

        while (runes.Count > 0 && IsSpace(runes[^1]))
        {
            runes.RemoveAt(runes.Count - 1);
        }

        return string.Concat(runes);
    }

    public static List<string> SplitLines(string text)
    {
        var lines = Regex.Split(text, "\r\n|[\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029]").ToList();
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    public static bool IsLetter(Rune r) => Rune.IsLetter(r);

    public static bool IsNumber(Rune r) => Rune.GetUnicodeCategory(r) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static bool IsExtend(Rune r) => Rune.GetUnicodeCategory(r) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;

    public static bool IsAlone(Rune r) => r.Value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3041 and <= 0x3096) or (>= 0x30A1 and <= 0x30FA);

    public static List<string> Tokens(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var tokens = new List<string>();
        for (var i = 0; i < runes.Length;)
        {
            if (IsSpace(runes[i]))
            {
                i++;
                continue;
            }

            var start = i++;
            var first = runes[start];
            if (IsAlone(first))
            {
                while (i < runes.Length && IsExtend(runes[i]))
                {
                    i++;
                }
            }
            else if (IsLetter(first) || IsNumber(first) || first.Value == '_')
            {
                var last = first;
                while (i < runes.Length)
                {
                    if (IsExtend(runes[i]))
                    {
                        i++;
                    }
                    else if ((IsLetter(runes[i]) || IsNumber(runes[i]) || runes[i].Value == '_') && !IsAlone(runes[i]))
                    {
                        last = runes[i++];
                    }
                    else if (i + 1 < runes.Length && !IsAlone(runes[i + 1])
                        && ((runes[i].Value is '\'' or 0x2019 && IsLetter(last) && IsLetter(runes[i + 1])) || (runes[i].Value is '.' or ',' && IsNumber(last) && IsNumber(runes[i + 1]))))
                    {
                        i++;
                    }
                    else
                    {
                        break;
                    }
                }
            }
            else
            {
                while (i < runes.Length && (IsExtend(runes[i]) || runes[i] == first))
                {
                    i++;
                }
            }

            tokens.Add(string.Concat(runes[start..i]));
        }

        return tokens;
    }

    public static bool IsWord(string token) => token.EnumerateRunes().Any(r => IsLetter(r) || IsNumber(r));

    public static (int Elements, int Characters) Duplicates(IEnumerable<string> pieces)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int elements = 0, characters = 0;
        foreach (var piece in pieces)
        {
            if (!seen.Add(piece))
            {
                elements++;
                characters += Length(piece);
            }
        }

        return (elements, characters);
    }

    public static double TopNGram(IReadOnlyList<string> tokens, int n)
    {
        var counts = new List<(string Text, int Count)>();
        for (var i = 0; i + n <= tokens.Count; i++)
        {
            var text = string.Join(' ', tokens.Skip(i).Take(n));
            var at = counts.FindIndex(c => c.Text == text);
            if (at < 0)
            {
                counts.Add((text, 1));
            }
            else
            {
                counts[at] = (text, counts[at].Count + 1);
            }
        }

        return counts.Count == 0 ? 0 : counts.OrderByDescending(static c => c.Count).First() is var top ? Length(top.Text) * top.Count : 0;
    }

    public static int DuplicateNGrams(IReadOnlyList<string> tokens, int n)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var characters = 0;
        for (var i = 0; i + n <= tokens.Count;)
        {
            if (seen.Add(string.Join(' ', tokens.Skip(i).Take(n))))
            {
                i++;
                continue;
            }

            characters += Length(string.Concat(tokens.Skip(i).Take(n)));
            i += n;
        }

        return characters;
    }
}
