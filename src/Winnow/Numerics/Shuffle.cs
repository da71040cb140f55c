using System.Buffers;
using System.Runtime.InteropServices;
using System.Numerics;

namespace Winnow.Numerics;

/// <summary>
/// Uniformly random orders at the speed of the caches (Rao 1961, Sandelius 1962): every element goes to a random bucket, then each
/// bucket, small enough for the first-level cache, is shuffled by Fisher-Yates with a sequence of its own. Exactly uniform: it is a
/// sort by independent random keys (bucket, place in the bucket). The result depends on the stream alone, not on the threads.
/// </summary>
public static class Shuffle
{
    const int BucketSamples = 1 << 13, MaxBuckets = 1 << 12, Run = 1 << 12;

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
        int block = (int)Math.Max(1 << 16, BitOperations.RoundUpToPowerOf2((uint)samples / 1024));
        int blocks = (int)(((long)samples + block - 1) / block);
        int[] scratch = ArrayPool<int>.Shared.Rent(Math.Max(1, samples));
        int[] ends = ArrayPool<int>.Shared.Rent(Math.Max(1, blocks * buckets));
        double[] sums = new double[blocks];
        int[] bad = new int[blocks];
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
                    sums[b] = Group(new ReadOnlySpan<float>(w + start, length), start, rng, new Span<int>(groups + start, length),
                        new Span<int>(end + ((long)b * buckets), buckets), out bad[b]);
                });
                int refused = Array.FindIndex(bad, static i => i >= 0);
                if (refused >= 0) throw Refused(weights, bad[refused]);

                // Where each bucket begins in the result: its size is the sum of its parts in the blocks.
                int[] starts = new int[buckets + 1];
                for (int k = 0; k < buckets; k++)
                {
                    int size = 0;
                    for (int b = 0; b < blocks; b++) size += Part(end, b, k, block, buckets).Length;
                    starts[k + 1] = starts[k] + size;
                }
                int[] order = GC.AllocateUninitializedArray<int>(starts[buckets]);
                Chunks.For(buckets, threads, k =>
                {
                    Span<int> bucket = order.AsSpan(starts[k], starts[k + 1] - starts[k]);
                    int filled = 0;
                    for (int b = 0; b < blocks; b++)
                    {
                        var (from, length) = Part(end, b, k, block, buckets);
                        new ReadOnlySpan<int>(groups + from, length).CopyTo(bucket[filled..]);
                        filled += length;
                    }
                    FisherYates(bucket, rng, (uint)k);
                });
                weightSum = 0;
                foreach (double sum in sums) weightSum += sum;
                return order;
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(scratch);
            ArrayPool<int>.Shared.Return(ends);
        }
    }

    /// <summary>Shuffles in place by Fisher-Yates, every order equally likely, from one sequence of a stream.</summary>
    /// <param name="values">What to shuffle.</param>
    /// <param name="rng">The stream.</param>
    /// <param name="lane">Which sequence of the stream.</param>
    public static void FisherYates(Span<int> values, Rng rng, uint lane = 0)
    {
        Span<uint> random = stackalloc uint[512];
        ulong block = 0;
        int used = random.Length;
        ref int v = ref MemoryMarshal.GetReference(values);
        for (int i = values.Length - 1; i > 0; i--)
        {
            uint bound = (uint)i + 1, biased = 0;
            ulong product;
            do
            {
                if (used == random.Length)
                {
                    // A short bucket doesn't pay for numbers that it won't use.
                    int need = Math.Min(512, (i + 3) & ~3);
                    random = random[..need];
                    rng.FillSequence(lane, block, random);
                    block += (ulong)need / 4;
                    used = 0;
                }
                product = (ulong)random[used++] * bound;
                if ((uint)product >= bound) break;
                if (biased == 0) biased = (0u - bound) % bound;
            } while ((uint)product < biased);
            int j = (int)(product >> 32);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    static unsafe (int From, int Length) Part(int* ends, int block, int bucket, int blockSize, int buckets)
    {
        int* row = ends + ((long)block * buckets);
        int from = bucket == 0 ? 0 : row[bucket - 1];
        return ((block * blockSize) + from, row[bucket] - from);
    }

    // One block: its kept ids, grouped by bucket in a piece of scratch that is still in the cache when it is written a second time.
    static double Group(ReadOnlySpan<float> weights, int first, Rng rng, Span<int> grouped, Span<int> ends, out int bad)
    {
        int length = weights.Length, mask = ends.Length - 1, kept = 0;
        ushort[] bucketOf = ArrayPool<ushort>.Shared.Rent(length + 1);
        int[] ids = ArrayPool<int>.Shared.Rent(length + 1);
        Span<uint> random = stackalloc uint[Run / 2];
        double sum = 0;
        bad = -1;
        ends.Clear();
        for (int at = 0; at < length; at += Run)
        {
            int count = Math.Min(Run, length - at);
            ReadOnlySpan<float> run = weights.Slice(at, count);
            rng.Fill((ulong)(first + at) / 2, random[..((count + 1) / 2)]);
            ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<uint, ushort>(random);
            for (int i = 0; i < run.Length; i++)
            {
                float w = run[i];
                // Always written, only counted when kept: no branch to mispredict.
                ids[kept] = first + at + i;
                bucketOf[kept] = (ushort)(halves[i] & mask);
                kept += w != 0 ? 1 : 0;
                sum += w;
                if (!(w >= 0 && w <= float.MaxValue) && bad < 0) bad = first + at + i;
            }
        }
        for (int i = 0; i < kept; i++) ends[bucketOf[i]]++;
        int total = 0;
        for (int k = 0; k < ends.Length; k++)
        {
            int size = ends[k];
            ends[k] = total;
            total += size;
        }
        for (int i = 0; i < kept; i++) grouped[ends[bucketOf[i]]++] = ids[i];
        ArrayPool<int>.Shared.Return(ids);
        ArrayPool<ushort>.Shared.Return(bucketOf);
        return sum;
    }

    static ArgumentException Refused(ReadOnlySpan<float> weights, int index) =>
        new($"the weight of sample {index} is {weights[index]}, which isn't a finite number of at least 0; a policy writes 0 for samples " +
            "that sit out and a positive weight for the others", nameof(weights));
}
