using System.Numerics;

namespace Winnow.Numerics;

/// <summary>
/// Chooses in each of some groups the wanted number of samples with the smallest keys, of equal keys the smaller ids, without sorting and without keeping a number a
/// sample: passes that count the keys' digits from the highest to the lowest find each group's last key, one more marks what is below it. The result doesn't depend on the
/// threads.
/// </summary>
internal static class GroupedKeys
{
    /// <summary>Sources are asked for so many samples at a time, or for the last few.</summary>
    public const int Run = 1 << 12;

    // Counters of all groups together fit into a core's cache share; one group has digits of 16 bits.
    private const int Counters = 1 << 20, MostBits = 16, LeastBits = 4;

    /// <summary>Marks the chosen: bit i of the result, counted from the lowest of word 0, is sample i.</summary>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="source">Their groups and keys; asked several times, by several threads.</param>
    /// <param name="wanted">How many of each group, at most those that take part.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <param name="stop">Ends the work early.</param>
    public static ulong[] Smallest(int samples, IKeySource source, ReadOnlySpan<int> wanted, int threads, CancellationToken stop)
    {
        var limits = new Limit[wanted.Length];
        for (var g = 0; g < wanted.Length; g++)
        {
            limits[g] = new(0, wanted[g], false);
        }

        if (Array.TrueForAll(limits, static limit => limit.Settled))
        {
            return new ulong[(samples + 63) / 64];
        }

        var width = Math.Clamp(BitOperations.Log2((uint)Math.Max(1, Counters / Math.Max(1, wanted.Length))), LeastBits, MostBits);
        for (int used = 0, bits; used < 32; used += bits)
        {
            bits = Math.Min(width, 32 - used);
            Narrow(limits, Count(samples, source, limits, used, bits, threads, stop), used, bits);
        }

        return Mark(samples, source, limits, threads, stop);
    }

    /// <summary>Whether a sample is marked.</summary>
    public static bool Marked(ReadOnlySpan<ulong> marks, int id) => (marks[id >> 6] >> (id & 63) & 1) != 0;

    /// <summary>The ids of marked samples, ascending.</summary>
    public static int[] Ids(ReadOnlySpan<ulong> marks)
    {
        var count = 0;
        foreach (var word in marks)
        {
            count += BitOperations.PopCount(word);
        }

        var ids = GC.AllocateUninitializedArray<int>(count);
        var at = 0;
        for (var w = 0; w < marks.Length; w++)
        {
            for (var word = marks[w]; word != 0; word &= word - 1)
            {
                ids[at++] = (w << 6) + BitOperations.TrailingZeroCount(word);
            }
        }

        return ids;
    }

    /// <summary>Turns a score into a key: the higher the score, the smaller its key.</summary>
    public static uint Descending(float score) => ~Ascending(score);

    /// <summary>Turns a score into a key: the lower the score, the smaller its key.</summary>
    public static uint Ascending(float score) => Percentiles.Key(score);

    /// <summary>Up to where a group's keys are chosen: those below, and of those that equal it so many.</summary>
    /// <param name="Key">The last key, or its highest digits while it is looked for.</param>
    /// <param name="Left">How many with this key, or these digits, are chosen, in the order of ids.</param>
    /// <param name="Partial">Whether some with this key, or these digits, are not chosen.</param>
    private readonly record struct Limit(uint Key, int Left, bool Partial)
    {
        /// <summary>Whether it need not be looked for: none are wanted.</summary>
        public bool Settled => Left == 0;
    }

    private static int[] Count(int samples, IKeySource source, Limit[] limits, int used, int bits, int threads, CancellationToken stop)
    {
        int bins = 1 << bits, chunks = Chunks.Count(samples);
        var total = new int[limits.Length * bins];
        var workers = Math.Min(chunks, Chunks.Threads(threads));
        Lock gate = new();
        Chunks.For(workers, threads, worker =>
        {
            var own = workers == 1 ? total : new int[total.Length];
            var groups = new int[Run];
            var keys = new uint[Run];
            for (var c = worker; c < chunks; c += workers)
            {
                stop.ThrowIfCancellationRequested();
                var (start, length) = Chunks.Range(c, samples);
                for (var at = 0; at < length; at += Run)
                {
                    var run = Math.Min(Run, length - at);
                    source.Fill(start + at, groups.AsSpan(0, run), keys.AsSpan(0, run));
                    Count(groups.AsSpan(0, run), keys, limits, used, bits, own);
                }
            }

            if (workers > 1)
            {
                // Whole numbers: the order in which workers add theirs doesn't matter.
                lock (gate)
                {
                    for (var i = 0; i < own.Length; i++)
                    {
                        total[i] += own[i];
                    }
                }
            }
        });
        return total;
    }

