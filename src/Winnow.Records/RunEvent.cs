using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>One line of <c>events.jsonl</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "run_started")]
[JsonDerivedType(typeof(EpochPlanned), "epoch_planned")]
[JsonDerivedType(typeof(EpochEnded), "epoch_ended")]
[JsonDerivedType(typeof(RunEnded), "run_ended")]
public interface IRunEvent
{
    /// <summary>When it was written, in UTC.</summary>
    DateTimeOffset At { get; }

    /// <summary>The arm of the comparison, or the method of a single run.</summary>
    string Arm { get; }

    /// <summary>The seed.</summary>
    ulong Seed { get; }
}

/// <summary>What events before the last have in common.</summary>
public abstract record RunEvent : IRunEvent
{
    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    public required string Arm { get; init; }

    /// <inheritdoc/>
    public required ulong Seed { get; init; }
}

/// <summary>A run began.</summary>
public sealed record RunStarted : RunEvent
{
    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>Epochs the run will have.</summary>
    public required int Epochs { get; init; }

    /// <summary>The step at which a shortened run ends; null for a run by epochs.</summary>
    public long? Steps { get; init; }
}

/// <summary>An epoch was planned.</summary>
public sealed record EpochPlanned : RunEvent
{
    /// <summary>0-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Samples the plan visits.</summary>
    public required int Planned { get; init; }

    /// <summary>Samples in the training set.</summary>
    public required int Total { get; init; }

    /// <summary>Sum of the plan's loss weights.</summary>
    public required double WeightSum { get; init; }

    /// <summary>The plan's hash, 16 hexadecimal digits: the same for the same samples, order and weights.</summary>
    public string PlanHash { get; init; } = "";

    /// <summary>The last known losses that the plan was made from; null where the method keeps none or has seen none yet.</summary>
    public StoredLosses? Losses { get; init; }
}

/// <summary>An epoch was trained, observed and evaluated.</summary>
public sealed record EpochEnded : RunEvent
{
    /// <summary>Its report.</summary>
    public required EpochReport Report { get; init; }
}

/// <summary>A run ended or was interrupted.</summary>
public sealed record RunEnded : RunTotals, IRunEvent
{
    /// <summary>With all members to be set.</summary>
    public RunEnded()
    {
    }

    /// <summary>The end of a run that came to these totals.</summary>
    [SetsRequiredMembers]
    public RunEnded(RunTotals totals, DateTimeOffset at, string arm, ulong seed, string weightsSha256)
        : base(totals) => (At, Arm, Seed, WeightsSha256) = (at, arm, seed, weightsSha256);

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    public required string Arm { get; init; }

    /// <inheritdoc/>
    public required ulong Seed { get; init; }

    /// <summary>Fingerprint of the final weights.</summary>
    public required string WeightsSha256 { get; init; }
}
