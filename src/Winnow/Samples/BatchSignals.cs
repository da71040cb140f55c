namespace Winnow.Samples;

/// <summary>
/// What the model said about some samples. A span that the caller doesn't have stays empty; the others are as long as the ids. What they may
/// hold is said, and checked, by <see cref="SignalRules"/>.
/// </summary>
public readonly ref struct BatchSignals
{
    /// <summary>The samples' ids, 0-based. Left empty where a ticket names the samples.</summary>
    public ReadOnlySpan<long> Ids { get; init; }

    /// <summary>The raw loss of each sample, neither weighted nor averaged.</summary>
    public ReadOnlySpan<float> Losses { get; init; }

    /// <summary>
    /// Numbers of the caller's own to rank the samples by, larger meaning more worth visiting; they take the losses' place in every rule,
    /// while statistics stay with the losses. Scores decide who is visited, weights what a visit counts: the two never mix.
    /// </summary>
    public ReadOnlySpan<float> Scores { get; init; }

    /// <summary>The mean loss of the batch that the sample was trained in.</summary>
    public ReadOnlySpan<float> BatchLosses { get; init; }

    /// <summary>The probability that the model gave to its own prediction, in [0, 1]; NaN where it gave none, which counts as not sure.</summary>
    public ReadOnlySpan<float> Confidences { get; init; }

    /// <summary>Whether the prediction was right.</summary>
    public ReadOnlySpan<bool> Correct { get; init; }

    /// <summary>Whether the samples were only looked at, not trained on: the forward pass that some policies ask for at an epoch's end.</summary>
    public bool Refreshed { get; init; }

    /// <summary>The epoch in which the model said so; the pruner fills it in. -1: before the first.</summary>
    public int Epoch { get; init; }

    /// <summary>The same signals for a part of the samples.</summary>
    /// <param name="start">The first, 0-based.</param>
    /// <param name="count">How many.</param>
    public BatchSignals Slice(int start, int count) => new()
    {
        Ids = Part(Ids, start, count),
        Losses = Part(Losses, start, count),
        Scores = Part(Scores, start, count),
        BatchLosses = Part(BatchLosses, start, count),
        Confidences = Part(Confidences, start, count),
        Correct = Part(Correct, start, count),
        Refreshed = Refreshed,
        Epoch = Epoch,
    };

    private static ReadOnlySpan<T> Part<T>(ReadOnlySpan<T> span, int start, int count) => span.IsEmpty ? span : span.Slice(start, count);
}
