using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>The samples that are left out first, since they may be wrong labels.</summary>
internal static class MostSuspicious
{
    /// <summary>Marks the floor(cutoff·n) most suspicious samples, by their scores where there is no suspicion; of equal ones those with the smaller ids.</summary>
    /// <param name="input">The samples.</param>
    /// <param name="cutoff">The share of all samples that is left out, in [0, 1).</param>
    /// <param name="keep">How many are to be kept of the others.</param>
    /// <exception cref="SelectionException">There are fewer others.</exception>
    public static ulong[] Of(SelectionInput input, double cutoff, int keep)
    {
        var cut = (int)Math.Floor(cutoff * input.Count);
        if (keep > input.Count - cut)
        {
            throw new SelectionException(FormattableString.Invariant($"cutoff={cutoff} leaves {input.Count - cut} of {input.Count} samples, and {keep} are to be kept; keep fewer, or cut off fewer."));
        }

        var suspicion = new ScoreKeys(input.Suspicion.IsEmpty ? input.Scores : input.Suspicion, hardest: true);
        return GroupedKeys.Smallest(input.Count, suspicion, [cut], input.Threads, input.Stop);
    }
}
