namespace Winnow.Networks.Budgets;

/// <summary>
/// Whole shares in proportion to claims within bounds: x_l = clip(ε · claim_l, least_l, most_l) with the ε for which they add up, found exactly between the bounds' breakpoints, then rounded by largest
/// remainder, of equal ones the earlier layer first. Every budget that goes by shapes is this with other claims: uniform (the sizes), ERK (sums of extents), water filling (1 each). A layer that is full
/// leaves the rest to the others, which the published programs do by trying again and again.
/// </summary>
/// <remarks>The core's allocators (Winnow.Selection.Allocation) share 32-bit numbers of samples, and networks have more weights than that; ties there go to the larger group.</remarks>
internal static class ClaimShares
{
    // A share that is a whole number but for the arithmetic's last digits is one.
    private const double Slack = 1e-9;

    /// <summary>Shares a total out.</summary>
    /// <param name="budget">For messages.</param>
    /// <param name="claims">A claim a layer, above 0 where the layer has elements.</param>
    /// <param name="least">The least a layer gets.</param>
    /// <param name="most">The most, at least the least.</param>
    /// <param name="total">What they add up to.</param>
    /// <exception cref="NetworkPruningException">The bounds leave no such shares.</exception>
    public static long[] Of(object budget, double[] claims, long[] least, long[] most, long total)
    {
        long low = least.Sum(), high = most.Sum();
        if (total < low || total > high)
        {
            throw new NetworkPruningException($"{budget} can keep {low} to {high} of these elements, and {total} were asked for; ask for a number in that range, or take another budget.");
        }

        var exact = Exact(claims, least, most, total);
        var shares = new long[claims.Length];
        for (var l = 0; l < shares.Length; l++)
        {
            shares[l] = Math.Clamp((long)Math.Floor(exact[l] + Slack), least[l], most[l]);
        }

        var left = total - shares.Sum();
        // As a rule one round; more only where rounding errors of very large layers add up.
        while (left != 0)
        {
            var step = Math.Sign(left);
            int[] order = [.. Enumerable.Range(0, shares.Length).Where(l => step > 0 ? shares[l] < most[l] : shares[l] > least[l]).OrderByDescending(l => step * (exact[l] - shares[l])).ThenBy(l => step * l)];
            foreach (var l in order.Take((int)Math.Min(order.Length, Math.Abs(left))))
            {
                shares[l] += step;
                left -= step;
            }
        }

        return shares;
    }

    /// <summary>The shares before rounding.</summary>
    public static double[] Exact(double[] claims, long[] least, long[] most, long total)
    {
        var points = new List<double>(2 * claims.Length);
        for (var l = 0; l < claims.Length; l++)
        {
            if (most[l] > 0)
            {
                points.Add(least[l] / claims[l]);
                points.Add(most[l] / claims[l]);
            }
        }

        points.Sort();
        // The sum never falls as ε grows, and is linear between two breakpoints.
        var (first, last) = (0, points.Count - 1);
        while (last - first > 1)
        {
            var middle = (first + last) / 2;
            (first, last) = At(claims, least, most, points[middle]).Sum() <= total ? (middle, last) : (first, middle);
        }

        if (points.Count == 0)
        {
            return new double[claims.Length];
        }

        double below = At(claims, least, most, points[first]).Sum(), above = At(claims, least, most, points[last]).Sum();
        var part = above > below ? Math.Clamp((total - below) / (above - below), 0, 1) : 0;
        return At(claims, least, most, points[first] + ((points[last] - points[first]) * part));
    }

    private static double[] At(double[] claims, long[] least, long[] most, double scale)
    {
        var shares = new double[claims.Length];
        for (var l = 0; l < shares.Length; l++)
        {
            shares[l] = Math.Clamp(scale * claims[l], least[l], most[l]);
        }

        return shares;
    }

    /// <summary>With no lower bound, and what is available as the upper one.</summary>
    public static long[] Of(object budget, IReadOnlyList<BudgetLayer> layers, Func<BudgetLayer, double> claim, long total) =>
        Of(budget, [.. layers.Select(claim)], new long[layers.Count], [.. layers.Select(static layer => layer.Available)], total);
}
