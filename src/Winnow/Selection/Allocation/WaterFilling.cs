namespace Winnow.Selection.Allocation;

/// <summary>
/// The same for every group, as far as it has so many: the smallest groups are served first, each with the whole part of its equal share of what is left, or all it has
/// (Zheng et al., Coverage-centric Coreset Selection, ICLR 2023, algorithm 1).
/// </summary>
public static class WaterFilling
{
    /// <summary>Shares places out.</summary>
    /// <param name="sizes">How many each group has, at least 0.</param>
    /// <param name="places">How many there are to share, in [0, the sum of the sizes].</param>
    /// <returns>How many each group gets: they add up to the places, and none is above its group's size. Equally large groups are served by their numbers.</returns>
    /// <exception cref="SelectionException">There are more places than samples.</exception>
    public static int[] Share(ReadOnlySpan<int> sizes, int places)
    {
        GroupSizes.Check(sizes, places);
        int[] size = sizes.ToArray(), shares = new int[size.Length];
        var (left, groups) = (places, size.Length);
        foreach (var g in Enumerable.Range(0, size.Length).OrderBy(g => size[g]).ThenBy(static g => g))
        {
            shares[g] = Math.Min(size[g], left / groups--);
            left -= shares[g];
        }

        return shares;
    }
}
