using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

public static partial class ModifierCatalog
{
    /// <summary>Force in what hasn't been seen for long.</summary>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> MaxAge => new("max-age",
        "Visit every sample that sat out so many epochs in a row, so that none is left out for longer.",
        "a guard; freshness as in Raju et al. 2021 and KAKURENBO (Nguyen et al., NeurIPS 2023)",
        [new("epochs", 5, 1, 1_000_000, "how many epochs in a row a sample may sit out") { Integer = true, Example = "3" }],
        static p => inner => new MaxAgeGuard(inner, (int)p["epochs"]));
}

/// <summary>
/// A guard: a sample that sat out the last <paramref name="epochs"/> epochs is visited with weight 1, whatever the inner policy says. A
/// weight above 1, by which a drawn sample stands for others, becomes 1 for it too: it doesn't depend on the draw any more.
/// </summary>
/// <param name="inner">The policy inside.</param>
/// <param name="epochs">How many epochs in a row a sample may sit out, at least 1.</param>
public sealed class MaxAgeGuard(IPruningPolicy inner, int epochs) : PolicyModifier(inner)
{
    private static readonly Column s_last = new("max-age/last", Initial: -1, Merge.Max);

    private readonly int _epochs = epochs >= 1 ? epochs : throw new ArgumentOutOfRangeException(nameof(epochs), epochs, "a sample may sit out at least 1 epoch");

    /// <inheritdoc/>
    protected override IReadOnlyList<Column> OwnColumns => [s_last];

    /// <inheritdoc/>
    protected override string OwnSpec => ModifierCatalog.MaxAge.SpecOf(("epochs", _epochs));

    /// <summary>Any signal tells that a sample was visited; losses are asked for where the inner policy asks for nothing.</summary>
    public override IReadOnlyList<Signal> Needs => base.Needs is { Count: > 0 } needs ? needs : [Signal.Loss];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        // A sample that was only looked at has sat out all the same.
        if (!batch.Refreshed)
        {
            var last = samples[s_last];
            float epoch = batch.Epoch;
            foreach (var id in batch.Ids)
            {
                last[(int)id] = epoch;
            }
        }

        base.Observe(samples, batch);
    }

    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        base.Plan(epoch, samples, weights);
        ForcedVisits.Below(samples[s_last], epoch.Epoch - _epochs, weights, epoch.Threads);
    }

    /// <summary>A sample comes at least every <c>epochs</c> + 1 epochs.</summary>
    /// <inheritdoc/>
    public override double LargestSave(int epochs, double drop = 1) => base.LargestSave(epochs, Math.Min(drop, _epochs / (_epochs + 1.0)));
}
