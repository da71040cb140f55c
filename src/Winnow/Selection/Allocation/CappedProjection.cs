namespace Winnow.Selection.Allocation;

/// <summary>
/// The shares nearest to some wanted ones (least squares) among those that keep to bounds and add up: x = clip(wanted − ν, least, most), ν found exactly between the
/// bounds' breakpoints (Abbas et al., Effective pruning of web-scale datasets, ICLR 2024, equation 4, solved there by a general solver whose rounding may miss the total).
/// </summary>
public static class CappedProjection
{
    /// <summary>Shares that are real numbers.</summary>
    /// <param name="wanted">What each group would get, finite.</param>
    /// <param name="least">The least it gets.</param>
    /// <param name="most">The most it gets, at least <paramref name="least"/>.</param>
    /// <param name="total">What they add up to, between the sums of the bounds.</param>
    /// <exception cref="SelectionException">The bounds leave no such shares.</exception>
    public static double[] Of(ReadOnlySpan<double> wanted, ReadOnlySpan<double> least, ReadOnlySpan<double> most, double total)
    {
        var points = new List<double>(2 * wanted.Length);
        double low = 0, high = 0;
        for (var g = 0; g < wanted.Length; g++)
        {
            if (!double.IsFinite(wanted[g]) || !(least[g] <= most[g]))
            {
                throw new SelectionException(FormattableString.Invariant($"group {g} wants {wanted[g]} within [{least[g]}, {most[g]}]; wanted shares are finite and bounds in order."));
            }

            (low, high) = (low + least[g], high + most[g]);
            points.Add(wanted[g] - most[g]);
            points.Add(wanted[g] - least[g]);
        }

        // As far as sums of many numbers are exact.
        var slack = 1e-9 * Math.Max(1, Math.Abs(total));
        if (!(total >= low - slack && total <= high + slack))
        {
            throw new SelectionException(FormattableString.Invariant($"shares within their bounds add up to {low} to {high} and not to {total}; ask for a budget in that range."));
        }

        // Sum(ν) falls from high to low and is linear between breakpoints.
        points.Sort();
        var (first, last) = (0, points.Count - 1);
        while (last - first > 1)
        {
            var middle = (first + last) / 2;
            (first, last) = Sum(wanted, least, most, points[middle]) >= total ? (middle, last) : (first, middle);
        }

        var (above, below) = points.Count == 0 ? (0, 0) : (Sum(wanted, least, most, points[first]), Sum(wanted, least, most, points[last]));
        var shift = points.Count == 0 ? 0
            : above > below ? points[first] + ((points[last] - points[first]) * Math.Clamp((above - total) / (above - below), 0, 1))
            : points[first];
        var shares = new double[wanted.Length];
        for (var g = 0; g < shares.Length; g++)
        {
            shares[g] = Math.Clamp(wanted[g] - shift, least[g], most[g]);
        }

        return shares;
    }

    /// <summary>Shares that are whole numbers: those of <see cref="Of"/>, rounded by largest remainder (of equal ones the smaller number first) within the bounds.</summary>
    /// <param name="wanted">What each group would get, finite.</param>
    /// <param name="least">The least it gets.</param>
    /// <param name="most">The most it gets, at least <paramref name="least"/>.</param>
    /// <param name="total">What they add up to exactly.</param>
    /// <exception cref="SelectionException">The bounds leave no such shares.</exception>
    public static int[] Share(ReadOnlySpan<double> wanted, ReadOnlySpan<int> least, ReadOnlySpan<int> most, int total)
    {
        double[] low = new double[least.Length], high = new double[most.Length];
        for (var g = 0; g < low.Length; g++)
        {
            (low[g], high[g]) = (least[g], most[g]);
        }

        var exact = Of(wanted, low, high, total);
        // A share that is a whole number but for the arithmetic's last digits is one.
        int[] shares = [.. exact.Select(static share => (int)Math.Floor(share + 1e-9))], ceilings = most.ToArray();
        var left = total - shares.Sum();
        foreach (var g in Enumerable.Range(0, shares.Length).Where(g => shares[g] < ceilings[g]).OrderByDescending(g => exact[g] - shares[g]).ThenBy(static g => g).Take(Math.Max(0, left)))
        {
            shares[g]++;
        }

        return shares;
    }

    private static double Sum(ReadOnlySpan<double> wanted, ReadOnlySpan<double> least, ReadOnlySpan<double> most, double shift)
    {
        double sum = 0;
        for (var g = 0; g < wanted.Length; g++)
        {
            sum += Math.Clamp(wanted[g] - shift, least[g], most[g]);
        }

        return sum;
    }
}
