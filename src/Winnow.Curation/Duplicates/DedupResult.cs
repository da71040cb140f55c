using Winnow.Curation.Documents;

namespace Winnow.Curation.Duplicates;

/// <summary>What removing duplicates did.</summary>
public sealed record DedupResult
{
    /// <summary>Documents of the inputs.</summary>
    public required long Documents { get; init; }

    /// <summary>How many stayed.</summary>
    public required long Kept { get; init; }

    /// <summary>How many went because another has the same text.</summary>
    public required long Exact { get; init; }

    /// <summary>How many went because a similar one stayed.</summary>
    public required long Near { get; init; }

    /// <summary>Documents without a letter or digit; they stay.</summary>
    public required long WithoutWords { get; init; }

    /// <summary>Documents whose text isn't Unicode throughout; what isn't counts as U+FFFD.</summary>
    public required long Invalid { get; init; }

    /// <summary>The Jaccard similarity from which near duplicates went; 1 where only exact ones were looked for.</summary>
    public required double Threshold { get; init; }

    /// <summary>Bands of a signature.</summary>
    public required int Bands { get; init; }

    /// <summary>Hash functions a band.</summary>
    public required int Rows { get; init; }

    /// <summary>Documents that shared a band with another.</summary>
    public required long Candidates { get; init; }

    /// <summary>Pairs of texts that were compared.</summary>
    public required long PairsVerified { get; init; }

    /// <summary>Documents and what went of them by where they are from, by name.</summary>
    public required IReadOnlyList<SourceLoss> Sources { get; init; }
}
