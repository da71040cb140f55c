namespace Winnow.Numerics;

/// <summary>
/// Endless passes over a data set in blocks: each pass is a random permutation, the passes follow one another, and round r takes places
/// r·k … r·k + k - 1 of the whole sequence. No sample is twice in a round, every sample is once in each pass, so that after any round no
/// two samples' visits differ by more than one. A round is a function of the stream and its number: nothing is remembered.
/// </summary>
/// <remarks>
/// <para>
/// A round that takes the tail of pass p and the head of pass p + 1 would hold a sample twice if that sample were in both. So the head is
/// filled from the permutation of pass p + 1 with the first samples that aren't in the tail of pass p; the others follow in their order.
/// A pass's own tail is the tail of its permutation and isn't touched by that: which round has which samples never depends on more than
/// two permutations. For this the samples that are in neither tail must fill the head: N - t(p) ≥ k, which holds for 2k ≤ N.
/// </para>
/// <para>
/// For 2k &gt; N the walk is over the samples that sit out, N - k of them a round, by the same rule: visits differ by at most one exactly
/// when the rounds sat out do.
/// </para>
/// <para>
/// The ids play no part in any of this, so the distribution is the same under any renaming of them: every set of k samples is equally
/// likely to be a round's.
/// </para>
/// </remarks>
internal static class BlockWalk
{
    /// <summary>Writes 1 for the samples of a round and 0 for the others.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">The random streams' name; the pass is their epoch.</param>
    /// <param name="round">The round, from 0.</param>
    /// <param name="block">How many samples a round has: 1 … weights.Length.</param>
    /// <param name="weights">Takes the weights.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    public static void Round(ulong seed, string stream, int round, int block, Span<float> weights, int threads)
    {
        var samples = weights.Length;
        var inverted = 2L * block > samples;
        var size = inverted ? samples - block : block;
        var (inside, outside) = inverted ? (0f, 1f) : (1f, 0f);
        if (size == 0)
        {
            weights.Fill(outside);
            return;
        }

        var first = (long)round * size;
        int pass = (int)(first / samples), place = (int)(first % samples), left = samples - place;
        var order = new RandomOrder(Rng.Derive(seed, pass, stream), samples, threads);
        if (size > left)
        {
            // The tail of this pass, then of the next those that come first and aren't in the tail.
            var next = new RandomOrder(Rng.Derive(seed, pass + 1, stream), samples, threads);
            order.Write(weights, order.At(place, samples), RandomOrder.End, inside, outside);
            next.Add(weights, next.At(size - left, samples - left, weights, outside), inside, outside);
            return;
        }

        var carried = (int)((long)pass * samples % size);
        if (carried == 0)
        {
            order.Write(weights, order.At(place, samples), order.At(place + size, samples), inside, outside);
            return;
        }
        // This pass's head went with the tail of the pass before: those that weren't in it, up to a key.
        const float Before = 2, Free = 3;
        var previous = new RandomOrder(Rng.Derive(seed, pass - 1, stream), samples, threads);
        previous.Write(weights, previous.At(samples - carried, samples), RandomOrder.End, Before, Free);
        var head = size - carried;
        var headEnd = order.At(head, samples - carried, weights, Free);
        var deferred = order.Below(headEnd) - head;
        ulong from = Place(order, weights, place, head, deferred, carried), to = Place(order, weights, place + size, head, deferred, carried);
        order.WriteExcept(weights, headEnd, Free, from, to, inside, outside);

        // What stands after the head: first the deferred, those of the tail before whose keys lie in the head's range, then all in order.
        static ulong Place(in RandomOrder order, ReadOnlySpan<float> weights, int place, int head, int deferred, int carried) =>
            place - head >= deferred ? order.At(place, weights.Length) : order.At(place - head, carried, weights, Before);
    }
}
