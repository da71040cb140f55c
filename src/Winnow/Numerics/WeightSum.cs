using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>Sums of weights that are the same on every machine: lanes, runs and blocks are fixed.</summary>
internal static class WeightSum
{
    /// <summary>The sum of a run of weights in float64; NaN if any is negative, infinite or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<float> weights)
    {
        ref var w = ref MemoryMarshal.GetReference(weights);
        Vector256<double> low = default, high = default;
        Vector256<float> bad = default, most = Vector256.Create(float.MaxValue);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var x = Vector256.LoadUnsafe(ref w, (nuint)i);
            bad |= ~(Vector256.GreaterThanOrEqual(x, Vector256<float>.Zero) & Vector256.LessThanOrEqual(x, most));
            low += Vector256.WidenLower(x);
            high += Vector256.WidenUpper(x);
        }

        var all = low + high;
        var sum = (all[0] + all[1]) + (all[2] + all[3]);
        var refused = bad.ExtractMostSignificantBits() != 0;
        for (; i < weights.Length; i++)
        {
            refused |= !(weights[i] >= 0 && weights[i] <= float.MaxValue);
            sum += weights[i];
        }

        return refused ? double.NaN : sum;
    }

    /// <summary>What to throw when a sum is NaN: it names the first weight that no plan can hold.</summary>
    public static ArgumentException Refused(ReadOnlySpan<float> weights)
    {
        var i = 0;
        while (weights[i] >= 0 && weights[i] <= float.MaxValue)
        {
            i++;
        }

        return new($"the weight of sample {i} is {weights[i]}, which isn't a finite number of at least 0; a policy writes 0 for samples " +
            "that sit out and a positive weight for the others", nameof(weights));
    }
}
