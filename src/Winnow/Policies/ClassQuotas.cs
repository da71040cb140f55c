namespace Winnow.Policies;

/// <summary>Shares a number of visits out to classes of limited size.</summary>
internal static class ClassQuotas
{
    /// <summary>
    /// Whole numbers that add up to the total, in proportion to the claims. A class whose share is more than it has members gets all of them,
    /// and the rest is shared by the others in proportion again; fractions go to the largest remainders. Every class with members gets at
    /// least 1 where the total is at least the number of such classes: the largest quotas give it.
    /// </summary>
    /// <param name="claims">Each class's claim, at least 0.</param>
    /// <param name="members">Each class's size.</param>
    /// <param name="total">How many to share out, at most all members.</param>
    public static int[] Of(ReadOnlySpan<double> claims, ReadOnlySpan<int> members, int total)
    {
        var quotas = new int[members.Length];
        var claim = claims.ToArray();
        var size = members.ToArray();
        // Those that fill up first come first; those without a claim last.
        int[] order = [.. Enumerable.Range(0, size.Length).Where(c => size[c] > 0).OrderBy(c => size[c] / claim[c])];
        var rest = new double[order.Length + 1];
        for (var i = order.Length - 1; i >= 0; i--)
        {
            rest[i] = rest[i + 1] + claim[order[i]];
        }

        int left = total, filled = 0;
        for (; filled < order.Length && left * claim[order[filled]] >= size[order[filled]] * rest[filled] && rest[filled] > 0; filled++)
        {
            quotas[order[filled]] = size[order[filled]];
            left -= size[order[filled]];
        }

        Round(claim, size, order.AsSpan(filled), left, quotas);
        GiveOneToEach(order, quotas, total);
        return quotas;
    }

    // Largest remainders. Where nobody left has a claim, they share by size.
    private static void Round(double[] claim, int[] size, ReadOnlySpan<int> classes, int total, int[] quotas)
    {
        if (total <= 0)
        {
            return;
        }

        double sum = 0;
        foreach (var c in classes)
        {
            sum += claim[c];
        }

        var bySize = sum == 0;
        if (bySize)
        {
            foreach (var c in classes)
            {
                sum += size[c];
            }
        }

        var left = total;
        var remainders = new (double Remainder, int Class)[classes.Length];
        for (var i = 0; i < classes.Length; i++)
        {
            var c = classes[i];
            var share = total * ((bySize ? size[c] : claim[c]) / sum);
            quotas[c] = Math.Min(size[c], (int)share);
            left -= quotas[c];
            remainders[i] = (share - quotas[c], c);
        }

        Array.Sort(remainders, static (a, b) => a.Remainder != b.Remainder ? b.Remainder.CompareTo(a.Remainder) : a.Class.CompareTo(b.Class));
        for (var i = 0; left > 0; i = (i + 1) % remainders.Length)
        {
            var c = remainders[i].Class;
            if (quotas[c] == size[c])
            {
                continue;
            }

            quotas[c]++;
            left--;
        }
    }

    private static void GiveOneToEach(int[] classes, int[] quotas, int total)
    {
        if (total < classes.Length || classes.All(c => quotas[c] > 0))
        {
            return;
        }

        int[] givers = [.. classes.OrderByDescending(c => quotas[c]).ThenBy(static c => c)];
        var giver = 0;
        foreach (var c in classes)
        {
            if (quotas[c] > 0)
            {
                continue;
            }
            // In turn, from the largest down to those of 1, which can't give.
            if (giver == givers.Length || quotas[givers[giver]] <= 1)
            {
                giver = 0;
            }

            quotas[givers[giver++]]--;
            quotas[c] = 1;
        }
    }
}
