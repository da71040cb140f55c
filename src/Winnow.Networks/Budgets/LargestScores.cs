using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

/// <summary>
/// Exactly so many elements with the largest scores. Many aren't sorted: two counting passes over order-preserving keys of 32 bits find the last one's score, a third marks what is above it and, of those
/// equal to it, the first. No random number takes part, other than in the core's selection of samples: a weight's place means something and a budget has to give the same masks on any machine.
/// </summary>
internal static class LargestScores
{
    // Below so many, sorting takes less than two tables of counts.
    private const int Bins = 1 << 16, Few = 1 << 14;

    /// <summary>In each layer on its own.</summary>
    public static MaskSet Of(IReadOnlyList<BudgetLayer> layers, long[] counts) =>
        new(layers.Select((layer, l) => Mask.OfWords(layer.Name, [.. layer.Shape], Mark([layer], counts[l])[0])));

    /// <summary>Among all the layers together, of equal scores those of earlier layers.</summary>
    public static MaskSet Among(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        var words = Mark(layers, keep);
        return new(layers.Select((layer, l) => Mask.OfWords(layer.Name, [.. layer.Shape], words[l])));
    }

    /// <summary>Marks the largest of a run of scores in a bit map.</summary>
    /// <param name="scores">No NaN.</param>
    /// <param name="start">Where the run begins in the bit maps.</param>
    /// <param name="alive">What may be kept; empty: everything.</param>
    /// <param name="keep">At most those that may be.</param>
    /// <param name="words">Bits are set here.</param>
    public static void Mark(ReadOnlySpan<float> scores, long start, ReadOnlySpan<ulong> alive, long keep, Span<ulong> words)
    {
        Edge edge;
        if (scores.Length <= Few)
        {
            var keys = new List<uint>(scores.Length);
            Add(keys, scores, start, alive);
            edge = new(keys, keep);
        }
        else
        {
            edge = new(keep);
            edge.CountUpper(scores, start, alive);
            edge.EndUpper();
            edge.CountLower(scores, start, alive);
            edge.EndLower();
        }

        edge.Mark(scores, start, alive, words);
    }

    private static ulong[][] Mark(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        var edge = layers.Sum(static layer => layer.Count) <= Few ? OfFew(layers, keep) : OfMany(layers, keep);
        var words = new ulong[layers.Count][];
        for (var l = 0; l < words.Length; l++)
        {
            words[l] = new ulong[(layers[l].Count + 63) / 64];
            edge.Mark(layers[l].Scores.Span, 0, Alive(layers[l]), words[l]);
        }

        return words;
    }

    private static Edge OfFew(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        var keys = new List<uint>();
        foreach (var layer in layers)
        {
            Add(keys, layer.Scores.Span, 0, Alive(layer));
        }

        return new(keys, keep);
    }

    private static Edge OfMany(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        var edge = new Edge(keep);
        foreach (var layer in layers)
        {
            edge.CountUpper(layer.Scores.Span, 0, Alive(layer));
        }

        edge.EndUpper();
        foreach (var layer in layers)
        {
            edge.CountLower(layer.Scores.Span, 0, Alive(layer));
        }

        edge.EndLower();
        return edge;
    }

    private static void Add(List<uint> keys, ReadOnlySpan<float> scores, long start, ReadOnlySpan<ulong> alive)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            if (IsIn(alive, start + i))
            {
                keys.Add(Key(scores[i]));
            }
        }
    }

    private static ReadOnlySpan<ulong> Alive(BudgetLayer layer) => layer.Alive is null ? [] : layer.Alive.Words;

    private static bool IsIn(ReadOnlySpan<ulong> alive, long index) => alive.IsEmpty || (alive[(int)(index >> 6)] >> (int)(index & 63) & 1) != 0;

    // Larger scores have larger keys; -0 has that of 0.
    private static uint Key(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    /// <summary>The key of the last one that is kept, and how many that have it are.</summary>
    private struct Edge
    {
        private readonly long[] _counts;
        private long _left;
        private uint _bin, _key;

        /// <summary>To be found by counting.</summary>
        public Edge(long keep) => (_counts, _left) = (new long[Bins], keep);

        /// <summary>Found by sorting.</summary>
        public Edge(List<uint> keys, long keep)
        {
            (_counts, _key) = ([], uint.MaxValue);
            if (keep == 0)
            {
                return;
            }

            keys.Sort();
            var first = keys.Count - (int)keep;
            for (_key = keys[first]; first < keys.Count && keys[first] == _key; first++)
            {
                _left++;
            }
        }

        public readonly void CountUpper(ReadOnlySpan<float> scores, long start, ReadOnlySpan<ulong> alive)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (IsIn(alive, start + i))
                {
                    _counts[Key(scores[i]) >> 16]++;
                }
            }
        }

        public void EndUpper() => _bin = End();

        public readonly void CountLower(ReadOnlySpan<float> scores, long start, ReadOnlySpan<ulong> alive)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                var key = Key(scores[i]);
                if (key >> 16 == _bin && IsIn(alive, start + i))
                {
                    _counts[key & 0xFFFF]++;
                }
            }
        }

        public void EndLower() => _key = (_bin << 16) | End();

        public void Mark(ReadOnlySpan<float> scores, long start, ReadOnlySpan<ulong> alive, Span<ulong> words)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                var key = Key(scores[i]);
                if (key < _key || (key == _key && _left == 0) || !IsIn(alive, start + i))
                {
                    continue;
                }

                _left -= key == _key ? 1 : 0;
                words[(int)((start + i) >> 6)] |= 1UL << (int)((start + i) & 63);
            }
        }

        // The bin that the last one falls into; what is above it no longer counts. Where none is kept, the highest bin, which only NaN could be in.
        private uint End()
        {
            var bin = Bins - 1;
            while (bin > 0 && _counts[bin] < _left)
            {
                _left -= _counts[bin--];
            }

            Array.Clear(_counts);
            return (uint)bin;
        }
    }
}
