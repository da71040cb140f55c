namespace Winnow.Curation.Duplicates;

/// <summary>The documents that have to do with duplicates, in the order in which they are kept: by priority, then by their numbers. A place in it is called a slot.</summary>
internal sealed class InvolvedDocuments
{
    private readonly int[] _documents, _slots;
    private readonly int[] _bucketEnds, _buckets;

    /// <param name="count">How many documents there are in all.</param>
    /// <param name="same">Of each document the one that it is the same as, or −1.</param>
    /// <param name="buckets">Which documents share bands.</param>
    /// <param name="order">In which they are kept.</param>
    public InvolvedDocuments(int count, int[] same, Buckets buckets, KeepOrder order)
    {
        _slots = new int[count];
        for (var document = 0; document < count; document++)
        {
            if (same[document] is >= 0 and var kept)
            {
                _slots[document] = _slots[kept] = 1;
            }
        }

        foreach (var document in buckets.All)
        {
            _slots[document] = 1;
        }

        var involved = new List<int>();
        for (var document = 0; document < count; document++)
        {
            if (_slots[document] != 0)
            {
                involved.Add(document);
            }

            _slots[document] = -1;
        }

        _documents = [.. involved];
        if (!order.IsPlain)
        {
            Array.Sort(_documents, order);
        }

        for (var slot = 0; slot < _documents.Length; slot++)
        {
            _slots[_documents[slot]] = slot;
        }

        (_bucketEnds, _buckets) = BucketsOfSlots(buckets);
    }

    /// <summary>How many there are.</summary>
    public int Count => _documents.Length;

    /// <summary>The document of a slot.</summary>
    public int Document(int slot) => _documents[slot];

    /// <summary>The slot of a document; −1 where it has nothing to do with duplicates.</summary>
    public int Slot(int document) => _slots[document];

    /// <summary>The buckets that a slot's document shares with others.</summary>
    public ReadOnlySpan<int> Buckets(int slot) => _buckets.AsSpan((slot == 0 ? 0 : _bucketEnds[slot - 1]).._bucketEnds[slot]);

    private (int[] Ends, int[] Buckets) BucketsOfSlots(Buckets buckets)
    {
        var ends = new int[Count];
        foreach (var document in buckets.All)
        {
            ends[_slots[document]]++;
        }

        for (var slot = 1; slot < Count; slot++)
        {
            ends[slot] += ends[slot - 1];
        }

        // Filled from the back, so that the ends become beginnings and, moved by one slot, ends again.
        var of = new int[buckets.All.Length];
        for (var bucket = buckets.Count - 1; bucket >= 0; bucket--)
        {
            foreach (var document in buckets.Of(bucket))
            {
                of[--ends[_slots[document]]] = bucket;
            }
        }

        for (var slot = 0; slot < Count; slot++)
        {
            ends[slot] = slot + 1 < Count ? ends[slot + 1] : of.Length;
        }

        return (ends, of);
    }
}
