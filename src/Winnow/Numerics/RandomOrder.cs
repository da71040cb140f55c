using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// A random permutation that is never written down: each sample has a 64-bit key (32 random bits of its own, then its number xor a random
/// mask, so that no two are alike), and its place is how many keys are smaller. Which samples lie between two places follows from the
/// keys at those places. A key at a place is found in one pass, because random keys are where they are expected to be: what is smaller
/// than a narrow window is counted, what is in it is gathered and sorted.
/// </summary>
internal readonly struct RandomOrder
{
    private const int Run = 1 << 12;
    private readonly Rng _rng;
    private readonly int _samples, _threads;
    private readonly uint _mask;

    /// <summary>The permutation of so many samples that belongs to a stream.</summary>
    public RandomOrder(Rng rng, int samples, int threads)
    {
        (_rng, _samples, _threads) = (rng, samples, threads);
        // 32-bit keys tie rarely, two at a time; a random mask makes either of two ids the smaller equally often.
        var sequence = rng.Sequence();
        _mask = sequence.NextUInt32();
    }

    /// <summary>Above every key.</summary>
    public const ulong End = ulong.MaxValue;

    /// <summary>The key below which exactly <paramref name="rank"/> samples lie, of all or of those that carry a mark.</summary>
    /// <param name="rank">0 … of.</param>
    /// <param name="of">How many samples count.</param>
    /// <param name="marks">Empty, or a number a sample.</param>
    /// <param name="mark">The number of those that count.</param>
    public ulong At(int rank, int of, ReadOnlySpan<float> marks = default, float mark = 0)
    {
        if (rank <= 0)
        {
            return 0;
        }

        if (rank >= of)
        {
            return End;
        }
        // Six standard deviations of the count on either side miss once in 10^9 cuts; then the window grows.
        double share = (double)rank / of, reach = (6 * Math.Sqrt(of * share * (1 - share))) + 16;
        for (; ; reach *= 4)
        {
            var low = (uint)Math.Clamp((rank - reach) / of * 4294967296.0, 0, uint.MaxValue);
            var high = (uint)Math.Clamp((rank + reach) / of * 4294967296.0, 0, uint.MaxValue);
            var (below, window) = Gather(low, high, marks, mark);
            if (below > rank || below + window.Count <= rank)
            {
                continue;
            }

            window.Sort();
            return window[rank - below];
        }
    }

    /// <summary>How many keys of all samples are below a key.</summary>
    public int Below(ulong key)
    {
        if (key == End)
        {
            return _samples;
        }
        // At the key's own upper half the lower halves decide; elsewhere counting the upper halves is enough.
        var (below, same) = Gather((uint)(key >> 32), (uint)(key >> 32), default, 0);
        foreach (var other in same)
        {
            below += other < key ? 1 : 0;
        }

        return below;
    }

    /// <summary>Writes one weight for the samples with from ≤ key &lt; to and another for the rest.</summary>
    public void Write(Span<float> weights, ulong from, ulong to, float inside, float outside) =>
        Write(weights, new Range(from, to, 0, float.NaN, float.NaN), inside, outside);

    /// <summary>The same with an exception: a sample that carries a mark and has a key below <paramref name="except"/> gets the outer weight.</summary>
    public void WriteExcept(Span<float> weights, ulong except, float mark, ulong from, ulong to, float inside, float outside) =>
        Write(weights, new Range(from, to, except, mark, float.NaN), inside, outside);

    /// <summary>Adds the samples with a key below a given one to those that have the inner weight already.</summary>
    public void Add(Span<float> weights, ulong to, float inside, float outside) =>
        Write(weights, new Range(0, to, 0, float.NaN, inside), inside, outside);

    // Who gets the inner weight: from ≤ key < to, but not with the mark Excepted and key < Except; and whoever has the mark Always. NaN: no mark.
    private readonly record struct Range(ulong From, ulong To, ulong Except, float Excepted, float Always);

    private unsafe void Write(Span<float> weights, Range range, float inside, float outside)
    {
        var order = this;
        fixed (float* pinned = weights)
        {
            var w = pinned;
            Chunks.For(Chunks.Count(_samples), _threads, c =>
            {
                var (start, length) = Chunks.Range(c, order._samples);
                Span<uint> random = stackalloc uint[Run];
                for (var done = 0; done < length; done += Run)
                {
                    var at = start + done;
                    var keys = random[..Math.Min(Run, length - done)];
                    order._rng.Fill((ulong)at, keys);
                    order.Decide(keys, at, range, new(w + at, keys.Length), inside, outside);
                }
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Decide(ReadOnlySpan<uint> keys, int first, in Range range, Span<float> weights, float inside, float outside)
    {
        ref var k = ref MemoryMarshal.GetReference(keys);
        ref var w = ref MemoryMarshal.GetReference(weights);
        Vector256<uint> from = Vector256.Create((uint)(range.From >> 32)), to = Vector256.Create((uint)(range.To >> 32));
        var except = Vector256.Create((uint)(range.Except >> 32));
        Vector256<float> excepted = Vector256.Create(range.Excepted), always = Vector256.Create(range.Always);
        Vector256<float> ins = Vector256.Create(inside), outs = Vector256.Create(outside);
        var i = 0;
        for (; i + 8 <= keys.Length; i += 8)
        {
            var key = Vector256.LoadUnsafe(ref k, (nuint)i);
            // Upper halves decide unless one is that of a limit.
            var doubt = Vector256.Equals(key, from) | Vector256.Equals(key, to) | Vector256.Equals(key, except);
            if (doubt != Vector256<uint>.Zero)
            {
                for (var j = i; j < i + 8; j++)
                {
                    weights[j] = Decide(Key(keys[j], first + j), range, weights[j]) ? inside : outside;
                }

                continue;
            }

            var mark = Vector256.LoadUnsafe(ref w, (nuint)i);
            var held = Vector256.LessThan(key, to) & ~Vector256.LessThan(key, from);
            held &= ~(Vector256.LessThan(key, except) & Vector256.Equals(mark, excepted).AsUInt32());
            held |= Vector256.Equals(mark, always).AsUInt32();
            Vector256.ConditionalSelect(held.AsSingle(), ins, outs).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < keys.Length; i++)
        {
            weights[i] = Decide(Key(keys[i], first + i), range, weights[i]) ? inside : outside;
        }
    }

    private static bool Decide(ulong key, in Range range, float mark) =>
        (key >= range.From && key < range.To && !(key < range.Except && mark == range.Excepted)) || mark == range.Always;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Key(uint random, int id) => ((ulong)random << 32) | ((uint)id ^ _mask);

    // How many of those that count have an upper half below the window, and the whole keys of those inside it, in any order.
    private unsafe (int Below, List<ulong> Window) Gather(uint low, uint high, ReadOnlySpan<float> marks, float mark)
    {
        var total = 0;
        var window = new List<ulong>();
        var order = this;
        var all = marks.IsEmpty;
        fixed (float* pinned = marks)
        {
            var m = pinned;
            Chunks.For(Chunks.Count(_samples), _threads, c =>
            {
                var (start, length) = Chunks.Range(c, order._samples);
                Span<uint> random = stackalloc uint[Run];
                var found = new List<ulong>();
                var below = 0;
                for (var done = 0; done < length; done += Run)
                {
                    var at = start + done;
                    var keys = random[..Math.Min(Run, length - done)];
                    order._rng.Fill((ulong)at, keys);
                    below += order.Scan(keys, at, all ? default : new(m + at, keys.Length), mark, low, high, found);
                }

                Interlocked.Add(ref total, below);
                lock (window)
                {
                    window.AddRange(found);
                }
            });
        }

        return (total, window);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan(ReadOnlySpan<uint> keys, int first, ReadOnlySpan<float> marks, float mark, uint low, uint high, List<ulong> found)
    {
        ref var k = ref MemoryMarshal.GetReference(keys);
        ref var m = ref MemoryMarshal.GetReference(marks);
        Vector256<uint> lows = Vector256.Create(low), widths = Vector256.Create(high - low);
        var wanted = Vector256.Create(mark);
        var all = marks.IsEmpty;
        int below = 0, i = 0;
        for (; i + 8 <= keys.Length; i += 8)
        {
            var key = Vector256.LoadUnsafe(ref k, (nuint)i);
            var counts = all ? Vector256<uint>.AllBitsSet : Vector256.Equals(Vector256.LoadUnsafe(ref m, (nuint)i), wanted).AsUInt32();
            below += int.PopCount((int)(Vector256.LessThan(key, lows) & counts).ExtractMostSignificantBits());
            var inside = (Vector256.LessThanOrEqual(key - lows, widths) & counts).ExtractMostSignificantBits();
            for (; inside != 0; inside &= inside - 1)
            {
                var place = i + int.TrailingZeroCount((int)inside);
                found.Add(Key(keys[place], first + place));
            }
        }

        for (; i < keys.Length; i++)
        {
            if (!all && marks[i] != mark)
            {
                continue;
            }

            below += keys[i] < low ? 1 : 0;
            if (keys[i] - low <= high - low)
            {
                found.Add(Key(keys[i], first + i));
            }
        }

        return below;
    }
}
