using Winnow.Curation.Documents;
using Winnow.Curation.Running;

namespace Winnow.Curation.Duplicates;

/// <summary>How duplicates are found and which of them is kept.</summary>
public sealed record DedupOptions
{
    /// <summary>What of a record is looked at.</summary>
    public RecordFields Fields { get; init; } = new();

    /// <summary>Whether near duplicates are removed as well as exact ones.</summary>
    public bool Near { get; init; } = true;

    /// <summary>From which Jaccard similarity of their shingles on two texts are near duplicates, in (0, 1]. Unused with <see cref="Keep"/>.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Which share of the documents is kept, in (0, 1): the threshold is found that comes nearest to it. Null to go by <see cref="Threshold"/>.</summary>
    public double? Keep { get; init; }

    /// <summary>The least threshold that <see cref="Keep"/> may lead to, in (0, 1].</summary>
    public double LeastThreshold { get; init; } = 0.5;

    /// <summary>Words a shingle, at least 1. Texts of fewer words are compared as wholes alone.</summary>
    public int ShingleWords { get; init; } = 5;

    /// <summary>Hash functions a signature, 1 to 4,096.</summary>
    public int Hashes { get; init; } = 112;

    /// <summary>With which probability a pair at the threshold is to become a candidate, in (0, 1).</summary>
    public double Recall { get; init; } = 0.99;

    /// <summary>Which of several duplicates is kept.</summary>
    public KeepRule Rule { get; init; }

    /// <summary>Sources whose documents are kept rather than those of others, the dearest first; before <see cref="Rule"/>.</summary>
    public IReadOnlyList<string> Prefer { get; init; } = [];

    /// <summary>Decides the hash functions.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads that work; the result is the same at any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Is told how far it is; null for nobody.</summary>
    public Action<CurationProgress>? Progress { get; init; }

    /// <summary>The threshold that bands are made for.</summary>
    internal double BandThreshold => Keep is null ? Threshold : LeastThreshold;

    /// <summary>How signatures are cut.</summary>
    internal Bands Bands() => Near ? Duplicates.Bands.For(Hashes, BandThreshold, Recall) : new(0, 0);
}

/// <summary>Which of several duplicates is kept; of equal ones the first.</summary>
public enum KeepRule
{
    /// <summary>The first in the order of the inputs.</summary>
    First,

    /// <summary>The one with the longest text, in bytes.</summary>
    Longest,

    /// <summary>The one with the highest number (<see cref="RecordFields.Number"/>); one without a number comes last.</summary>
    Highest,

    /// <summary>The one with the lowest number; one without a number comes last.</summary>
    Lowest,
}
