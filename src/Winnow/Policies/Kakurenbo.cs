using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Hide the lowest losses that are surely right.</summary>
    public static Method<IPruningPolicy> Kakurenbo => new("kakurenbo",
        "Hide the samples with the lowest losses where the model is right and sure; look at them again at the end of each epoch.",
        "Nguyen et al., KAKURENBO: Adaptively Hiding Samples in Deep Neural Network Training, NeurIPS 2023",
        [
            new("hide", 0.3, 0, 1, "the share of the samples, those of lowest loss, from which the hidden are taken") { MinOpen = true, MaxOpen = true, Example = "0.4" },
            new("tau", 0.7, 0, 1, "the confidence that a right prediction must have for its sample to be hidden") { MinOpen = true, Example = "0.9" },
            Parameter.Choice("decay", "whether hide falls to 0.8, 0.6 and 0.4 of its value in the last three fifths of the run", "yes", "no"),
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "hide", "decay");
            return new KakurenboPolicy { Hide = p["hide"], Tau = p["tau"], Decay = p.Choice("decay") == "yes", Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// KAKURENBO (Nguyen et al., NeurIPS 2023): of the round(F·N) samples of lowest last loss, those whose last prediction was right with
/// confidence at least tau are hidden; all others are visited with weight 1. F is <see cref="Hide"/>, times 1, 1, 0.8, 0.6, 0.4 in the
/// five fifths of the run with <see cref="Decay"/>. The hidden are sent through the model at each epoch's end. Epoch 0 and the epochs from
/// floor(until·C) on are full. Never-seen and non-finite samples are always visited; at least one sample is.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> as many are hidden as the epoch's budget says, those of lowest loss among the right and sure, however far up
/// that goes; where there are too few of them, the epochs that follow make it good. There is no decay then. Visits saved aren't compute
/// saved: every hidden sample costs a forward pass.
/// </remarks>
public sealed record KakurenboPolicy : IPruningPolicy
{
    private static readonly Column s_certainty = new("certainty");
    private static readonly Column[] s_columns = [Column.Loss, s_certainty];

    // What is hidden in one epoch at most when a saving is asked for: beyond it there is hardly a model to tell who is sure.
    private const double LargestDrop = 0.9;

    /// <summary>The share of the samples from which the hidden are taken, in (0, 1).</summary>
    public double Hide
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Hide is a share of the samples, in (0, 1)");
    } = 0.3;

    /// <summary>The confidence from which on a right prediction counts as sure, in (0, 1].</summary>
    public double Tau
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Tau is a probability, in (0, 1]");
    } = 0.7;

    /// <summary>Whether the share falls in the last three fifths of the run.</summary>
    public bool Decay { get; init; } = true;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Kakurenbo.SpecOf(("hide", Hide), ("tau", Tau), ("decay", Decay ? 0 : 1), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss, Signal.Confidence, Signal.Correct];

    /// <inheritdoc/>
    public bool RefreshesDropped => true;

    /// <inheritdoc/>
    public double LearningRateScale(int visited, int total) => (double)total / visited;

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, LargestDrop));

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        LastLoss.Store(samples[Column.Loss], batch);
        Certainty.Store(samples[s_certainty], batch);
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
        // As a float32, so that a confidence of 0.7 is at least a tau of 0.7.
        var tau = (float)Tau;
        ReadOnlySpan<float> losses = samples[Column.Loss], certainties = samples[s_certainty];
        if (Save is { } save)
        {
            var hidden = samples.Count - new VisitBudget(save, 1, Until).Visits(epoch, samples.Count);
            var sure = Rank(losses, certainties, samples.Flags, tau, weights, epoch.Threads);
            Hidden(epoch, Math.Min(hidden, sure), weights);
            return;
        }

        var lowest = (int)Math.Round(Share(epoch) * samples.Count, MidpointRounding.AwayFromZero);
        // All that is seen is ranked, whatever was predicted: certainty is at least 0.
        var seen = Rank(losses, certainties, samples.Flags, 0, weights, epoch.Threads);
        Hidden(epoch, Math.Min(lowest, seen), weights);
        ForcedVisits.Below(certainties, tau, weights, epoch.Threads);
    }

    // Turns ranks into weights. At least one sample is visited, so at most all others are hidden.
    private static void Hidden(in EpochContext epoch, int count, Span<float> ranks) =>
        TopK.Choose(ranks, Math.Min(count, ranks.Length - 1), epoch.Rng("kakurenbo"), 0f, 1f, 1f, epoch.Threads);

    private double Share(in EpochContext epoch)
    {
        ReadOnlySpan<double> factors = [1, 1, 0.8, 0.6, 0.4];
        return Decay ? Hide * factors[(int)(5L * epoch.Epoch / epoch.TotalEpochs)] : Hide;
    }

    // Writes what to rank by: the lowest losses of the right and sure come first, all others take no part. Returns how many can be hidden.
    private static unsafe int Rank(ReadOnlySpan<float> losses, ReadOnlySpan<float> certainties, ReadOnlySpan<SampleFlags> flags, float tau, Span<float> ranks, int threads)
    {
        int samples = ranks.Length, total = 0;
        fixed (float* pinnedLosses = losses, pinnedCertainties = certainties, pinnedRanks = ranks)
        fixed (SampleFlags* pinnedFlags = flags)
        {
            float* l = pinnedLosses, s = pinnedCertainties, r = pinnedRanks;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Interlocked.Add(ref total, Chunk(new(l + start, length), new(s + start, length), new(f + start, length), tau, new(r + start, length)));
            });
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Chunk(ReadOnlySpan<float> losses, ReadOnlySpan<float> certainties, ReadOnlySpan<SampleFlags> flags, float tau, Span<float> ranks)
    {
        losses = losses[..ranks.Length];
        certainties = certainties[..ranks.Length];
        flags = flags[..ranks.Length];
        var sure = 0;
        for (var i = 0; i < ranks.Length; i++)
        {
            var can = certainties[i] >= tau & flags[i] == SampleFlags.Seen;
            sure += can ? 1 : 0;
            ranks[i] = can ? -losses[i] : float.NaN;
        }

        return sure;
    }
}
