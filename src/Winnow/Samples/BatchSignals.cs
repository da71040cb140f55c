namespace Winnow.Samples;

/// <summary>What the model said about some samples. A span that the caller doesn't have stays empty; the others are as long as the ids.</summary>
public readonly ref struct BatchSignals
{
    /// <summary>The samples' ids, 0-based.</summary>
    public required ReadOnlySpan<long> Ids { get; init; }

    /// <summary>The raw loss of each sample, neither weighted nor averaged.</summary>
    public ReadOnlySpan<float> Losses { get; init; }

    /// <summary>The class of each sample.</summary>
    public ReadOnlySpan<long> Labels { get; init; }
}
