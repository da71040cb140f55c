using Winnow.Numerics;

namespace Winnow.Selection.Allocation;

/// <summary>To each group in proportion to a claim.</summary>
public static class Proportional
{
    /// <summary>
    /// In proportion to the groups' sizes, by largest remainder (of equal remainders to the larger group, then to the earlier): the total is exact, unlike that of rounding
    /// each group's share.
    /// </summary>
    /// <param name="sizes">How many each group has, at least 0.</param>
    /// <param name="places">How many there are to share, in [0, the sum of the sizes].</param>
    /// <returns>How many each group gets; where there are enough places, at least one of each group that has any.</returns>
    /// <exception cref="SelectionException">There are more places than samples.</exception>
    public static int[] Share(ReadOnlySpan<int> sizes, int places)
    {
        GroupSizes.Check(sizes, places);
        return Quotas.Of(places, sizes);
    }

    /// <summary>In proportion to claims; a group that is full leaves the rest to the others, again in proportion.</summary>
    /// <param name="claims">A claim a group, finite and at least 0.</param>
    /// <param name="sizes">How many each group has, at least 0.</param>
    /// <param name="places">How many there are to share, in [0, the sum of the sizes].</param>
    /// <returns>How many each group gets; where there are enough places, at least one of each group that has any.</returns>
    /// <exception cref="SelectionException">There are more places than samples, or a claim is negative or no number.</exception>
    public static int[] Share(ReadOnlySpan<double> claims, ReadOnlySpan<int> sizes, int places)
    {
        GroupSizes.Check(sizes, places);
        for (var g = 0; g < claims.Length; g++)
        {
            if (claims[g] is not (>= 0 and < double.PositiveInfinity))
            {
                throw new SelectionException(FormattableString.Invariant($"the claim of group {g} is {claims[g]}; claims are finite and at least 0."));
            }
        }

        return Policies.ClassQuotas.Of(claims, sizes, places);
    }
}
