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
        int[] quotas = new int[members.Length];
        double[] claim = claims.ToArray();
        int[] size = members.ToArray();
        // Those that fill up first come first; those without a claim last.
        int[] order = [.. Enumerable.Range(0, size.Length).Where(c => size[c] > 0).OrderBy(c => size[c] / claim[c])];
        double[] rest = new double[order.Length + 1];
        for (int i = order.Length - 1; i >= 0; i--) rest[i] = rest[i + 1] + claim[order[i]];
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
    static void Round(double[] claim, int[] size, ReadOnlySpan<int> classes, int total, int[] quotas)
    {
        if (total <= 0) return;
        double sum = 0;
        foreach (int c in classes) sum += claim[c];
        bool bySize = sum == 0;
        if (bySize) foreach (int c in classes) sum += size[c];
        int left = total;
        var remainders = new (double Remainder, int Class)[classes.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            int c = classes[i];
            double share = total * ((bySize ? size[c] : claim[c]) / sum);
            quotas[c] = Math.Min(size[c], (int)share);
            left -= quotas[c];
            remainders[i] = (share - quotas[c], c);
        }
        Array.Sort(remainders, static (a, b) => a.Remainder != b.Remainder ? b.Remainder.CompareTo(a.Remainder) : a.Class.CompareTo(b.Class));
        for (int i = 0; left > 0; i = (i + 1) % remainders.Length)
        {
            int c = remainders[i].Class;
            if (quotas[c] == size[c]) continue;
            quotas[c]++;
            left--;
        }
    }

    static void GiveOneToEach(int[] classes, int[] quotas, int total)
    {
        if (total < classes.Length || classes.All(c => quotas[c] > 0)) return;
        int[] givers = [.. classes.OrderByDescending(c => quotas[c]).ThenBy(static c => c)];
        int giver = 0;
        foreach (int c in classes)
        {
            if (quotas[c] > 0) continue;
            // In turn, from the largest down to those of 1, which can't give.
            if (giver == givers.Length || quotas[givers[giver]] <= 1) giver = 0;
            quotas[givers[giver++]]--;
            quotas[c] = 1;
        }
    }
}
