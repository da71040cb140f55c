namespace Winnow.Curation.Resampling;

/// <summary>How often each bucket occurs in a corpus. Histograms of parts add up to that of the whole.</summary>
public sealed class BucketHistogram
{
    private readonly long[] _counts;

    /// <summary>A histogram without counts.</summary>
    /// <param name="buckets">How many buckets there are.</param>
    public BucketHistogram(int buckets) => _counts = new long[buckets];

    /// <summary>A histogram of these counts.</summary>
    /// <param name="counts">One for each bucket, none negative.</param>
    public BucketHistogram(ReadOnlySpan<long> counts)
    {
        _counts = counts.ToArray();
        foreach (var count in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
            Total += count;
        }
    }

    /// <summary>The counts of the buckets.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>The sum of all counts.</summary>
    public long Total { get; private set; }

    /// <summary>Counts the buckets of a text.</summary>
    /// <param name="buckets">What <see cref="NGramBuckets.Read"/> gave.</param>
    public void Add(ReadOnlySpan<int> buckets)
    {
        foreach (var bucket in buckets)
        {
            _counts[bucket]++;
        }

        Total += buckets.Length;
    }

    /// <summary>Adds the counts of another part of the corpus.</summary>
    /// <param name="other">A histogram of as many buckets.</param>
    public void Add(BucketHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._counts.Length != _counts.Length)
        {
            throw new ArgumentException($"{other._counts.Length} buckets can't be added to {_counts.Length}; both must have as many.", nameof(other));
        }

        for (var b = 0; b < _counts.Length; b++)
        {
            _counts[b] += other._counts[b];
        }

        Total += other.Total;
    }
}