    private static void Count(ReadOnlySpan<int> groups, ReadOnlySpan<uint> keys, Limit[] limits, int used, int bits, int[] counts)
    {
        var (shift, mask) = (32 - used - bits, (1u << bits) - 1);
        for (var i = 0; i < groups.Length; i++)
        {
            var group = groups[i];
            if (group >= 0 && (used == 0 || keys[i] >> (32 - used) == limits[group].Key))
            {
                counts[(group << bits) + (int)((keys[i] >> shift) & mask)]++;
            }
        }
    }

    private static void Narrow(Limit[] limits, int[] counts, int used, int bits)
    {
        for (var g = 0; g < limits.Length; g++)
        {
            var limit = limits[g];
            if (limit.Settled)
            {
                continue;
            }

            var (digit, left) = (0, limit.Left);
            while (left > counts[(g << bits) + digit])
            {
                left -= counts[(g << bits) + digit++];
                if (digit == 1 << bits)
                {
                    throw new InvalidOperationException($"group {g} has fewer samples than are wanted of it.");
                }
            }

            limits[g] = new(used == 0 ? (uint)digit : (limit.Key << bits) | (uint)digit, left, left < counts[(g << bits) + digit]);
        }
    }

    private static ulong[] Mark(int samples, IKeySource source, Limit[] limits, int threads, CancellationToken stop)
    {
        var marks = new ulong[(samples + 63) / 64];
        var tied = Tied(samples, source, limits, threads, stop);
        Pass(samples, source, threads, (chunk, start, groups, keys) =>
        {
            var places = tied.AsSpan(chunk * limits.Length, limits.Length);
            for (var i = 0; i < groups.Length; i++)
            {
                if (groups[i] < 0 || limits[groups[i]].Settled)
                {
                    continue;
                }

                ref readonly var limit = ref limits[groups[i]];
                if (keys[i] < limit.Key || (keys[i] == limit.Key && places[groups[i]]-- > 0))
                {
                    marks[(start + i) >> 6] |= 1UL << ((start + i) & 63);
                }
            }
        }, stop);
        return marks;
    }

    // How many of those on each limit are chosen in each chunk, in the order of ids.
    private static int[] Tied(int samples, IKeySource source, Limit[] limits, int threads, CancellationToken stop)
    {
        var chunks = Chunks.Count(samples);
        var tied = new int[(long)chunks * limits.Length];
        if (!Array.Exists(limits, static limit => limit.Partial))
        {
            // All that there are.
            Array.Fill(tied, int.MaxValue);
            return tied;
        }

        Pass(samples, source, threads, (chunk, start, groups, keys) =>
        {
            var own = tied.AsSpan(chunk * limits.Length, limits.Length);
            for (var i = 0; i < groups.Length; i++)
            {
                if (groups[i] >= 0 && !limits[groups[i]].Settled && keys[i] == limits[groups[i]].Key)
                {
                    own[groups[i]]++;
                }
            }
        }, stop);
        for (var g = 0; g < limits.Length; g++)
        {
            var left = limits[g].Left;
            for (var c = 0; c < chunks; c++)
            {
                var here = tied[(c * limits.Length) + g];
                tied[(c * limits.Length) + g] = Math.Min(left, here);
                left -= Math.Min(left, here);
            }
        }

        return tied;
    }

    private delegate void Visit(int chunk, int start, ReadOnlySpan<int> groups, ReadOnlySpan<uint> keys);

    private static void Pass(int samples, IKeySource source, int threads, Visit visit, CancellationToken stop) =>
        Chunks.For(Chunks.Count(samples), threads, c =>
        {
            stop.ThrowIfCancellationRequested();
            Span<int> groups = stackalloc int[Run];
            Span<uint> keys = stackalloc uint[Run];
            var (start, length) = Chunks.Range(c, samples);
            for (var at = 0; at < length; at += Run)
            {
                var run = Math.Min(Run, length - at);
                source.Fill(start + at, groups[..run], keys[..run]);
                visit(c, start + at, groups[..run], keys[..run]);
            }
        });
}
