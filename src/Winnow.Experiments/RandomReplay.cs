using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Experiments;

/// <summary>
/// The control that isolates a method's criterion: in each epoch a new uniformly random subset of exactly as many samples as the method
/// visited in that epoch, full where that one was full, weight 1.
/// </summary>
/// <param name="visits">How many samples each epoch visits, each at least 1; as many as the run has epochs.</param>
public sealed class RandomReplay(IReadOnlyList<int> visits) : IPruningPolicy
{
    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        var count = visits[epoch.Epoch];

        // The share times all samples rounds to the count again: doubles are exact enough for any number of samples.
        new RandomSubsetPolicy { Keep = (double)count / weights.Length }.Plan(epoch, samples, weights);
    }

    /// <summary>The visits, by which a checkpoint knows this policy.</summary>
    public override string ToString() => $"random in epochs of {string.Join(", ", visits)}";
}
