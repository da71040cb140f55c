using Winnow.Curation.Documents;
using Winnow.Curation.Quality;
using Winnow.Curation.Running;

namespace Winnow.Curation.Filters;

/// <summary>How records are filtered.</summary>
public sealed record FilterOptions
{
    /// <summary>What of a record is looked at; numbers that rules ask for and that aren't signals are added.</summary>
    public RecordFields Fields { get; init; } = new();

    /// <summary>What the column <see cref="QualityTraining.Column"/> is computed by, the probability of a text being good; null where no rule asks for it, or a field has that name.</summary>
    public LinearQualityModel? Quality { get; init; }

    /// <summary>Threads that work; the result is the same at any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Is told how far it is; null for nobody.</summary>
    public Action<CurationProgress>? Progress { get; init; }
}

/// <summary>What a filter did.</summary>
public sealed record FilterResult
{
    /// <summary>Documents of the inputs.</summary>
    public required long Documents { get; init; }

    /// <summary>How many stayed.</summary>
    public required long Kept { get; init; }

    /// <summary>Documents whose text isn't Unicode throughout; what isn't counts as U+FFFD.</summary>
    public required long Invalid { get; init; }

    /// <summary>How many went by each rule and band, in their order; a document goes by the first that it breaks.</summary>
    public required IReadOnlyList<RuleLoss> Rules { get; init; }

    /// <summary>Documents and what went of them by where they are from, by name.</summary>
    public required IReadOnlyList<SourceLoss> Sources { get; init; }
}

/// <summary>What went by a rule.</summary>
/// <param name="Rule">The rule, such as <c>word_count=50..100000</c>.</param>
/// <param name="Removed">How many documents went by it.</param>
public sealed record RuleLoss(string Rule, long Removed);
