using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Selection;

namespace Winnow.Curation.Resampling;

/// <summary>How records are drawn so that they are like a target.</summary>
public sealed record ResampleOptions
{
    /// <summary>What of a record is looked at, in the inputs and in the target.</summary>
    public RecordFields Fields { get; init; } = new();

    /// <summary>How many records are kept, as a number or as a share of the inputs.</summary>
    public required KeepBudget Keep { get; init; }

    /// <summary>The fewest words of a record that may be kept: the weight is a sum over words, so that short texts say little. At least 1; the published program's is 100.</summary>
    public int MinWords { get; init; } = ImportanceModel.DefaultMinWords;

    /// <summary>How many buckets words and pairs of words are hashed to, 1 to 2²⁸.</summary>
    public int Buckets { get; init; } = NGramBuckets.DefaultBuckets;

    /// <summary>What is added to each count of the target, at least 0.</summary>
    public double Smoothing { get; init; }

    /// <summary>Whether records are drawn by their weights (the published way), or those of the largest weights are taken.</summary>
    public bool Draw { get; init; } = true;

    /// <summary>Decides the draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads that work; the result is the same at any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Is told how far it is; null for nobody.</summary>
    public Action<CurationProgress>? Progress { get; init; }
}

/// <summary>What a draw came to.</summary>
public sealed record ResampleResult
{
    /// <summary>Documents of the inputs.</summary>
    public required long Documents { get; init; }

    /// <summary>How many were kept.</summary>
    public required long Kept { get; init; }

    /// <summary>Documents with too few words to be kept.</summary>
    public required long TooShort { get; init; }

    /// <summary>Documents of the target.</summary>
    public required long Target { get; init; }

    /// <summary>How far the inputs are from the target: the Kullback-Leibler divergence of the distributions of buckets, in nats.</summary>
    public required double DivergenceBefore { get; init; }

    /// <summary>How far what is kept is from it.</summary>
    public required double DivergenceAfter { get; init; }

    /// <summary>Documents and what went of them by where they are from, by name.</summary>
    public required IReadOnlyList<SourceLoss> Sources { get; init; }
}
