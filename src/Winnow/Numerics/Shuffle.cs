using System.Buffers;
using System.Numerics;

namespace Winnow.Numerics;

/// <summary>
/// Uniformly random orders at the speed of the caches (Rao 1961, Sandelius 1962): every element goes to a random bucket, then each
/// bucket, small enough for a cache, is shuffled by Fisher-Yates with a sequence of its own. Exactly uniform: it is a
/// sort by independent random keys (bucket, place in the bucket). The result depends on the stream alone, not on the threads.
/// </summary>
public static class Shuffle
{
    // At most 2^10 blocks and 2^11 buckets, so that the table of places stays at 8 MiB; buckets of 2^14 ids are shuffled in the second-level
    // cache, those of a set of more than 2^25 samples in the third.
    private const int BucketSamples = 1 << 14, MaxBuckets = 1 << 11, MinBlock = 1 << 16, MaxBlocks = 1 << 10;

    /// <summary>The indices of the weights that aren't 0, in a uniformly random order.</summary>
    /// <param name="weights">One weight a sample; 0 means left out. At most 2^31 - 1 of them.</param>
    /// <param name="rng">The stream to draw from.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    /// <param name="weightSum">The sum of the weights, added in float64 in a fixed order.</param>
    /// <exception cref="ArgumentException">A weight is negative, infinite or NaN: the message names the first.</exception>
    public static int[] NonZero(ReadOnlySpan<float> weights, Rng rng, int threads, out double weightSum) =>
        NonZero(weights, rng, threads, null, out _, out weightSum);

    /// <summary>The same into an array that is there already, if it is long enough.</summary>
    /// <param name="weights">One weight a sample.</param>
    /// <param name="rng">The stream.</param>
    /// <param name="threads">How many threads at most.</param>
    /// <param name="reused">An array to write to, or null.</param>
    /// <param name="kept">How many indices there are: what is behind them in a reused array has no meaning.</param>
    /// <param name="weightSum">The sum of the weights.</param>
    internal static unsafe int[] NonZero(ReadOnlySpan<float> weights, Rng rng, int threads, int[]? reused, out int kept, out double weightSum)
    {
        int samples = weights.Length, block = Block(samples), blocks = Blocks(samples);
        var buckets = (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)samples / BucketSamples), 1, MaxBuckets);
        var table = ArrayPool<int>.Shared.Rent(Math.Max(1, blocks * buckets));
        var sums = new double[blocks];
        try
        {
            fixed (float* pinned = weights)
            {
                var w = pinned;
                Chunks.For(blocks, threads, b =>
                {
                    var (start, length) = BlockRange(b, block, samples);
                    sums[b] = BucketScatter.Count(new(w + start, length), start, rng, table.AsSpan(b * buckets, buckets));
                });
                weightSum = 0;
                foreach (var sum in sums)
                {
                    weightSum += sum;
                }

                if (double.IsNaN(weightSum))
                {
                    throw WeightSum.Refused(weights);
                }

                var starts = Starts(table.AsSpan(0, blocks * buckets), buckets);
                kept = starts[buckets];
                var order = reused?.Length >= kept ? reused : HugePages.Uninitialized<int>(kept);
                Chunks.For(blocks, threads, b =>
                {
                    var (start, length) = BlockRange(b, block, samples);
                    BucketScatter.Place(new(w + start, length), start, rng, table.AsSpan(b * buckets, buckets), order);
                });
                Chunks.For(buckets, threads, k => FisherYates(order.AsSpan(starts[k], starts[k + 1] - starts[k]), rng, (uint)k));
                return order;
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(table);
        }
    }

    /// <summary>Shuffles in place by Fisher-Yates, every order equally likely, from one sequence of a stream.</summary>
    /// <param name="values">What to shuffle.</param>
    /// <param name="rng">The stream.</param>
    /// <param name="lane">Which sequence of the stream.</param>
    public static void FisherYates(Span<int> values, Rng rng, uint lane = 0) => Numerics.FisherYates.Shuffle(values, rng, lane);

    /// <summary>How many weights a block has, for so many samples; sums of weights are added block by block.</summary>
    internal static int Block(int samples) => (int)Math.Max(MinBlock, BitOperations.RoundUpToPowerOf2((uint)samples / MaxBlocks));

    /// <summary>How many blocks there are.</summary>
    internal static int Blocks(int samples) => (int)(((long)samples + Block(samples) - 1) / Block(samples));

    /// <summary>Where a block begins and how long it is.</summary>
    internal static (int Start, int Length) BlockRange(int index, int block, int samples) => (index * block, Math.Min(block, samples - (index * block)));

    // Turns the table of sizes, a row a block, into a table of places: where each block's part of each bucket begins. Returns where the buckets begin.
    private static int[] Starts(Span<int> table, int buckets)
    {
        var starts = new int[buckets + 1];
        for (var row = 0; row < table.Length; row += buckets)
        {
            for (var k = 0; k < buckets; k++)
            {
                starts[k + 1] += table[row + k];
            }
        }

        for (var k = 0; k < buckets; k++)
        {
            starts[k + 1] += starts[k];
        }

        var next = starts[..buckets];
        for (var row = 0; row < table.Length; row += buckets)
        {
            for (var k = 0; k < buckets; k++)
            {
                (table[row + k], next[k]) = (next[k], next[k] + table[row + k]);
            }
        }

        return starts;
    }
}
