using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>The highest mean losses and variances, for some epochs.</summary>
    public static Method<IPruningPolicy> UpperConfidence => new("ucb",
        "Visit the samples whose losses have the highest running mean plus variance, the same for some epochs, then choose anew.",
        "Raju, Daruwalla, Lipasti, Accelerating Deep Learning with Dynamic Data Pruning, arXiv 2111.12621, 2021",
        [
            new("keep", 0.5, 0, 1, "the share of the samples visited in an epoch") { MinOpen = true, Example = "0.7" },
            Parameter.Save,
            new("c", 1, 0, 1000, "what the running variance counts beside the running mean") { Example = "0.5" },
            new("gain", 0.8, 0, 1, "the weight of the newest loss in the running mean and variance") { MinOpen = true, Example = "0.5" },
            new("period", 10, 1, 1_000_000, "how many epochs a choice is kept") { Integer = true, Example = "5" },
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new UpperConfidencePolicy
            {
                Keep = p["keep"],
                Save = p.Maybe("save"),
                VarianceFactor = p["c"],
                Gain = p["gain"],
                Period = (int)p["period"],
                Until = p["until"],
            };
        });
}

/// <summary>
/// Raju et al.'s upper confidence bound: every <see cref="Period"/> epochs the k = max(1, round(keep·N)) samples with the highest
/// E + c·V are chosen and visited until the next choice, weight 1. E is the running mean of a sample's losses, V that of their squared
/// distances from the mean before: a variance, not a standard deviation. Epoch 0 and the epochs from floor(until·C) on are full; choices
/// are made for epochs 1, 1 + period, … Never-seen and non-finite samples rank above all and are always visited.
/// </summary>
public sealed record UpperConfidencePolicy : IPruningPolicy
{
    private static readonly Column s_variance = new("running-variance");
    private static readonly Column[] s_columns = [PeriodicSet.Mean, s_variance, PeriodicSet.Last];

    /// <summary>The share of samples visited in an epoch, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>What the running variance counts beside the running mean, in [0, 1000].</summary>
    public double VarianceFactor { get; init => field = Ranges.Factor(value); } = 1;

    /// <summary>The weight of the newest loss in the running mean and variance, in (0, 1].</summary>
    public double Gain { get; init => field = Ranges.Gain(value); } = 0.8;

    /// <summary>How many epochs a choice is kept, at least 1.</summary>
    public int Period { get; init => field = Ranges.Period(value); } = 10;

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.UpperConfidence.SpecOf(("keep", Keep), ("save", Save), ("c", VarianceFactor), ("gain", Gain), ("period", Period), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Span<float> means = samples[PeriodicSet.Mean], variances = samples[s_variance];
        var gain = Gain;
        var ids = batch.Ids;
        var losses = batch.Losses[..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var loss = losses[i];
            if (!float.IsFinite(loss))
            {
                continue;
            }

            ref var mean = ref means[(int)ids[i]];
            if (float.IsNaN(mean))
            {
                mean = loss;
                continue;
            }

            ref var variance = ref variances[(int)ids[i]];
            var distance = (double)loss - mean;
            // Squares may be beyond float32, and an infinite variance would never come down again.
            variance = MathF.Min(float.MaxValue, PeriodicSet.Step(gain, distance * distance, variance));
            mean = PeriodicSet.Step(gain, loss, mean);
        }

        PeriodicSet.Visited(samples[PeriodicSet.Last], batch);
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (epoch.Epoch == 0 || epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
            return;
        }

        if (new PeriodicSet(Period).TryKeep(epoch, samples, weights))
        {
            return;
        }

        var seen = TopK.Load(samples[PeriodicSet.Mean], MemoryMarshal.AsBytes(samples.Flags), (byte)SampleFlags.Seen, weights, epoch.Threads);
        AddVariance(samples[s_variance], (float)VarianceFactor, weights, epoch.Threads);
        var places = PeriodicSet.Places(Save, Keep, Until, epoch, weights.Length, seen);
        TopK.Choose(weights, places, epoch.Rng("ucb/ties"), 1f, 0f, 1f, epoch.Threads);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, 0.999));

    // A mean is finite and a variance too, so that their sum is a number, if perhaps an infinite one.
    private static unsafe void AddVariance(ReadOnlySpan<float> variances, float factor, Span<float> ranks, int threads)
    {
        var samples = ranks.Length;
        fixed (float* pinnedVariances = variances, pinnedRanks = ranks)
        {
            float* v = pinnedVariances, r = pinnedRanks;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                var ranked = new Span<float>(r + start, length);
                TensorPrimitives.MultiplyAdd(new(v + start, length), factor, ranked, ranked);
            });
        }
    }
}
