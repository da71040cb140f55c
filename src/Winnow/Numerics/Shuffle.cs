using System.Buffers;
using System.Numerics;

namespace Winnow.Numerics;

/// <summary>
/// Uniformly random orders at the speed of the caches (Rao 1961, Sandelius 1962): every element goes to a random bucket, then each
/// bucket, small enough for the first-level cache, is shuffled by Fisher-Yates with a sequence of its own. Exactly uniform: it is a
/// sort by independent random keys (bucket, place in the bucket). The result depends on the stream alone, not on the threads.
/// </summary>
public static partial class Shuffle
{
    // Blocks are grouped in the second-level cache, buckets shuffled in the first. At most 1024 blocks of 2^21 and 2^11 buckets, so that
    // the table of ends stays below 8 MiB and a packed entry has 32 bits.
    const int BucketSamples = 1 << 14, MaxBuckets = 1 << 11, MinBlock = 1 << 16, MaxBlocks = 1 << 10;

    /// <summary>The indices of the weights that aren't 0, in a uniformly random order.</summary>
    /// <param name="weights">One weight a sample; 0 means left out. At most 2^31 - 1 of them.</param>
    /// <param name="rng">The stream to draw from.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    /// <param name="weightSum">The sum of the weights, added in float64 in a fixed order.</param>
    /// <exception cref="ArgumentException">A weight is negative, infinite or NaN: the message names the first.</exception>
    public static unsafe int[] NonZero(ReadOnlySpan<float> weights, Rng rng, int threads, out double weightSum)
    {
        int samples = weights.Length;
        int buckets = (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)samples / BucketSamples), 1, MaxBuckets);
        int block = (int)Math.Max(MinBlock, BitOperations.RoundUpToPowerOf2((uint)samples / MaxBlocks));
        int blocks = (int)(((long)samples + block - 1) / block);
        int[] scratch = ArrayPool<int>.Shared.Rent(Math.Max(1, samples));
        int[] ends = ArrayPool<int>.Shared.Rent(Math.Max(1, blocks * buckets));
        double[] sums = new double[blocks];
        try
        {
            fixed (float* pinned = weights)
            fixed (int* grouped = scratch, ending = ends)
            {
                float* w = pinned;
                int* groups = grouped, end = ending;
                Chunks.For(blocks, threads, b =>
                {
                    int start = b * block, length = Math.Min(block, samples - start);
                    sums[b] = BucketGroups.Group(new(w + start, length), start, rng, new(groups + start, length), new(end + ((long)b * buckets), buckets));
                });
                weightSum = 0;
                foreach (double sum in sums) weightSum += sum;
                if (double.IsNaN(weightSum)) throw Refused(weights);

                int[] starts = Starts(new(end, blocks * buckets), buckets);
                int[] order = GC.AllocateUninitializedArray<int>(starts[buckets]);
                Chunks.For(buckets, threads, k =>
                {
                    Span<int> bucket = order.AsSpan(starts[k], starts[k + 1] - starts[k]);
                    int filled = 0;
                    for (int b = 0; b < blocks; b++)
                    {
                        int* row = end + ((long)b * buckets);
                        int from = k == 0 ? 0 : row[k - 1], length = row[k] - from;
                        new ReadOnlySpan<int>(groups + ((long)b * block) + from, length).CopyTo(bucket[filled..]);
                        filled += length;
                    }
                    FisherYates(bucket, rng, (uint)k);
                });
                return order;
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(scratch);
            ArrayPool<int>.Shared.Return(ends);
        }
    }

    // Where each bucket begins in the result: its size is the sum of its parts in the blocks, whose ends are the rows of the table.
    static int[] Starts(ReadOnlySpan<int> ends, int buckets)
    {
        int[] starts = new int[buckets + 1];
        for (int row = 0; row < ends.Length; row += buckets)
        {
            int before = 0;
            for (int k = 0; k < buckets; k++)
            {
                starts[k + 1] += ends[row + k] - before;
                before = ends[row + k];
            }
        }
        for (int k = 0; k < buckets; k++) starts[k + 1] += starts[k];
        return starts;
    }

    static ArgumentException Refused(ReadOnlySpan<float> weights)
    {
        int i = 0;
        while (weights[i] >= 0 && weights[i] <= float.MaxValue) i++;
        return new($"the weight of sample {i} is {weights[i]}, which isn't a finite number of at least 0; a policy writes 0 for samples " +
            "that sit out and a positive weight for the others", nameof(weights));
    }
}
