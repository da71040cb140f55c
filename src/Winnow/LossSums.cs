using System.Runtime.CompilerServices;

namespace Winnow;

/// <summary>Sums over the finite losses of some visits, for the statistics of an epoch.</summary>
internal readonly record struct LossSums(long Count, long NonFinite, double Loss, double WeightedLoss, double Weight)
{
    /// <summary>Both together. Added in a fixed order, sums don't depend on threads.</summary>
    public static LossSums operator +(in LossSums a, in LossSums b) =>
        new(a.Count + b.Count, a.NonFinite + b.NonFinite, a.Loss + b.Loss, a.WeightedLoss + b.WeightedLoss, a.Weight + b.Weight);

    /// <summary>The sums of one run of visits.</summary>
    /// <param name="weights">One a sample.</param>
    /// <param name="ids">The visited.</param>
    /// <param name="losses">One a visit.</param>
    public static LossSums Of(ReadOnlySpan<float> weights, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        var bad = Numerics.NonFinite.Count(losses);
        return bad == 0 ? OfFinite(weights, ids, losses) : OfSome(weights, ids, losses, bad);
    }

    // Two sums of each kind: one alone would wait for its own last addition.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static LossSums OfFinite(ReadOnlySpan<float> weights, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        losses = losses[..ids.Length];
        double sum0 = 0, sum1 = 0, weighted0 = 0, weighted1 = 0, weight0 = 0, weight1 = 0;
        var i = 0;
        for (; i + 2 <= ids.Length; i += 2)
        {
            double a = losses[i], b = losses[i + 1], u = weights[(int)ids[i]], v = weights[(int)ids[i + 1]];
            sum0 += a;
            sum1 += b;
            weighted0 += u * a;
            weighted1 += v * b;
            weight0 += u;
            weight1 += v;
        }

        if (i < ids.Length)
        {
            double a = losses[i], u = weights[(int)ids[i]];
            (sum0, weighted0, weight0) = (sum0 + a, weighted0 + (u * a), weight0 + u);
        }

        return new(ids.Length, 0, sum0 + sum1, weighted0 + weighted1, weight0 + weight1);
    }

    private static LossSums OfSome(ReadOnlySpan<float> weights, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses, int bad)
    {
        double sum = 0, weighted = 0, total = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (!float.IsFinite(losses[i]))
            {
                continue;
            }

            double weight = weights[(int)ids[i]];
            sum += losses[i];
            weighted += weight * losses[i];
            total += weight;
        }

        return new(ids.Length - bad, bad, sum, weighted, total);
    }
}
