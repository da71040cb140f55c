using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>The highest mean losses and a few at random, for some epochs.</summary>
    public static Method<IPruningPolicy> EpsilonGreedy => new("epsilon-greedy",
        "Visit the samples with the highest running mean loss and a few random others, the same for some epochs, then choose anew.",
        "Raju, Daruwalla, Lipasti, Accelerating Deep Learning with Dynamic Data Pruning, arXiv 2111.12621, 2021",
        [
            new("keep", 0.5, 0, 1, "the share of the samples visited in an epoch") { MinOpen = true, Example = "0.7" },
            Parameter.Save,
            new("epsilon", 0.1, 0, 1, "the share of the visited that is drawn at random from those the losses don't choose") { Example = "0.2" },
            new("gain", 0.8, 0, 1, "the weight of the newest loss in the running mean") { MinOpen = true, Example = "0.5" },
            new("period", 10, 1, 1_000_000, "how many epochs a choice is kept") { Integer = true, Example = "5" },
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new EpsilonGreedyPolicy
            {
                Keep = p["keep"],
                Save = p.Maybe("save"),
                Epsilon = p["epsilon"],
                Gain = p["gain"],
                Period = (int)p["period"],
                Until = p["until"],
            };
        });
}

/// <summary>
/// Raju et al.'s ε-greedy rule: every <see cref="Period"/> epochs k = max(1, round(keep·N)) samples are chosen, round(ε·k) of them
/// uniformly from those that the others, the highest running means of the loss, leave; the same are visited until the next choice, weight
/// 1. Epoch 0 and the epochs from floor(until·C) on are full; choices are made for epochs 1, 1 + period, … Never-seen and non-finite
/// samples rank above all and are always visited.
/// </summary>
public sealed record EpsilonGreedyPolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [PeriodicSet.Mean, PeriodicSet.Last];

    // A code while the random part is drawn.
    private const float Left = -1;

    /// <summary>The share of samples visited in an epoch, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of the visited that is drawn at random, in [0, 1].</summary>
    public double Epsilon { get; init => field = Ranges.Share(value); } = 0.1;

    /// <summary>The weight of the newest loss in the running mean, in (0, 1].</summary>
    public double Gain { get; init => field = Ranges.Gain(value); } = 0.8;

    /// <summary>How many epochs a choice is kept, at least 1.</summary>
    public int Period { get; init => field = Ranges.Period(value); } = 10;

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.EpsilonGreedy.SpecOf(("keep", Keep), ("save", Save), ("epsilon", Epsilon), ("gain", Gain), ("period", Period), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var means = samples[PeriodicSet.Mean];
        var gain = Gain;
        var ids = batch.Ids;
        var losses = batch.Losses[..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ref var mean = ref means[(int)ids[i]];
            var loss = losses[i];
            // One NaN or infinity would stay in the mean for good.
            if (float.IsFinite(loss))
            {
                mean = float.IsNaN(mean) ? loss : PeriodicSet.Step(gain, loss, mean);
            }
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
        var places = PeriodicSet.Places(Save, Keep, Until, epoch, weights.Length, seen);
        int random = (int)Math.Round(Epsilon * places, MidpointRounding.AwayFromZero), top = places - random;
        TopK.Choose(weights, top, epoch.Rng("epsilon-greedy/ties"), 1f, Left, 1f, epoch.Threads);
        // Weight 1 is taken already, so the drawn have a code of their own until all are.
        const float Drawn = -2;
        MarkedDraw.Draw(weights, Left, Drawn, seen - top, random, epoch.Rng("epsilon-greedy"), epoch.Threads);
        MarkedDraw.Finish(weights, Left, 0f, Drawn, 1f, epoch.Threads);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, 0.999));
}
