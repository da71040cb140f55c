namespace Winnow.Curation.Signals;

/// <summary>Lower case by Unicode's full mapping, as Python's <c>str.lower</c> has it: the simple mapping, but for a capital I with a dot above, which becomes two, and for a final sigma.</summary>
internal static class LowerCase
{
    private const int CapitalDottedI = 0x130, CapitalSigma = 0x3A3, Sigma = 0x3C3, FinalSigma = 0x3C2, DotAbove = 0x307;

    /// <summary>Writes a text in lower case.</summary>
    /// <param name="scalars">The text.</param>
    /// <param name="lower">Takes up to twice as many scalar values.</param>
    /// <returns>How many were written.</returns>
    public static int Write(ReadOnlySpan<int> scalars, Span<int> lower)
    {
        var table = ScalarTable.Instance;
        var n = 0;
        for (var i = 0; i < scalars.Length; i++)
        {
            var c = scalars[i];
            if ((uint)c < 0x80)
            {
                lower[n++] = (uint)(c - 'A') <= 'Z' - 'A' ? c | 0x20 : c;
                continue;
            }

            if (c == CapitalDottedI)
            {
                lower[n++] = 'i';
                lower[n++] = DotAbove;
                continue;
            }

            lower[n++] = c == CapitalSigma ? (IsFinal(scalars, i, table) ? FinalSigma : Sigma) : table.Lower(c);
        }

        return n;
    }

    // A cased letter before and none behind, marks and the like passed over (Unicode, table 3-17).
    private static bool IsFinal(ReadOnlySpan<int> scalars, int at, ScalarTable table)
    {
        const ScalarKinds Cased = ScalarKinds.Upper | ScalarKinds.LowerOrTitle;
        var before = at - 1;
        while (before >= 0 && (table.KindsOf(scalars[before]) & ScalarKinds.CaseIgnorable) != ScalarKinds.None)
        {
            before--;
        }

        if (before < 0 || (table.KindsOf(scalars[before]) & Cased) == ScalarKinds.None)
        {
            return false;
        }

        var behind = at + 1;
        while (behind < scalars.Length && (table.KindsOf(scalars[behind]) & ScalarKinds.CaseIgnorable) != ScalarKinds.None)
        {
            behind++;
        }

        return behind == scalars.Length || (table.KindsOf(scalars[behind]) & Cased) == ScalarKinds.None;
    }
}
