using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// Which samples have a weight, as bits that can be asked for the k-th: a bit a sample, a count for every 512 samples, and where about every
/// 512th sample's worth of kept ones begins. A sixth of a byte a sample, against four for a list of ids.
/// </summary>
internal sealed class KeptIndex
{
    private const int GroupLog2 = 9, Words = 1 << (GroupLog2 - 6), Run = 1 << 12, Ahead = 5;
    private readonly ulong[] _bits;

    // How many are kept before each group, and behind the last a few times more than any rank; the group that holds the kept sample i << shift.
    private readonly int[] _before, _hints;
    private readonly int _shift;

    private KeptIndex(ulong[] bits, int[] before, int count)
    {
        (_bits, _before, Count) = (bits, before, count);
        var groups = before.Length - Ahead;
        // About as many kept samples as a group holds, whatever their share is: then few groups are passed between two hints.
        _shift = BitOperations.Log2(Math.Max(1, (uint)((long)count / Math.Max(1, groups))));
        _hints = new int[(count >> _shift) + 1];
        var filled = 0;
        for (var g = 0; g < groups; g++)
        {
            for (; (long)filled << _shift < before[g + 1] && filled < _hints.Length; filled++)
            {
                _hints[filled] = g;
            }
        }
    }

    /// <summary>How many are kept.</summary>
    public int Count { get; }

    /// <summary>Reads the weights once.</summary>
    /// <param name="weights">One a sample; 0 means left out.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <param name="weightSum">The sum of the weights, the same that <see cref="Shuffle"/> finds.</param>
    /// <exception cref="ArgumentException">A weight is negative, infinite or NaN: the message names the first.</exception>
    public static unsafe KeptIndex Of(ReadOnlySpan<float> weights, int threads, out double weightSum)
    {
        int samples = weights.Length, groups = (int)(((long)samples + (1 << GroupLog2) - 1) >> GroupLog2);
        var bits = HugePages.Zeros<ulong>(groups * Words);
        var before = new int[groups + Ahead];
        var block = Shuffle.Block(samples);
        var sums = new double[Shuffle.Blocks(samples)];
        fixed (float* pinned = weights)
        {
            var w = pinned;
            Chunks.For(sums.Length, threads, b =>
            {
                var (start, length) = Shuffle.BlockRange(b, block, samples);
                sums[b] = Read(new(w + start, length), bits.AsSpan(start >> 6), before.AsSpan((start >> GroupLog2) + 1));
            });
        }

        weightSum = 0;
        foreach (var sum in sums)
        {
            weightSum += sum;
        }

        if (double.IsNaN(weightSum))
        {
            throw WeightSum.Refused(weights);
        }

        for (var g = 0; g < groups; g++)
        {
            before[g + 1] += before[g];
        }

        var count = before[groups];
        before.AsSpan(groups + 1).Fill(int.MaxValue);
        return new(bits, before, count);
    }

    /// <summary>Replaces ranks among the kept (the first has rank 0) by ids.</summary>
    /// <param name="ranks">In: ranks below <see cref="Count"/>, in any order. Out: ids.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Select(Span<int> ranks)
    {
        // Three looks into memory, each of which says where the next one goes: a batch of samples goes through each before the next, so that
        // they wait together.
        const int Batch = 64;
        Span<int> groups = stackalloc int[Batch];
        while (!ranks.IsEmpty)
        {
            var some = ranks[..Math.Min(Batch, ranks.Length)];
            foreach (var rank in some)
            {
                CacheWarmer.Line(ref _hints[rank >> _shift]);
            }

            for (var i = 0; i < some.Length; i++)
            {
                groups[i] = _hints[some[i] >> _shift];
                CacheWarmer.Line(ref _before[groups[i] + 1]);
            }

            for (var i = 0; i < some.Length; i++)
            {
                groups[i] = Group(some[i], groups[i]);
                CacheWarmer.Line(ref _bits[groups[i] * Words]);
            }

            for (var i = 0; i < some.Length; i++)
            {
                some[i] = Within(groups[i], some[i] - _before[groups[i]]);
            }

            ranks = ranks[some.Length..];
        }
    }

    // The group with before ≤ rank < before of the next. Comparisons are counted, because a branch on them would be mispredicted every other time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Group(int rank, int group)
    {
        ref var next = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_before), group + 1);
        var passed = 0;
        for (var i = 0; i < Ahead - 1; i++)
        {
            passed += Unsafe.Add(ref next, i) <= rank ? 1 : 0;
        }

        return passed < Ahead - 1 ? group + passed : Search(rank, group + passed);
    }

    // Where the kept lie so unevenly that the group is farther from its hint.
    private int Search(int rank, int low)
    {
        int hint = (rank >> _shift) + 1, high = hint < _hints.Length ? _hints[hint] : _before.Length - Ahead - 1;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_before[middle + 1] > rank)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Within(int group, int rank)
    {
        ref var first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bits), group * Words);
        int word = 0, before = 0, kept = 0;
        for (var i = 0; i < Words - 1; i++)
        {
            kept += BitOperations.PopCount(Unsafe.Add(ref first, i));
            var passed = kept <= rank;
            word += passed ? 1 : 0;
            before = passed ? kept : before;
        }

        return (((group * Words) + word) << 6) + Bit(Unsafe.Add(ref first, word), rank - before);
    }

    /// <summary>The place of a set bit by its rank.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Bit(ulong word, int rank) =>
        Bmi2.X64.IsSupported ? BitOperations.TrailingZeroCount(Bmi2.X64.ParallelBitDeposit(1UL << rank, word)) : BitByBit(word, rank);

    /// <summary>The same on machines without an instruction for it.</summary>
    internal static int BitByBit(ulong word, int rank)
    {
        for (; rank > 0; rank--)
        {
            word &= word - 1;
        }

        return BitOperations.TrailingZeroCount(word);
    }

    // Writes a block's bits and how many are kept in each of its groups; returns the sum of its weights.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Read(ReadOnlySpan<float> weights, Span<ulong> bits, Span<int> sizes)
    {
        double sum = 0;
        for (var at = 0; at < weights.Length; at += Run)
        {
            var run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            sum += WeightSum.Of(run);
            ref var w = ref MemoryMarshal.GetReference(run);
            var i = 0;
            for (; i + 64 <= run.Length; i += 64)
            {
                ulong kept = 0;
                for (var j = 0; j < 64; j += 16)
                {
                    var weight = Vector512.LoadUnsafe(ref w, (nuint)(i + j));
                    kept |= (ulong)(ushort)~Vector512.Equals(weight, Vector512<float>.Zero).ExtractMostSignificantBits() << j;
                }

                bits[(at + i) >> 6] = kept;
                sizes[(at + i) >> GroupLog2] += BitOperations.PopCount(kept);
            }

            for (; i < run.Length; i++)
            {
                if (run[i] == 0)
                {
                    continue;
                }

                bits[(at + i) >> 6] |= 1UL << i;
                sizes[(at + i) >> GroupLog2]++;
            }
        }

        return sum;
    }
}
