namespace Winnow.Curation.Signals;

/// <summary>Stretches of a text of scalar values: lines in the senses of Python's <c>splitlines</c> and of a split at line feeds, and what is left without white space at the ends.</summary>
internal static class TextLines
{
    /// <summary>The next line as Python's <c>str.splitlines</c> has them: a break at the end of the text makes no further line, and a carriage return with a line feed is one break.</summary>
    /// <param name="scalars">The text.</param>
    /// <param name="next">Where to read on; 0 at first.</param>
    /// <param name="start">The line's start.</param>
    /// <param name="end">The line's end, without its break.</param>
    public static bool Next(ReadOnlySpan<int> scalars, ref int next, out int start, out int end)
    {
        start = next;
        if (next >= scalars.Length)
        {
            end = next;
            return false;
        }

        var table = ScalarTable.Instance;
        end = next;
        while (end < scalars.Length && (table.KindsOf(scalars[end]) & ScalarKinds.LineBreak) == ScalarKinds.None)
        {
            end++;
        }

        next = end + (end + 1 < scalars.Length && scalars[end] == '\r' && scalars[end + 1] == '\n' ? 2 : 1);
        return true;
    }

    /// <summary>The next of the pieces between single line feeds. There is one more of them than line feeds.</summary>
    /// <param name="scalars">The text.</param>
    /// <param name="next">Where to read on; 0 at first.</param>
    /// <param name="start">The piece's start.</param>
    /// <param name="end">The piece's end.</param>
    public static bool NextPiece(ReadOnlySpan<int> scalars, ref int next, out int start, out int end)
    {
        start = next;
        end = next;
        if (next > scalars.Length)
        {
            return false;
        }

        var length = scalars[start..].IndexOf('\n');
        end = length < 0 ? scalars.Length : start + length;
        next = end + 1;
        return true;
    }

    /// <summary>The next of the pieces between runs of at least so many line feeds.</summary>
    /// <param name="scalars">The text.</param>
    /// <param name="feeds">The least number of line feeds that part two pieces.</param>
    /// <param name="next">Where to read on; 0 at first.</param>
    /// <param name="start">The piece's start.</param>
    /// <param name="end">The piece's end.</param>
    public static bool NextBlock(ReadOnlySpan<int> scalars, int feeds, ref int next, out int start, out int end)
    {
        start = next;
        end = next;
        if (next > scalars.Length)
        {
            return false;
        }

        while (true)
        {
            var length = scalars[end..].IndexOf('\n');
            if (length < 0)
            {
                end = scalars.Length;
                next = end + 1;
                return true;
            }

            end += length;
            var run = end;
            while (run < scalars.Length && scalars[run] == '\n')
            {
                run++;
            }

            if (run - end >= feeds)
            {
                next = run;
                return true;
            }

            end = run;
        }
    }

    /// <summary>Takes white space off both ends.</summary>
    public static ReadOnlySpan<int> Trim(ReadOnlySpan<int> scalars)
    {
        var table = ScalarTable.Instance;
        int start = 0, end = scalars.Length;
        while (start < end && (table.KindsOf(scalars[start]) & ScalarKinds.Space) != ScalarKinds.None)
        {
            start++;
        }

        while (end > start && (table.KindsOf(scalars[end - 1]) & ScalarKinds.Space) != ScalarKinds.None)
        {
            end--;
        }

        return scalars[start..end];
    }

    /// <summary>Whether it ends in three points or an ellipsis character.</summary>
    public static bool EndsInEllipsis(ReadOnlySpan<int> scalars) => scalars is [.., '.', '.', '.'] or [.., 0x2026];
}
