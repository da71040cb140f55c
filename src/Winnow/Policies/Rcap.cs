using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Quotas for the classes, hard samples first within each.</summary>
    public static Method<IPruningPolicy> Rcap => new("rcap",
        "Give each class a quota by its loss and size, and draw within the class with the higher probability the higher the loss.",
        "RCAP, UAI 2025",
        [
            new("keep", 0.5, 0, 1, "the share of the samples visited in an epoch") { MinOpen = true, Example = "0.7" },
            new("beta", 1, 0.001, 1000, "the temperature: the probability is in proportion to exp(loss / beta)") { Example = "0.5" },
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new RcapPolicy { Keep = p["keep"], Beta = p["beta"], Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// RCAP (UAI 2025): of the n seen, finite samples exactly max(1, round(keep·n)) are visited, with weight 1. The classes share them in proportion
/// to sqrt(sum of the class's losses · size of the class); what a class can't take goes to the others. Within a class samples are drawn without
/// replacement, each time with probability in proportion to exp(loss / beta) among those left. Losses are clipped to [0, ln(classes)]. Epoch 0
/// and the epochs from floor(until·C) on are full. Never-seen and non-finite samples are always visited.
/// </summary>
public sealed record RcapPolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [Column.Loss];

    /// <summary>The share of samples visited in an epoch, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <summary>The temperature, in [0.001, 1000]: the smaller, the more the largest losses are preferred.</summary>
    public double Beta { get; init => field = Ranges.Between(value, 0.001, 1000); } = 1;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Rcap.SpecOf(("keep", Keep), ("beta", Beta), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    public bool NeedsLabels => true;

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        LastLoss.Store(samples[Column.Loss], batch);
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ReadOnlySpan<byte> states = MemoryMarshal.AsBytes(samples.Flags);
        var seen = states.Count((byte)SampleFlags.Seen);
        if (epoch.Epoch == 0 || epoch.IsAnnealing(Until) || seen == 0)
        {
            weights.Fill(1f);
            return;
        }

        if (samples.Labels.IsEmpty)
        {
            throw new InvalidOperationException("rcap looks at the samples' classes and the table has no labels; give one a sample");
        }

        ReadOnlySpan<float> losses = samples[Column.Loss];
        float most = MathF.Log(samples.Classes), scale = (float)(1 / Beta);
        var quotas = Quotas(losses, samples.Labels, states, samples.Classes, most, Visits(epoch, samples.Count, seen), epoch.Threads);
        var rng = epoch.Rng("rcap");
        Score(losses, most, scale, rng, epoch.Threads, weights);
        GroupedTop.Choose(weights, samples.Labels, states, (byte)SampleFlags.Seen, quotas, Gumbel.Least, (most * scale) + Gumbel.Most, rng, epoch.Threads);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, 0.999));

    private int Visits(in EpochContext epoch, int samples, int seen)
    {
        if (Save is not { } save)
        {
            return GroupDraw.Kept(seen, Keep);
        }

        var others = samples - seen;
        return Math.Clamp(new VisitBudget(save, 1, Until).Visits(epoch, samples) - others, others > 0 ? 0 : 1, seen);
    }

    // Sums are whole numbers of 2^-24, so that their order doesn't matter.
    private const double Unit = 1 << 24;

    // Neighbours are often of one class; added up in one place, each would wait for the one before. Many classes would take too much memory.
    private static int Lanes(int classes) => classes <= 1 << 12 ? 4 : 1;

    private static unsafe int[] Quotas(ReadOnlySpan<float> losses, ReadOnlySpan<int> labels, ReadOnlySpan<byte> states, int classes, float most, int total, int threads)
    {
        int samples = losses.Length, chunks = Chunks.Count(samples), workers = Math.Min(chunks, Chunks.Threads(threads));
        var lanes = Lanes(classes);
        var mass = new long[classes];
        var members = new int[classes];
        fixed (float* pinnedLosses = losses)
        fixed (int* pinnedLabels = labels)
        fixed (byte* pinnedStates = states)
        {
            var l = pinnedLosses;
            var c = pinnedLabels;
            var s = pinnedStates;
            Lock gate = new();
            Chunks.For(workers, threads, worker =>
            {
                var ownMass = new long[lanes * classes];
                var ownMembers = new int[lanes * classes];
                for (var k = worker; k < chunks; k += workers)
                {
                    var (start, length) = Chunks.Range(k, samples);
                    Sum(new(l + start, length), new(c + start, length), new(s + start, length), most, lanes, classes, ownMass, ownMembers);
                }

                lock (gate)
                {
                    for (var k = 0; k < ownMass.Length; k++)
                    {
                        (mass[k % classes], members[k % classes]) = (mass[k % classes] + ownMass[k], members[k % classes] + ownMembers[k]);
                    }
                }
            });
        }

        var claims = new double[classes];
        for (var k = 0; k < classes; k++)
        {
            claims[k] = Math.Sqrt(mass[k] / Unit * members[k]);
        }

        return ClassQuotas.Of(claims, members, total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(ReadOnlySpan<float> losses, ReadOnlySpan<int> labels, ReadOnlySpan<byte> states, float most, int lanes, int classes, long[] mass, int[] members)
    {
        const int Run = 1 << 10;
        var all = !states.ContainsAnyExcept((byte)SampleFlags.Seen);
        labels = labels[..losses.Length];
        Span<int> units = stackalloc int[Run];
        for (var at = 0; at < losses.Length; at += Run)
        {
            var run = losses.Slice(at, Math.Min(Run, losses.Length - at));
            ToUnits(run, most, units);
            for (var i = 0; i < run.Length; i++)
            {
                if (!all && states[at + i] != (byte)SampleFlags.Seen)
                {
                    continue;
                }

                var place = ((i & (lanes - 1)) * classes) + labels[at + i];
                mass[place] += units[i];
                members[place]++;
            }
        }
    }

    // Losses as far as they count, in whole units.
    private static void ToUnits(ReadOnlySpan<float> losses, float most, Span<int> units)
    {
        ref var l = ref MemoryMarshal.GetReference(losses);
        ref var u = ref MemoryMarshal.GetReference(units[..losses.Length]);
        Vector256<float> zero = Vector256<float>.Zero, top = Vector256.Create(most), unit = Vector256.Create((float)Unit);
        var i = 0;
        for (; i + 8 <= losses.Length; i += 8)
        {
            Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(Vector256.LoadUnsafe(ref l, (nuint)i), zero), top) * unit).StoreUnsafe(ref u, (nuint)i);
        }

        for (; i < losses.Length; i++)
        {
            units[i] = (int)(MathF.Min(MathF.Max(losses[i], 0f), most) * (float)Unit);
        }
    }

    private static unsafe void Score(ReadOnlySpan<float> losses, float most, float scale, Rng rng, int threads, Span<float> scores)
    {
        const int Run = 1 << 12;
        var samples = losses.Length;
        fixed (float* pinnedLosses = losses, pinnedScores = scores)
        {
            float* l = pinnedLosses, s = pinnedScores;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Span<uint> random = stackalloc uint[Run];
                for (var at = 0; at < length; at += Run)
                {
                    var run = new Span<float>(s + start + at, Math.Min(Run, length - at));
                    TensorPrimitives.Max(new ReadOnlySpan<float>(l + start + at, run.Length), 0f, run);
                    TensorPrimitives.Min(run, most, run);
                    TensorPrimitives.Multiply(run, scale, run);
                    rng.Fill((ulong)(start + at), random[..run.Length]);
                    Gumbel.Add(random, run);
                }
            });
        }
    }
}
