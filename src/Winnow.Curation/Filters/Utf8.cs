using System.Text;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Filters;

/// <summary>Lines, words and sentences of UTF-8 in place.</summary>
internal static class Utf8
{
    /// <summary>Where the line that begins here ends, in the sense of Python's <c>str.splitlines</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The line's start, inside the text.</param>
    /// <param name="after">Where the next line begins.</param>
    public static int LineEnd(ReadOnlySpan<byte> text, int start, out int after)
    {
        for (var i = start; i < text.Length;)
        {
            var kinds = Kinds(text, i, out var used);
            if ((kinds & ScalarKinds.LineBreak) != ScalarKinds.None)
            {
                after = i + used + (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0);
                return i;
            }

            i += used;
        }

        after = text.Length;
        return text.Length;
    }

    /// <summary>The part without white space at its ends.</summary>
    public static (int Start, int End) TrimRange(ReadOnlySpan<byte> text, int start, int end)
    {
        while (start < end && (Kinds(text[..end], start, out var used) & ScalarKinds.Space) != ScalarKinds.None)
        {
            start += used;
        }

        while (end > start)
        {
            Rune.DecodeLastFromUtf8(text[start..end], out var rune, out var used);
            if ((ScalarTable.Instance.KindsOf(rune.Value) & ScalarKinds.Space) == ScalarKinds.None)
            {
                break;
            }

            end -= used;
        }

        return (start, end);
    }

    /// <summary>A text without white space at its ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var (start, end) = TrimRange(text, 0, text.Length);
        return text[start..end];
    }

    /// <summary>How many words there are between white space, and how many scalar values the longest has.</summary>
    public static (int Words, int Longest) Words(ReadOnlySpan<byte> text)
    {
        int words = 0, longest = 0, length = 0;
        for (var i = 0; i < text.Length;)
        {
            var space = (Kinds(text, i, out var used) & ScalarKinds.Space) != ScalarKinds.None;
            length = space ? 0 : length + 1;
            words += length == 1 ? 1 : 0;
            longest = Math.Max(longest, length);
            i += used;
        }

        return (words, longest);
    }

    /// <summary>How many sentences a line has; what stands behind the last mark is one as well.</summary>
    public static int Sentences(ReadOnlySpan<byte> line)
    {
        var sentences = 0;
        var open = false;
        for (var i = 0; i < line.Length;)
        {
            var kinds = Kinds(line, i, out var used);
            if ((kinds & ScalarKinds.Terminal) == ScalarKinds.None)
            {
                open |= (kinds & ScalarKinds.Space) == ScalarKinds.None;
                i += used;
                continue;
            }

            open = true;
            var wide = used > 1;
            i += used;
            while (i < line.Length && (((kinds = Kinds(line, i, out used)) & ScalarKinds.Terminal) != ScalarKinds.None || IsClosing(line[i..])))
            {
                wide |= used > 1 && (kinds & ScalarKinds.Terminal) != ScalarKinds.None;
                i += used;
            }

            // Scripts with marks of their own put no white space behind them.
            if (wide || i == line.Length || (kinds & ScalarKinds.Space) != ScalarKinds.None)
            {
                sentences++;
                open = false;
            }
        }

        return sentences + (open ? 1 : 0);
    }

    private static bool IsClosing(ReadOnlySpan<byte> text) => text[0] is (byte)'"' or (byte)'\'' or (byte)')' or (byte)']'
        || text.StartsWith("”"u8) || text.StartsWith("’"u8) || text.StartsWith("»"u8) || text.StartsWith("」"u8) || text.StartsWith("』"u8) || text.StartsWith("）"u8);

    private static ScalarKinds Kinds(ReadOnlySpan<byte> text, int at, out int used)
    {
        int scalar = text[at];
        used = 1;
        if (scalar >= 0x80)
        {
            Rune.DecodeFromUtf8(text[at..], out var rune, out used);
            scalar = rune.Value;
        }

        return ScalarTable.Instance.KindsOf(scalar);
    }
}
