namespace Winnow.Curation.Duplicates;

/// <summary>
/// Decides which near duplicates go: documents are looked at in the order in which they are kept, and one goes if the texts of it and of a kept one were compared and are similar enough. So each that goes
/// is near one that stays, no chain of similar texts carries two unlike ones into one cluster, and no two texts of a cluster are further apart than two steps over the one that stays.
/// </summary>
/// <remarks>
/// Blocks of so many documents are compared with what is kept before them by all threads, then among themselves; what comes out is what one document after the other would give.
/// </remarks>
internal sealed class LeaderClustering
{
    private const int BlockSize = 256, None = -1;

    private readonly InvolvedDocuments _involved;
    private readonly Func<int, int, double> _similarity;
    private readonly double _threshold;
    private readonly int _threads;

    // Per bucket the kept documents in their order, as a list within two arrays.
    private readonly int[] _heads, _tails;
    private readonly List<(int Slot, int Next)> _kept = [];

    /// <param name="involved">The documents and the buckets they are in.</param>
    /// <param name="buckets">How many buckets there are.</param>
    /// <param name="similarity">The similarity of two slots' texts; is called by several threads.</param>
    /// <param name="threshold">From which similarity on one goes.</param>
    /// <param name="threads">How many compare.</param>
    public LeaderClustering(InvolvedDocuments involved, int buckets, Func<int, int, double> similarity, double threshold, int threads)
    {
        (_involved, _similarity, _threshold, _threads) = (involved, similarity, threshold, threads);
        (_heads, _tails) = (new int[buckets], new int[buckets]);
        _heads.AsSpan().Fill(None);
        _tails.AsSpan().Fill(None);
    }

    /// <summary>Of each slot the slot that it goes for, and their similarity; (−1, 0) of those that stay.</summary>
    /// <param name="isReference">Whether a slot is never removed.</param>
    /// <param name="done">Is told how many slots are decided.</param>
    /// <param name="stop">Ends it.</param>
    public (int Kept, float Similarity)[] Run(Func<int, bool> isReference, Action<int> done, CancellationToken stop)
    {
        var result = new (int Kept, float Similarity)[_involved.Count];
        result.AsSpan().Fill((None, 0));
        var options = new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = stop };
        var block = new List<int>();
        for (var slot = 0; slot < _involved.Count; slot++)
        {
            if (!_involved.Buckets(slot).IsEmpty)
            {
                block.Add(slot);
            }

            if (block.Count == BlockSize || slot == _involved.Count - 1)
            {
                Decide(block, result, isReference, options);
                block.Clear();
                done(slot + 1);
            }
        }

        return result;
    }

    private void Decide(List<int> block, (int Kept, float Similarity)[] result, Func<int, bool> isReference, ParallelOptions options)
    {
        Parallel.For(0, block.Count, options, i =>
        {
            var slot = block[i];
            if (!isReference(slot))
            {
                result[slot] = FirstSimilar(slot, KeptWith(slot));
            }
        });

        // What is left is compared with what is left before it.
        int[] left = [.. block.Where(slot => result[slot].Kept == None)];
        var pairs = Pairs(left, isReference);
        var similarities = new double[pairs.Count];
        Parallel.For(0, pairs.Count, options, k => similarities[k] = _similarity(left[pairs[k].Earlier], left[pairs[k].Later]));
        var next = 0;
        for (var later = 0; later < left.Length; later++)
        {
            var slot = left[later];
            for (; next < pairs.Count && pairs[next].Later == later; next++)
            {
                var earlier = left[pairs[next].Earlier];
                if (result[slot].Kept == None && result[earlier].Kept == None && similarities[next] >= _threshold)
                {
                    result[slot] = (earlier, (float)similarities[next]);
                }
            }

            if (result[slot].Kept == None)
            {
                Keep(slot);
            }
        }
    }

    /// <summary>The earliest kept document that a slot's is similar to.</summary>
    private (int Kept, float Similarity) FirstSimilar(int slot, List<int> kept)
    {
        foreach (var other in kept)
        {
            var similarity = _similarity(other, slot);
            if (similarity >= _threshold)
            {
                return (other, (float)similarity);
            }
        }

        return (None, 0);
    }

    /// <summary>The kept documents that share a bucket with a slot's, in their order.</summary>
    private List<int> KeptWith(int slot)
    {
        var found = new List<int>();
        foreach (var bucket in _involved.Buckets(slot))
        {
            for (var at = _heads[bucket]; at != None; at = _kept[at].Next)
            {
                found.Add(_kept[at].Slot);
            }
        }

        found.Sort();
        var n = 0;
        for (var i = 0; i < found.Count; i++)
        {
            if (i == 0 || found[i] != found[i - 1])
            {
                found[n++] = found[i];
            }
        }

        found.RemoveRange(n, found.Count - n);
        return found;
    }

    /// <summary>The pairs within a block that share a bucket, by the later one, then by the earlier one.</summary>
    private List<(int Later, int Earlier)> Pairs(int[] left, Func<int, bool> isReference)
    {
        var pairs = new List<(int Later, int Earlier)>();
        var members = new Dictionary<int, List<int>>();
        var seen = new HashSet<int>();
        for (var later = 0; later < left.Length; later++)
        {
            seen.Clear();
            foreach (var bucket in _involved.Buckets(left[later]))
            {
                if (!members.TryGetValue(bucket, out var list))
                {
                    members[bucket] = list = [];
                }

                foreach (var earlier in list)
                {
                    seen.Add(earlier);
                }

                list.Add(later);
            }

            if (!isReference(left[later]))
            {
                pairs.AddRange(seen.Order().Select(earlier => (later, earlier)));
            }
        }

        return pairs;
    }

    private void Keep(int slot)
    {
        foreach (var bucket in _involved.Buckets(slot))
        {
            _kept.Add((slot, None));
            var at = _kept.Count - 1;
            if (_heads[bucket] == None)
            {
                _heads[bucket] = at;
            }
            else
            {
                _kept[_tails[bucket]] = (_kept[_tails[bucket]].Slot, at);
            }

            _tails[bucket] = at;
        }
    }
}
