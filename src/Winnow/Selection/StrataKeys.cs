using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>Samples in the strata of their scores, in random order; those that are marked take no part.</summary>
internal sealed class StrataKeys : IKeySource
{
    private readonly ReadOnlyMemory<float> _scores;
    private readonly ulong[] _left;
    private readonly Rng _rng;
    private readonly double _low, _perStratum;

    private StrataKeys(SelectionInput input, ulong[] left, int strata, Rng rng, double low, double high)
    {
        (_scores, _left, _rng, _low) = (input.Scores, left, rng, low);
        Sizes = new int[strata];
        _perStratum = high > low ? strata / (high - low) : 0;
    }

    /// <summary>How many samples take part in each stratum.</summary>
    public int[] Sizes { get; }

    /// <summary>Strata of equal width between the lowest and the highest score of those that take part.</summary>
    /// <exception cref="SelectionException">A score is infinite, so that no width is.</exception>
    public static StrataKeys Of(SelectionInput input, ulong[] left, int strata, Rng rng)
    {
        var chunks = Chunks.Count(input.Count);
        var ranges = new (float Low, float High)[chunks];
        Chunks.For(chunks, input.Threads, c =>
        {
            var (start, length) = Chunks.Range(c, input.Count);
            var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
            var scores = input.Scores.Span.Slice(start, length);
            for (var i = 0; i < length; i++)
            {
                if (!GroupedKeys.Marked(left, start + i))
                {
                    (low, high) = (Math.Min(low, scores[i]), Math.Max(high, scores[i]));
                }
            }

            ranges[c] = (low, high);
        });
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (var (low, high) in ranges)
        {
            (least, most) = (Math.Min(least, low), Math.Max(most, high));
        }

        if (least <= most && !double.IsFinite(most - least))
        {
            throw new SelectionException("a score is infinite, and strata of equal width need a finite range; choose a score with a finite value for every sample (forgetting: never-learned=epochs).");
        }

        var keys = new StrataKeys(input, left, strata, rng, least, most);
        var gate = new Lock();
        Chunks.For(chunks, input.Threads, c =>
        {
            var (start, length) = Chunks.Range(c, input.Count);
            var own = new int[strata];
            for (var i = start; i < start + length; i++)
            {
                if (!GroupedKeys.Marked(left, i))
                {
                    own[keys.Stratum(input.Scores.Span[i])]++;
                }
            }

            lock (gate)
            {
                for (var s = 0; s < strata; s++)
                {
                    keys.Sizes[s] += own[s];
                }
            }
        });
        return keys;
    }

    public void Fill(int start, Span<int> groups, Span<uint> keys)
    {
        _rng.Fill((ulong)start, keys);
        var scores = _scores.Span.Slice(start, groups.Length);
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = GroupedKeys.Marked(_left, start + i) ? -1 : Stratum(scores[i]);
        }
    }

    // The highest score is in the last stratum.
    private int Stratum(float score) => Math.Min(Sizes.Length - 1, (int)((score - _low) * _perStratum));
}
