using System.Buffers;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Train on the batch's larger losses.</summary>
    public static Method<IPruningPolicy> SelectiveBackprop => new("selective-backprop",
        "Send every batch through the model first, and train on a part of it drawn with larger losses more likely.",
        "Jiang et al., Accelerating Deep Learning by Focusing on the Biggest Losers, 2019; as in MosaicML Composer",
        [
            new("keep", 0.5, 0, 1, "the share of a batch that is trained on") { MinOpen = true, Example = "0.7" },
            new("start", 0.5, 0, 1, "the share of the run before which nothing is chosen") { Example = "0.25" },
            new("end", 0.9, 0, 1, "the share of the run from which on nothing is chosen any more") { Example = "1" },
            new("interrupt", 2, 0, 1_000_000, "of so many steps the last is trained in full; 0: none") { Integer = true, Example = "4" },
        ],
        static p =>
        {
            if (p["start"] > p["end"])
            {
                throw new MethodSpecException($"start={p.Text("start")} is above end={p.Text("end")} in \"{p.Place}\"; choosing begins at start and stops at end, e.g. start=0.5,end=0.9");
            }

            if (p["interrupt"] == 1)
            {
                throw new MethodSpecException($"interrupt=1 would train every step in full in \"{p.Place}\"; write interrupt=0 for no such steps, or full for nothing else");
            }

            return new SelectiveBackpropPolicy { Keep = p["keep"], Start = p["start"], End = p["end"], Interrupt = (int)p["interrupt"] };
        });
}

/// <summary>
/// Selective Backprop as MosaicML Composer has it: of a batch of B, n = floor(keep·B), at least 1, are drawn without replacement, each
/// draw with probability proportional to p^(1/keep - 1) among those left, p being the percentile of the loss in the batch, (rank + ½)/B. Equal losses
/// share the mean of their ranks. The chosen have weight 1. Non-finite losses are always chosen and stand outside the ranks.
/// </summary>
/// <remarks>Its plans visit everything with weight 1: what is left out is left out within the steps.</remarks>
public sealed record SelectiveBackpropPolicy : IPruningPolicy, IBatchSelection
{
    /// <summary>The share of a batch that is trained on, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <summary>The share of the run before which every batch is trained on in full, in [0, 1].</summary>
    public double Start { get; init => field = Ranges.Epochs(value); } = 0.5;

    /// <summary>The share of the run from which on every batch is trained on in full, in [0, 1].</summary>
    public double End { get; init => field = Ranges.Epochs(value); } = 0.9;

    /// <summary>Of so many steps of an epoch the last is trained on in full; 0: none is. Not 1.</summary>
    public int Interrupt
    {
        get;
        init => field = value is >= 0 and not 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Interrupt: of 2 or more steps the last is trained on in full; 0 means none");
    } = 2;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.SelectiveBackprop.SpecOf(("keep", Keep), ("start", Start), ("end", End), ("interrupt", Interrupt));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    IBatchSelection? IPruningPolicy.BatchSelection => this;

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) { }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights) => weights.Fill(1f);

    /// <inheritdoc/>
    public bool SelectsAt(double progress, long step) =>
        Keep < 1 && progress >= Start && progress < End && (Interrupt == 0 || (step + 1) % Interrupt != 0);

    /// <inheritdoc/>
    public void Select(in BatchSelectionContext context, ReadOnlySpan<float> losses, Span<float> weights)
    {
        if (losses.Length != weights.Length)
        {
            throw new ArgumentException($"{losses.Length} losses and {weights.Length} weights; each candidate has one of both", nameof(weights));
        }

        weights.Fill(1f);
        int finite = losses.Length - NonFinite.Count(losses), wanted = Math.Max(1, (int)((Keep * finite) + 1e-9));
        if (wanted >= finite)
        {
            return;
        }

        var sorted = ArrayPool<float>.Shared.Rent(finite);
        var keys = ArrayPool<double>.Shared.Rent(finite);
        var places = ArrayPool<int>.Shared.Rent(finite);
        var filled = 0;
        for (var i = 0; i < losses.Length; i++)
        {
            if (!float.IsFinite(losses[i]))
            {
                continue;
            }

            (sorted[filled], places[filled]) = (losses[i], i);
            filled++;
        }

        sorted.AsSpan(0, finite).Sort(places.AsSpan(0, finite));
        var random = context.Random("selective-backprop");
        var power = (1 / Keep) - 1;
        for (var first = 0; first < finite;)
        {
            var next = first + 1;
            while (next < finite && sorted[next] == sorted[first])
            {
                next++;
            }

            var percentile = (first + next) / 2.0 / finite;
            // Drawing one after another with given odds is the same as taking the smallest of exponential times with those rates
            // (Efraimidis and Spirakis, 2006). Logarithms, because the odds themselves may be too small for a number.
            for (var at = first; at < next; at++)
            {
                keys[at] = Math.Log(-Math.Log(1 - random.NextDouble())) - (power * Math.Log(percentile));
            }

            first = next;
        }

        keys.AsSpan(0, finite).Sort(places.AsSpan(0, finite));
        foreach (var place in places.AsSpan(wanted, finite - wanted))
        {
            weights[place] = 0f;
        }

        ArrayPool<float>.Shared.Return(sorted);
        ArrayPool<double>.Shared.Return(keys);
        ArrayPool<int>.Shared.Return(places);
    }
}
