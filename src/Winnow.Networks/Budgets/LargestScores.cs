using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

/// <summary>
/// Exactly so many elements with the largest scores. Nothing is sorted: counting passes over some bits at a time of order-preserving keys find the last one's score, another one takes what is above it and, of those
/// equal to it, the first. No random number takes part, other than in the core's selection of samples: a weight's place means something and a budget has to give the same masks on any machine.
/// </summary>
internal static class LargestScores
{
    /// <summary>How many of each layer are among the largest of all layers together, of equal scores those of earlier layers.</summary>
    public static long[] Counts(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        var edge = Edge.Of([.. layers.Select(static layer => new Run(layer, 0, (int)layer.Count))], keep);
        var counts = new long[layers.Count];
        for (var l = 0; l < counts.Length; l++)
        {
            var scores = layers[l].Scores.Span;
            for (var i = 0; i < scores.Length; i++)
            {
                counts[l] += edge.Takes(scores[i], layers[l].Alive, i) ? 1 : 0;
            }
        }

        return counts;
    }

    /// <summary>The largest in each layer on its own.</summary>
    public static MaskSet Of(IReadOnlyList<BudgetLayer> layers, long[] counts) => new(layers.Select((layer, l) => Of(layer, [(0, (int)layer.Count, counts[l])])));

    /// <summary>The largest in each of some runs of a layer's elements.</summary>
    /// <param name="layer">With scores.</param>
    /// <param name="runs">Where each begins, how long it is, and how many of it are kept: at most those that may be.</param>
    public static Mask Of(BudgetLayer layer, IEnumerable<(int Start, int Length, long Keep)> runs)
    {
        var words = new ulong[(layer.Count + 63) / 64];
        var scores = layer.Scores.Span;
        foreach (var (start, length, keep) in runs)
        {
            var edge = Edge.Of([new(layer, start, length)], keep);
            for (var i = start; i < start + length; i++)
            {
                if (edge.Takes(scores[i], layer.Alive, i))
                {
                    words[i >> 6] |= 1UL << (i & 63);
                }
            }
        }

        return Mask.OfWords(layer.Name, [.. layer.Shape], words);
    }

    // Larger scores have larger keys; -0 has that of 0.
    private static uint Key(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    private readonly record struct Run(BudgetLayer Layer, int Start, int Length);

    /// <summary>The key of the last one that is kept, and how many that have it still are.</summary>
    private struct Edge
    {
        private readonly uint _key;
        private long _left;

        private Edge(uint key, long left) => (_key, _left) = (key, left);

        public static Edge Of(Run[] runs, long keep)
        {
            // Two passes with a large table of counts, or for few elements, which are read in less time than it is cleared, four with a small one.
            var bits = runs.Sum(static run => (long)run.Length) < 1 << 15 ? 8 : 16;
            var counts = new long[1 << bits];
            uint key = 0, known = 0;
            for (var shift = 32 - bits; shift >= 0; shift -= bits)
            {
                Array.Clear(counts);
                foreach (var run in runs)
                {
                    Count(run, key, known, shift, counts);
                }

                // The bin that the last one falls into; what is above it no longer counts. Where none is kept, the highest one, which only NaN could be in at the end.
                var bin = counts.Length - 1;
                while (bin > 0 && counts[bin] < keep)
                {
                    keep -= counts[bin--];
                }

                key |= (uint)bin << shift;
                known |= (uint)(counts.Length - 1) << shift;
            }

            return new(key, keep);
        }

        /// <summary>Whether the next one, in their order, is kept.</summary>
        public bool Takes(float score, Mask? alive, int index)
        {
            var key = Key(score);
            return key >= _key && alive?.Keeps(index) is not false && (key > _key || _left-- > 0);
        }

        private static void Count(Run run, uint key, uint known, int shift, long[] counts)
        {
            var scores = run.Layer.Scores.Span;
            var alive = run.Layer.Alive;
            for (var i = run.Start; i < run.Start + run.Length; i++)
            {
                var other = Key(scores[i]);
                if ((other & known) == key && alive?.Keeps(i) is not false)
                {
                    counts[(other >> shift) & (counts.Length - 1)]++;
                }
            }
        }
    }
}
