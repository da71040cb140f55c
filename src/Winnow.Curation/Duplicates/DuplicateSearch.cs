using System.Collections.Concurrent;
using System.Globalization;

namespace Winnow.Curation.Duplicates;

/// <summary>What was found among all documents.</summary>
/// <param name="Removed">Those that go, in the order of their numbers.</param>
/// <param name="Threshold">The similarity from which near duplicates go; 1 where there are only exact ones.</param>
/// <param name="Candidates">Documents that shared a band with another.</param>
/// <param name="PairsVerified">Pairs of texts that were compared.</param>
internal sealed record DuplicatesFound(IReadOnlyList<RemovedDocument> Removed, double Threshold, int Candidates, long PairsVerified);

/// <summary>Decides which documents go, of what was joined and on their texts.</summary>
/// <param name="options">How.</param>
/// <param name="count">How many documents may be removed: those of the inputs, without an earlier corpus.</param>
/// <param name="same">Of each document the one that it is the same as, or −1.</param>
/// <param name="involved">Those that have to do with duplicates.</param>
/// <param name="buckets">How many buckets they share.</param>
/// <param name="isReference">Whether a slot's document is of an earlier corpus.</param>
internal sealed class DuplicateSearch(DedupOptions options, int count, int[] same, InvolvedDocuments involved, int buckets, Func<int, bool> isReference)
{
    // Thresholds that are tried, as whole thousandths.
    private const int Steps = 1000;

    /// <summary>Finds them.</summary>
    /// <param name="texts">The texts that pairs are verified on.</param>
    /// <param name="done">Is told how many documents are decided.</param>
    /// <param name="stop">Ends it.</param>
    public DuplicatesFound Run(TextStore texts, Action<int> done, CancellationToken stop)
    {
        var verifier = new Verifier(texts, options.ShingleWords, new(options.Seed, options.BandThreshold));
        var candidates = Enumerable.Range(0, involved.Count).Count(slot => !involved.Buckets(slot).IsEmpty);
        var exact = same.Count(static kept => kept >= 0);
        if (!options.Near)
        {
            return new(Removed(null), 1, candidates, 0);
        }

        if (options.Keep is not { } keep)
        {
            var threshold = options.Threshold;
            var found = Cluster(threshold, (a, b) => verifier.Similarity(a, b, threshold), done, stop);
            return new(Removed(found), threshold, candidates, verifier.Verified);
        }

        // Pairs are compared once, whatever thresholds are tried; a lower one is tried first, so that most pairs are known by then.
        var known = new ConcurrentDictionary<(int, int), double>();
        double Known(int a, int b) => known.GetOrAdd((a, b), pair => verifier.Similarity(pair.Item1, pair.Item2, 0));
        (int Kept, float Similarity)[] At(int thousandths) => Cluster(thousandths / (double)Steps, Known, done, stop);
        long KeptOf((int Kept, float Similarity)[] found) => count - exact - found.LongCount(static of => of.Kept >= 0);

        var wanted = (long)Math.Round(keep * count, MidpointRounding.ToEven);
        var (low, high) = ((int)Math.Ceiling(options.LeastThreshold * Steps), Steps);
        var (atLow, atHigh) = (At(low), At(high));
        if (wanted < KeptOf(atLow) || wanted > KeptOf(atHigh))
        {
            throw new CurationException(string.Create(CultureInfo.InvariantCulture,
                $"{keep:0.###%} of the documents can't be kept: without duplicates from similarity {options.LeastThreshold} on {KeptOf(atLow) / (double)count:0.###%} are left, without exact ones alone {KeptOf(atHigh) / (double)count:0.###%}; ask for a share between these, or allow a lower similarity."));
        }

        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            var found = At(middle);
            (low, high, atLow, atHigh) = KeptOf(found) < wanted ? (middle, high, found, atHigh) : (low, middle, atLow, found);
        }

        // The nearer of the two; of two equally near the one that keeps more.
        var lowIsNearer = wanted - KeptOf(atLow) < KeptOf(atHigh) - wanted;
        return new(Removed(lowIsNearer ? atLow : atHigh), (lowIsNearer ? low : high) / (double)Steps, candidates, verifier.Verified);
    }

    private (int Kept, float Similarity)[] Cluster(double threshold, Func<int, int, double> similarity, Action<int> done, CancellationToken stop) =>
        new LeaderClustering(involved, buckets, similarity, threshold, options.Threads).Run(isReference, done, stop);

    private List<RemovedDocument> Removed((int Kept, float Similarity)[]? near)
    {
        var removed = new List<RemovedDocument>();
        for (var document = 0; document < same.Length; document++)
        {
            // What has the text of one that goes for another goes for that other.
            var stands = same[document] < 0 ? document : same[document];
            var slot = involved.Slot(stands);
            if (slot >= 0 && near is not null && near[slot].Kept >= 0)
            {
                removed.Add(new(document, near[slot].Kept, near[slot].Similarity, Exact: false));
            }
            else if (stands != document)
            {
                removed.Add(new(document, slot, 1, Exact: true));
            }
        }

        return removed;
    }
}
