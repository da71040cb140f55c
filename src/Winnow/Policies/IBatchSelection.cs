using Winnow.Numerics;

namespace Winnow.Policies;

/// <summary>
/// A rule that chooses within a batch: the training loop sends the whole batch through the model without training on it, hands the losses
/// over, and trains on those that get a weight. The extra pass costs a forward of every candidate, which counts.
/// </summary>
/// <remarks>
/// Written beside <see cref="IPruningPolicy"/> by policies that choose so, and found through <see cref="IPruningPolicy.BatchSelection"/>,
/// which modifiers hand on. Like a policy it is a pure function: it remembers nothing.
/// </remarks>
public interface IBatchSelection
{
    /// <summary>Whether it chooses at this step; otherwise the batch is trained on as it is, without an extra pass.</summary>
    /// <param name="progress">How far the run is, in [0, 1].</param>
    /// <param name="step">The step within the epoch, 0-based.</param>
    bool SelectsAt(double progress, long step);

    /// <summary>Writes a weight for every candidate: 0 = don't train on it, w &gt; 0 = train on it and multiply its loss by w. At least one is chosen.</summary>
    /// <param name="context">Which step.</param>
    /// <param name="losses">A raw loss a candidate, perhaps NaN or infinite.</param>
    /// <param name="weights">As long as the losses; holds anything at first, all are written.</param>
    void Select(in BatchSelectionContext context, ReadOnlySpan<float> losses, Span<float> weights);
}

/// <summary>Which step a choice within a batch is for. With the losses it is all that the choice depends on.</summary>
public readonly record struct BatchSelectionContext
{
    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The epoch, 0-based.</summary>
    public required int Epoch { get; init; }

    /// <summary>The step within the epoch, 0-based.</summary>
    public required long Step { get; init; }

    /// <summary>The random numbers of that name at this step.</summary>
    /// <param name="stream">What the numbers are for, such as "selective-backprop".</param>
    public RngSequence Random(string stream) => Rng.Derive(Seed, Epoch, stream).Sequence((uint)Step);
}
