using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Draws in each class exactly so many of the samples with weight 0, every set of that size equally likely, on any number of threads. As
/// in <see cref="SubsetDraw"/> each sample is tossed on its own (16 random bits, at its id) with its class's odds; then the few that are too
/// many or too few in a class are moved, chosen uniformly by their rank among those that can be moved.
/// </summary>
internal static class ClassTopUp
{
    private const int Run = 1 << 12, Lanes = 4;

    /// <summary>Turns the weights of those that are drawn into a code.</summary>
    /// <param name="labels">Each sample's class, 0-based.</param>
    /// <param name="available">How many samples of each class have weight 0.</param>
    /// <param name="wanted">How many of them to draw, at most all.</param>
    /// <param name="weights">The weights; none is the code.</param>
    /// <param name="picked">The code of the drawn, not 0.</param>
    /// <param name="rng">16 bits a sample, by id.</param>
    /// <param name="settle">A lane a class.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <param name="then">What follows for the samples from a place on, so many, while they are in the cache.</param>
    public static unsafe void Draw(ReadOnlySpan<int> labels, int[] available, int[] wanted, Span<float> weights, float picked, Rng rng, Rng settle, int threads,
        Action<int, int> then)
    {
        int samples = weights.Length, classes = wanted.Length, chunks = Chunks.Count(samples);
        var odds = new ushort[classes];
        for (var k = 0; k < classes; k++)
        {
            odds[k] = available[k] == 0 ? (ushort)0 : (ushort)Math.Min(ushort.MaxValue, SubsetDraw.Odds((double)wanted[k] / available[k]));
        }
        // Of each chunk and class: how many could be drawn, and how many the tosses drew.
        var counts = new Tally[chunks * classes];
        fixed (int* pinnedLabels = labels)
        fixed (float* pinnedWeights = weights)
        {
            var l = pinnedLabels;
            var w = pinnedWeights;
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Toss(new(l + start, length), new(w + start, length), start, rng, odds, picked, counts.AsSpan(c * classes, classes));
            });
            Moves[] moves = [.. Enumerable.Range(0, classes).Select(k => Moves.Of(counts, classes, k, wanted[k], picked, settle.Sequence((uint)k)))];
            // Where each chunk's samples that can be moved begin in their class's ranks.
            var ranks = new int[chunks * classes];
            for (var k = 0; k < classes; k++)
            {
                for (var c = 1; c < chunks; c++)
                {
                    ranks[(c * classes) + k] = ranks[((c - 1) * classes) + k] + moves[k].Movable(counts[((c - 1) * classes) + k]);
                }
            }

            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Move(new(l + start, length), new(w + start, length), moves, ranks.AsSpan(c * classes, classes));
                then(start, length);
            });
        }
    }

    private readonly record struct Tally(int Available, int Drawn);

    // What has to be moved in one class: from a code to the other, those of these ranks, ascending.
    private readonly record struct Moves(float From, float To, int[] Ranks)
    {
        public static Moves Of(Tally[] counts, int classes, int label, int wanted, float picked, RngSequence random)
        {
            int available = 0, drawn = 0;
            for (var i = label; i < counts.Length; i += classes)
            {
                (available, drawn) = (available + counts[i].Available, drawn + counts[i].Drawn);
            }

            return drawn > wanted ? new(picked, 0, Choose(drawn, drawn - wanted, random)) : new(0, picked, Choose(available - drawn, wanted - drawn, random));
        }

        public int Movable(Tally chunk) => From == 0 ? chunk.Available - chunk.Drawn : chunk.Drawn;

        // Floyd's sampling without replacement.
        private static int[] Choose(int population, int count, RngSequence random)
        {
            var chosen = new HashSet<int>(count);
            for (var last = population - count; last < population; last++)
            {
                var one = (int)random.Next((uint)last + 1);
                if (!chosen.Add(one))
                {
                    chosen.Add(last);
                }
            }

            int[] ranks = [.. chosen];
            Array.Sort(ranks);
            return ranks;
        }
    }

    // Neighbours are often of one class; counting them in one place, each would wait for the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Toss(ReadOnlySpan<int> labels, Span<float> weights, int start, Rng rng, ushort[] odds, float picked, Span<Tally> counts)
    {
        Span<uint> random = stackalloc uint[Run / 2];
        // How many could be drawn in the high half, how many were in the low one.
        var lanes = new ulong[Lanes * counts.Length];
        for (var at = 0; at < weights.Length; at += Run)
        {
            var run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            var own = labels.Slice(at, run.Length);
            rng.Fill((ulong)(start + at) / 2, random[..((run.Length + 1) / 2)]);
            ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<uint, ushort>(random)[..run.Length];
            for (var i = 0; i < run.Length; i++)
            {
                var label = own[i];
                bool free = run[i] == 0, hit = free & bits[i] < odds[label];
                run[i] = Branchless.Select(hit, picked, run[i]);
                lanes[((i & (Lanes - 1)) * counts.Length) + label] += ((free ? 1UL : 0) << 32) | (hit ? 1UL : 0);
            }
        }

        for (var k = 0; k < lanes.Length; k++)
        {
            ref var one = ref counts[k % counts.Length];
            one = new(one.Available + (int)(lanes[k] >> 32), one.Drawn + (int)(uint)lanes[k]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(ReadOnlySpan<int> labels, Span<float> weights, Moves[] moves, Span<int> ranks)
    {
        // The rank that is moved next in each class; beyond all of them where nothing is left to move.
        int[] next = new int[moves.Length], wait = new int[moves.Length];
        var from = new float[moves.Length];
        for (var k = 0; k < moves.Length; k++)
        {
            var place = moves[k].Ranks.AsSpan().BinarySearch(ranks[k]);
            next[k] = place < 0 ? ~place : place;
            (wait[k], from[k]) = (Wait(moves[k].Ranks, next[k]), moves[k].From);
        }

        for (var i = 0; i < weights.Length; i++)
        {
            int label = labels[i], rank = ranks[label];
            var movable = weights[i] == from[label];
            ranks[label] = rank + (movable ? 1 : 0);
            // Seldom so; whether a sample can be moved is no better to foresee than a toss.
            if (!(movable & rank == wait[label]))
            {
                continue;
            }

            weights[i] = moves[label].To;
            wait[label] = Wait(moves[label].Ranks, ++next[label]);
        }
    }

    private static int Wait(int[] ranks, int next) => next < ranks.Length ? ranks[next] : -1;
}
