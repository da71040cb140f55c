using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

public static partial class ModifierCatalog
{
    /// <summary>Visit a part of every class.</summary>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> ClassFloor => new("class-floor",
        "Visit at least some share of each class; what lacks is drawn at random from what would sit out.",
        "a guard; quotas by class as in RCAP (UAI 2025)",
        [new("keep", 0.5, 0, 1, "the share of each class that is visited at least") { MinOpen = true, Example = "0.3" }],
        static p => inner => new ClassFloorGuard(inner, p["keep"]));
}

/// <summary>
/// A guard: of each class of n samples at least max(1, round(keep·n)) are visited. Where the inner policy visits fewer, exactly so many
/// more are drawn uniformly from those of the class that it leaves out, with weight 1.
/// </summary>
/// <param name="inner">The policy inside.</param>
/// <param name="keep">The share of each class, in (0, 1].</param>
public sealed class ClassFloorGuard(IPruningPolicy inner, double keep) : PolicyModifier(inner)
{
    readonly double _keep = Ranges.Kept(keep, nameof(keep));

    /// <inheritdoc/>
    public override Signals Needs => base.Needs | Signals.Labels;

    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        base.Plan(epoch, samples, weights);
        if (samples.Labels.IsEmpty) return;
        var classes = new (int Members, int Out)[samples.Classes];
        Count(samples.Labels, weights, classes);
        int[] lacking = new int[classes.Length];
        int total = 0;
        for (int c = 0; c < classes.Length; c++)
        {
            var (members, left) = classes[c];
            total += lacking[c] = Math.Max(0, GroupDraw.Kept(members, _keep) - (members - left));
        }
        if (total > 0) Draw(samples.Labels, weights, classes, lacking, total, epoch.Rng("class-floor").Sequence());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Count(ReadOnlySpan<int> labels, ReadOnlySpan<float> weights, (int Members, int Out)[] classes)
    {
        labels = labels[..weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            ref var one = ref classes[labels[i]];
            one.Members++;
            one.Out += weights[i] == 0 ? 1 : 0;
        }
    }

    // Selection sampling (Knuth, TAOCP 3.4.2, algorithm S) for all classes in one pass: each of a class's rest is taken with probability
    // lacking / left, so that every set of the right size is equally likely.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Draw(ReadOnlySpan<int> labels, Span<float> weights, (int Members, int Out)[] classes, int[] lacking, int total, RngSequence random)
    {
        for (int i = 0; total > 0; i++)
        {
            int label = labels[i], lack = lacking[label];
            if (weights[i] != 0 || lack == 0) continue;
            if (random.Next((uint)classes[label].Out--) >= (uint)lack) continue;
            weights[i] = 1f;
            lacking[label]--;
            total--;
        }
    }
}
