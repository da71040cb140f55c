using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
/// more are drawn uniformly from those of the class that it leaves out.
/// </summary>
/// <remarks>
/// Around a rule whose weights are all 1 the drawn have weight 1. Where drawn samples stand for others by a weight above 1, those of a class
/// that is topped up and the newly drawn are together a uniform draw from all they stand for, and share the weight of those: s of the
/// first, d of the others and r that stay out have weight (s + d + r) / (s + d) each. The class then counts as many as it has members.
/// </remarks>
/// <param name="inner">The policy inside.</param>
/// <param name="keep">The share of each class, in (0, 1].</param>
public sealed class ClassFloorGuard(IPruningPolicy inner, double keep) : PolicyModifier(inner)
{
    private const float Drawn = -1;

    // Neighbours are often of one class; counting them in one place, each would wait for the one before.
    private const int Lanes = 4;

    private readonly double _keep = Ranges.Kept(keep, nameof(keep));

    /// <inheritdoc/>
    protected override string OwnSpec => ModifierCatalog.ClassFloor.SpecOf(("keep", _keep));

    /// <inheritdoc/>
    public override bool NeedsLabels => true;

    /// <inheritdoc/>
    public override double LargestSave(int epochs, double drop = 1) => base.LargestSave(epochs, Math.Min(drop, 1 - _keep));

    /// <inheritdoc/>
    public override unsafe void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        base.Plan(epoch, samples, weights);
        if (samples.Labels.IsEmpty)
        {
            return;
        }

        int count = weights.Length, classes = samples.Classes, threads = epoch.Threads;
        var tally = new Tally[classes];
        fixed (int* pinnedLabels = samples.Labels)
        fixed (float* pinnedWeights = weights)
        {
            var l = pinnedLabels;
            var w = pinnedWeights;
            Lock gate = new();
            Chunks.For(Chunks.Count(count), threads, c =>
            {
                var (start, length) = Chunks.Range(c, count);
                var own = new ulong[Lanes * classes];
                Count(new(l + start, length), new(w + start, length), own, classes);
                lock (gate)
                {
                    for (var k = 0; k < own.Length; k++)
                    {
                        tally[k % classes] = tally[k % classes].Plus(Tally.Unpack(own[k]));
                    }
                }
            });
            int[] lacking = [.. tally.Select(one => Math.Max(0, GroupDraw.Kept(one.Members, _keep) - (one.Members - one.Out)))];
            if (lacking.All(static lack => lack == 0))
            {
                return;
            }

            var stand = tally.Any(static one => one.Standing > 0);
            float[] shared = [.. tally.Zip(lacking, (one, lack) => lack == 0 ? 0 : stand ? (float)((one.Standing + one.Out) / (double)(one.Standing + lack)) : 1)];
            ClassTopUp.Draw(samples.Labels, [.. tally.Select(static one => one.Out)], lacking, weights, Drawn, epoch.Rng("class-floor"), epoch.Rng("class-floor/settle"), threads,
                (start, length) => Weigh(new(l + start, length), new(w + start, length), shared));
        }
    }

    // Of a class: all its samples, those that sit out, and those that stand for some of these.
    private readonly record struct Tally(int Members, int Out, int Standing)
    {
        private const int Bits = 21;
        private const ulong Mask = (1UL << Bits) - 1;

        // A chunk's counts fit into one number, so that a sample costs one addition.
        public static ulong Packed(bool sitsOut, bool stands) => 1 | ((sitsOut ? 1UL : 0) << Bits) | ((stands ? 1UL : 0) << (2 * Bits));

        public static Tally Unpack(ulong packed) => new((int)(packed & Mask), (int)((packed >> Bits) & Mask), (int)(packed >> (2 * Bits)));

        public Tally Plus(Tally other) => new(Members + other.Members, Out + other.Out, Standing + other.Standing);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(ReadOnlySpan<int> labels, ReadOnlySpan<float> weights, Span<ulong> tally, int classes)
    {
        labels = labels[..weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            tally[((i & (Lanes - 1)) * classes) + labels[i]] += Tally.Packed(weights[i] == 0, weights[i] > 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Weigh(ReadOnlySpan<int> labels, Span<float> weights, ReadOnlySpan<float> shared)
    {
        labels = labels[..weights.Length];
        var i = 0;
        if (Avx2.IsSupported)
        {
            ref var w = ref MemoryMarshal.GetReference(weights);
            ref var l = ref MemoryMarshal.GetReference(labels);
            var last = Vector256.Create((uint)shared.Length - 1);
            fixed (float* table = shared)
            {
                for (; i + 8 <= weights.Length; i += 8)
                {
                    // No label is beyond the last class; should somebody have changed one meanwhile, nothing else is read.
                    var label = Vector256.Min(Vector256.LoadUnsafe(ref l, (nuint)i).AsUInt32(), last).AsInt32();
                    Vector256<float> weight = Vector256.LoadUnsafe(ref w, (nuint)i), own = Avx2.GatherVector256(table, label, sizeof(float));
                    var changed = Vector256.Equals(weight, Vector256.Create(Drawn)) |
                        (Vector256.GreaterThan(weight, Vector256<float>.One) & Vector256.GreaterThan(own, Vector256<float>.Zero));
                    Vector256.ConditionalSelect(changed, own, weight).StoreUnsafe(ref w, (nuint)i);
                }
            }
        }

        for (; i < weights.Length; i++)
        {
            float weight = weights[i], own = shared[labels[i]];
            weights[i] = Branchless.Select((weight == Drawn) | ((weight > 1) & (own > 0)), own, weight);
        }
    }
}
