using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// Groups numbers by k-means in one dimension: Lloyd's iteration (1957) over a histogram, from the quantiles (g + 1/2)/k on, so that it is
/// deterministic. The histogram has up to 2^16 bins of order-preserving keys between the smallest and the largest value: bins are narrow where
/// values are small, so that one outlier or a loss of exactly 0 doesn't leave the others in a single bin.
/// </summary>
internal static class KMeans
{
    private const int Bins = 1 << 16, MaxRounds = 300;

    /// <summary>
    /// The groups of the values whose state byte is a given one, in ascending order: group g holds the values from limits[g - 1] up to but
    /// without limits[g]. Fewer than asked where there are fewer different values, or where an iteration left a group empty.
    /// </summary>
    /// <param name="values">Values; those that count must be finite.</param>
    /// <param name="states">One byte a value.</param>
    /// <param name="state">The byte of those that count.</param>
    /// <param name="groups">How many groups, at least 1.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. It never changes the result.</param>
    /// <returns>The limits, one less than groups, and how many values each group has; no counts when nothing counts.</returns>
    public static unsafe (float[] Limits, int[] Counts) Of(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, int groups, int threads)
    {
        int samples = values.Length, chunks = Chunks.Count(samples), workers = Math.Min(chunks, Chunks.Threads(threads));
        fixed (float* pinnedValues = values)
        fixed (byte* pinnedStates = states)
        {
            var v = pinnedValues;
            var s = pinnedStates;
            float smallest = float.PositiveInfinity, largest = float.NegativeInfinity;
            Lock gate = new();
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                var (low, high) = Ends(new(v + start, length), new(s + start, length), state);
                lock (gate)
                {
                    (smallest, largest) = (MathF.Min(smallest, low), MathF.Max(largest, high));
                }
            });
            if (smallest > largest)
            {
                return ([], []);
            }

            uint first = Percentiles.Key(smallest), last = Percentiles.Key(largest);
            var shift = 0;
            while ((last - first) >> shift >= Bins)
            {
                shift++;
            }

            var histogram = new int[((last - first) >> shift) + 1];
            Chunks.For(workers, threads, worker =>
            {
                var counts = new int[histogram.Length];
                for (var c = worker; c < chunks; c += workers)
                {
                    var (start, length) = Chunks.Range(c, samples);
                    Count(new(v + start, length), new(s + start, length), state, first, shift, counts);
                }

                lock (gate)
                {
                    for (var i = 0; i < counts.Length; i++)
                    {
                        histogram[i] += counts[i];
                    }
                }
            });
            return Lloyd(histogram, first, last, shift, groups);
        }
    }

    private static (float[] Limits, int[] Counts) Lloyd(int[] histogram, uint first, uint last, int shift, int groups)
    {
        var filled = 0;
        foreach (var count in histogram)
        {
            filled += count > 0 ? 1 : 0;
        }

        groups = Math.Min(groups, filled);
        // The bins that hold something: where each begins, its middle, and how many values and which sum lie before it.
        var keys = new uint[filled];
        double[] middles = new double[filled], sums = new double[filled + 1], before = new double[filled + 1];
        for (int bin = 0, i = 0; bin < histogram.Length; bin++)
        {
            if (histogram[bin] == 0)
            {
                continue;
            }

            keys[i] = first + ((uint)bin << shift);
            middles[i] = Percentiles.Value((uint)Math.Min((ulong)keys[i] + ((1UL << shift) >> 1), last));
            before[i + 1] = before[i] + histogram[bin];
            sums[i + 1] = sums[i] + (histogram[bin] * middles[i]);
            i++;
        }

        var means = new double[groups];
        for (int g = 0, previous = -1; g < groups; g++)
        {
            // The bin in which the quantile lies; one that is taken already passes it on to the next.
            var bin = Math.Max(Upper(before, (g + 0.5) / groups * before[filled]) - 1, previous + 1);
            previous = Math.Min(bin, filled - groups + g);
            means[g] = middles[previous];
        }

        int[] starts = new int[groups + 1], next = new int[groups + 1];
        (starts[groups], next[groups]) = (filled, filled);
        for (var round = 0; round < MaxRounds; round++)
        {
            for (var g = 1; g < groups; g++)
            {
                next[g] = Upper(middles, (means[g - 1] + means[g]) / 2);
            }

            if (round > 0 && next.AsSpan().SequenceEqual(starts))
            {
                break;
            }

            next.CopyTo(starts, 0);
            for (var g = 0; g < groups; g++)
            {
                int from = starts[g], to = starts[g + 1];
                // Rounding in the sums may not carry a mean out of its group. An empty group stays where it is.
                if (from < to)
                {
                    means[g] = Math.Clamp((sums[to] - sums[from]) / (before[to] - before[from]), middles[from], middles[to - 1]);
                }
            }
        }

        int[] kept = [.. Enumerable.Range(0, groups).Where(g => starts[g] < starts[g + 1])];
        return ([.. kept.Skip(1).Select(g => Percentiles.Value(keys[starts[g]]))], [.. kept.Select(g => (int)(before[starts[g + 1]] - before[starts[g]]))]);
    }

    // How many of ascending numbers are at most a given one.
    private static int Upper(double[] ascending, double value)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ascending[middle] <= value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Smallest, float Largest) Ends(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state)
    {
        float smallest = float.PositiveInfinity, largest = float.NegativeInfinity;
        var i = 0;
        if (!states.ContainsAnyExcept(state))
        {
            ref var v = ref MemoryMarshal.GetReference(values);
            Vector256<float> low = Vector256.Create(smallest), high = Vector256.Create(largest);
            for (; i + 8 <= values.Length; i += 8)
            {
                var x = Vector256.LoadUnsafe(ref v, (nuint)i);
                low = Vector256.Min(low, x);
                high = Vector256.Max(high, x);
            }

            for (var lane = 0; lane < 8; lane++)
            {
                (smallest, largest) = (MathF.Min(smallest, low[lane]), MathF.Max(largest, high[lane]));
            }
        }

        for (; i < values.Length; i++)
        {
            if (states[i] == state)
            {
                (smallest, largest) = (MathF.Min(smallest, values[i]), MathF.Max(largest, values[i]));
            }
        }

        return (smallest, largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, uint first, int shift, int[] counts)
    {
        var all = !states.ContainsAnyExcept(state);
        for (var i = 0; i < values.Length; i++)
        {
            if (all || states[i] == state)
            {
                counts[(Percentiles.Key(values[i]) - first) >> shift]++;
            }
        }
    }
}
