namespace Winnow.Numerics;

/// <summary>Shares a whole number of places among groups in proportion to their sizes.</summary>
internal static class Quotas
{
    /// <summary>
    /// The largest remainder method: each group gets the whole part of its exact share, what is left goes to the largest remainders, of
    /// equal ones to the larger group, of equally large ones to the earlier. Where there is a place for each, every group that isn't empty
    /// gets at least one, the places taken one by one from the group with the most.
    /// </summary>
    /// <param name="places">0 … the sum of the sizes.</param>
    /// <param name="sizes">The groups' sizes.</param>
    /// <returns>Quotas that sum to the places, none above its group's size.</returns>
    public static int[] Of(int places, ReadOnlySpan<int> sizes)
    {
        int[] quotas = new int[sizes.Length], groupSizes = sizes.ToArray();
        long total = 0;
        foreach (var size in sizes)
        {
            total += size;
        }

        if (total == 0)
        {
            return quotas;
        }

        int left = places, filled = 0;
        var remainders = new long[sizes.Length];
        for (var g = 0; g < sizes.Length; g++)
        {
            (var whole, remainders[g]) = Math.DivRem((long)places * sizes[g], total);
            quotas[g] = (int)whole;
            left -= quotas[g];
            filled += sizes[g] > 0 ? 1 : 0;
        }

        foreach (var g in Enumerable.Range(0, quotas.Length).OrderByDescending(g => remainders[g]).ThenByDescending(g => groupSizes[g]).Take(left))
        {
            quotas[g]++;
        }

        if (places < filled)
        {
            return quotas;
        }

        var most = new PriorityQueue<int, (int, int)>(Enumerable.Range(0, quotas.Length).Select(g => (g, (-quotas[g], g))));
        for (var g = 0; g < quotas.Length; g++)
        {
            if (quotas[g] > 0 || sizes[g] == 0)
            {
                continue;
            }

            var giver = most.Dequeue();
            quotas[giver]--;
            quotas[g] = 1;
            most.Enqueue(giver, (-quotas[giver], giver));
        }

        return quotas;
    }
}
