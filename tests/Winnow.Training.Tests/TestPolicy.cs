using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Training.Tests;

/// <summary>A policy that does what a test says and remembers what it was told.</summary>
internal sealed class TestPolicy : IPruningPolicy, IBatchSelection
{
    public IReadOnlyList<Column> Columns => [];

    public IReadOnlyList<Signal> Needs { get; init; } = [Signal.Loss];

    public bool RefreshesDropped { get; init; }

    /// <summary>The weight of a sample in an epoch.</summary>
    public Func<int, int, float> Weight { get; init; } = static (_, _) => 1;

    public double RateScale { get; init; } = 1;

    public double LearningRateScale(int visited, int total) => RateScale;

    /// <summary>Chooses within a batch; null: it doesn't.</summary>
    public Func<BatchSelectionContext, float[], float[]>? Choose { get; init; }

    public Func<double, long, bool> When { get; init; } = static (_, _) => true;

    public List<(BatchSelectionContext Context, float[] Losses)> Chosen { get; } = [];

    /// <summary>Called when an epoch's visits are observed.</summary>
    public Action Observed { get; init; } = static () => { };

    public List<Told> Visits { get; } = [];

    public List<Told> Refreshes { get; } = [];

    IBatchSelection? IPruningPolicy.BatchSelection => Choose is null ? null : this;

    /// <summary>What was observed in an epoch, by sample.</summary>
    public Dictionary<long, Said> In(int epoch, bool refreshed = false) => (refreshed ? Refreshes : Visits).Where(told => told.Epoch == epoch)
        .SelectMany(static told => told.Ids.Select((id, k) => (id, new Said(told.Losses[k], At(told.Confidences, k), At(told.Correct, k), At(told.BatchLosses, k)))))
        .ToDictionary(static entry => entry.id, static entry => entry.Item2);

    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        Observed();
        (batch.Refreshed ? Refreshes : Visits).Add(
            new Told(batch.Epoch, batch.Ids.ToArray(), batch.Losses.ToArray(), batch[Signal.Confidence].ToArray(), Array.ConvertAll(batch[Signal.Correct].ToArray(), static right => right == 1), batch[Signal.BatchLoss].ToArray()));
    }

    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Weight(epoch.Epoch, i);
        }
    }

    public bool SelectsAt(double progress, long step) => When(progress, step);

    public void Select(in BatchSelectionContext context, ReadOnlySpan<float> losses, Span<float> weights)
    {
        Chosen.Add((context, losses.ToArray()));
        Choose!(context, losses.ToArray()).CopyTo(weights);
    }

    private static T? At<T>(T[] values, int k) => k < values.Length ? values[k] : default;

    internal sealed record Told(int Epoch, long[] Ids, float[] Losses, float[] Confidences, bool[] Correct, float[] BatchLosses);

    internal readonly record struct Said(float Loss, float Confidence, bool Correct, float BatchLoss);
}
