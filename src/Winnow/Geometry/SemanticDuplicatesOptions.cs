namespace Winnow.Geometry;

/// <summary>In which order the members of a cluster are looked at: of two that are alike, the earlier stays.</summary>
public enum DuplicateOrder
{
    /// <summary>The largest key first: by distances from the centroid, the hard ones stay, as in the published program.</summary>
    LargestFirst,

    /// <summary>The smallest key first: by distances from the centroid, the easy ones stay.</summary>
    SmallestFirst,

    /// <summary>At random; keys aren't used.</summary>
    Random,
}

/// <summary>What makes an item a duplicate.</summary>
public enum DuplicatePolicy
{
    /// <summary>Any earlier item of its cluster is alike, even one that is a duplicate itself. As the published program does.</summary>
    AnyEarlier,

    /// <summary>An earlier item that stays is alike. Keeps more; no two that stay are alike.</summary>
    KeptOnly,

    /// <summary>It hangs together with an earlier item through pairs that are alike; one of each connected component stays, its first. Keeps least.</summary>
    ConnectedComponents,
}

/// <summary>How semantic duplicates are found.</summary>
public sealed record SemanticDuplicatesOptions
{
    /// <summary>The order within a cluster; equal keys by the lowest row. Default: largest first.</summary>
    public DuplicateOrder Order { get; init; } = DuplicateOrder.LargestFirst;

    /// <summary>A number a row: its distance from its centroid (<see cref="KMeansResult.Distances"/>), or any score. Needed but for the random order.</summary>
    public ReadOnlyMemory<float> Keys { get; init; }

    /// <summary>The seed of the random order.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }

    /// <summary>The most working memory, in bytes, beside the embeddings; null: half of what the process may have.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Is told the share of the work that is done, in (0, 1], on the caller's thread.</summary>
    public Action<double>? Progress { get; init; }
}
