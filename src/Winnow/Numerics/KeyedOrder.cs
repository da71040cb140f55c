namespace Winnow.Numerics;

/// <summary>
/// The kept samples in a random order that is never written down: place p holds the kept sample whose rank a keyed permutation says. Any
/// part of it can be had without the rest.
/// </summary>
internal sealed class KeyedOrder
{
    // Ids are made in pieces that stay in the first-level cache; what is long is shared by the threads.
    private const int Piece = 1 << 10, Share = 1 << 16;
    private readonly KeyedPermutation _ranks;
    private readonly KeptIndex _kept;
    private readonly int _threads;

    private KeyedOrder(KeyedPermutation ranks, KeptIndex kept, int threads) => (_ranks, _kept, _threads) = (ranks, kept, threads);

    /// <summary>How many samples are kept.</summary>
    public int Count => _ranks.Count;

    /// <summary>The order of the weights that aren't 0; null when all are.</summary>
    /// <param name="weights">One a sample.</param>
    /// <param name="rng">The stream to take the key from.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    /// <param name="weightSum">The sum of the weights, added in float64 in a fixed order.</param>
    /// <exception cref="ArgumentException">A weight is negative, infinite or NaN: the message names the first.</exception>
    public static KeyedOrder? Of(ReadOnlySpan<float> weights, Rng rng, int threads, out double weightSum)
    {
        var kept = KeptIndex.Of(weights, threads, out weightSum);
        return kept.Count == 0 ? null : new(new(rng, kept.Count), kept, threads);
    }

    /// <summary>Writes the ids at places start, start + 1, …</summary>
    /// <param name="start">The first place.</param>
    /// <param name="ids">As many as are wanted; start + its length is at most <see cref="Count"/>.</param>
    public void Copy(int start, Span<int> ids) => Copy(start, ids, select: true);

    /// <summary>Writes the ranks of the ids at places start, start + 1, … among the kept: they are in the ids' order, and are had without looking anything up.</summary>
    /// <param name="start">The first place.</param>
    /// <param name="ranks">As many as are wanted.</param>
    public void CopyRanks(int start, Span<int> ranks) => Copy(start, ranks, select: false);

    /// <summary>Replaces ranks by ids. Fast where the ranks are near one another.</summary>
    public void Select(Span<int> ranks) => _kept.Select(ranks);

    private unsafe void Copy(int start, Span<int> ids, bool select)
    {
        if (ids.Length < 2 * Share)
        {
            CopyPieces(start, ids, select);
            return;
        }

        var length = ids.Length;
        fixed (int* pinned = ids)
        {
            var target = pinned;
            Chunks.For((int)(((long)length + Share - 1) / Share), _threads, s =>
            {
                var from = s * Share;
                CopyPieces(start + from, new(target + from, Math.Min(Share, length - from)), select);
            });
        }
    }

    private void CopyPieces(int start, Span<int> ids, bool select)
    {
        while (!ids.IsEmpty)
        {
            var piece = ids[..Math.Min(Piece, ids.Length)];
            _ranks.Fill(start, piece);
            if (select)
            {
                _kept.Select(piece);
            }

            ids = ids[piece.Length..];
            start += piece.Length;
        }
    }
}
