using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

public static partial class ModifierCatalog
{
    /// <summary>Leave out the highest losses.</summary>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> LossCap => new("loss-cap",
        "Leave out the samples with the highest losses once training is under way: with wrong labels, mostly those that are mislabelled.",
        "a guard against label noise; trimmed loss as in Shen and Sanghavi, ICML 2019",
        [
            new("keep", 0.95, 0, 1, "the share of the losses, the lowest, whose samples may be visited") { MinOpen = true, Example = "0.8" },
            new("from", 0.25, 0, 1, "the share of the epochs before which nothing is left out") { Example = "0.5" },
            new("until", 1, 0, 1, "the share of the epochs after which nothing is left out") { Example = "0.9" },
        ],
        static p => p["from"] > p["until"]
            ? throw new MethodSpecException($"from={p.Text("from")} is above until={p.Text("until")} in \"{p.Place}\"; the cap holds from one to the other, e.g. from=0.25,until=1")
            : inner => new LossCapGuard(inner, p["keep"], p["from"], p["until"]));
}

/// <summary>
/// A guard: samples whose last loss lies above the percentile 100·keep of all seen, finite losses are left out, whatever the inner policy
/// says, in the epochs from floor(from·C) to before floor(until·C), never in epoch 0. Percentiles interpolate as NumPy's do; a loss equal
/// to it stays. If nothing would be left to visit, the epoch is as the inner policy has it. Never-seen and non-finite samples aren't
/// touched.
/// </summary>
/// <param name="inner">The policy inside.</param>
/// <param name="keep">The share of the losses that may be visited, in (0, 1].</param>
/// <param name="from">The share of the epochs before which nothing is left out, in [0, 1].</param>
/// <param name="until">The share of the epochs after which nothing is left out, in [0, 1].</param>
public sealed class LossCapGuard(IPruningPolicy inner, double keep, double from = 0.25, double until = 1) : PolicyModifier(inner)
{
    private static readonly Column s_loss = new("loss-cap/loss");

    private readonly double _keep = Ranges.Kept(keep, nameof(keep)), _from = Ranges.Epochs(from, nameof(from)), _until = Ranges.Epochs(until, nameof(until));

    /// <inheritdoc/>
    protected override IReadOnlyList<Column> OwnColumns => [s_loss];

    /// <inheritdoc/>
    protected override string OwnSpec => ModifierCatalog.LossCap.SpecOf(("keep", _keep), ("from", _from), ("until", _until));

    /// <inheritdoc/>
    public override IReadOnlyList<Signal> Needs => [.. base.Needs.Append(Signal.Loss).Distinct()];

    /// <inheritdoc/>
    public override void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        LastLoss.Store(samples[s_loss], batch);
        base.Observe(samples, batch);
    }

    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        // What this leaves out from now on is part of the saving that the inner policy may have been asked for.
        base.Plan(epoch with { PlannedVisits = epoch.PlannedVisits - LeftOutFromNowOn(epoch, samples.Count) }, samples, weights);
        if (epoch.Epoch == 0 || !epoch.IsAnnealing(_from) || epoch.IsAnnealing(_until))
        {
            return;
        }

        ReadOnlySpan<float> losses = samples[s_loss];
        Span<double> percentile = [100 * _keep];
        if (Percentiles.Of(losses, MemoryMarshal.AsBytes(samples.Flags), (byte)SampleFlags.Seen, percentile, epoch.Threads) == 0)
        {
            return;
        }
        // loss > cap is the same as loss >= the smallest float above it.
        var limit = LossLimit.Above(percentile[0]);
        if (Remains(losses, samples.Flags, limit, weights))
        {
            LeaveOut(losses, samples.Flags, limit, weights);
        }
    }

    private long LeftOutFromNowOn(in EpochContext epoch, int samples)
    {
        var first = Math.Max(Math.Max(1, epoch.Epoch), EpochContext.PrunedEpochs(_from, epoch.TotalEpochs));
        var end = EpochContext.PrunedEpochs(_until, epoch.TotalEpochs);
        return (long)Math.Round((1 - _keep) * samples * Math.Max(0, end - first));
    }

    private static bool Remains(ReadOnlySpan<float> losses, ReadOnlySpan<SampleFlags> flags, float limit, ReadOnlySpan<float> weights)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0 && (losses[i] < limit || flags[i] != SampleFlags.Seen))
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LeaveOut(ReadOnlySpan<float> losses, ReadOnlySpan<SampleFlags> flags, float limit, Span<float> weights)
    {
        losses = losses[..weights.Length];
        flags = flags[..weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = losses[i] >= limit & flags[i] == SampleFlags.Seen ? 0f : weights[i];
        }
    }
}
