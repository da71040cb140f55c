using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>A window of difficulty that slides from easy to hard.</summary>
    public static Method<IPruningPolicy> Seta => new("seta",
        "Group samples by loss and visit a random part of some neighbouring groups; that window moves from easy to hard, over and over.",
        "SeTa, CVPR 2025",
        [
            new("keep", 0.9, 0, 1, "the share kept of the window, drawn at random") { MinOpen = true, Example = "0.8" },
            new("groups", 5, 1, 100, "how many groups the losses are parted into") { Integer = true, Example = "10" },
            new("scale", 0.9, 0, 1, "the share of the groups that the window covers") { MinOpen = true, Example = "0.6" },
            Parameter.Save,
            new("until", 0.875, 0, 1, "the share of the epochs after which the window is everything") { Example = "0.8" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new SetaPolicy { Keep = p["keep"], Groups = (int)p["groups"], Scale = p["scale"], Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// SeTa (CVPR 2025): the stored losses of the seen, finite samples are parted into groups by k-means; a window of
/// W = max(1, round(groups·scale)) neighbouring groups, halves rounded to even, begins at group t mod (groups - W + 1), where t counts the
/// pruned epochs so far; of the n samples in the window exactly max(1, round(keep·n)) are visited, drawn uniformly, with weight 1. The first
/// pruned epoch (t = 0) and the epochs from floor(until·C) on take all groups. Epoch 0 is full. Never-seen and non-finite samples are always
/// visited with weight 1.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> the share kept of the window follows from the visits that the epoch may use. A window with fewer samples than that
/// takes in neighbouring groups, harder ones first.
/// </remarks>
public sealed record SetaPolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [Column.Loss];

    /// <summary>The share kept of the window, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.9;

    /// <summary>How many groups, in [1, 100]; fewer where there are fewer different losses.</summary>
    public int Groups { get; init => field = (int)Ranges.Between(value, 1, 100); } = 5;

    /// <summary>The share of the groups that the window covers, in (0, 1].</summary>
    public double Scale { get; init => field = Ranges.Kept(value); } = 0.9;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which the window is everything, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 0.875;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Seta.SpecOf(("keep", Keep), ("groups", Groups), ("scale", Scale), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

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
        if (epoch.Epoch == 0)
        {
            weights.Fill(1f);
            return;
        }

        ReadOnlySpan<SampleFlags> flags = samples.Flags;
        var states = MemoryMarshal.AsBytes(flags);
        ReadOnlySpan<float> losses = samples[Column.Loss];
        int seen = states.Count((byte)SampleFlags.Seen), others = samples.Count - seen;
        // The epochs at the end are random subsets, not full ones, so a saving is spread over all epochs but the first.
        int? budget = Save is { } save ? new VisitBudget(save, 1, 1).Visits(epoch, samples.Count) - others : null;
        var turn = epoch.Epoch - 1;
        (var from, var below, var members) = turn == 0 || epoch.IsAnnealing(Until)
            ? (float.NegativeInfinity, float.PositiveInfinity, seen)
            : Window(KMeans.Of(losses, states, (byte)SampleFlags.Seen, Groups, epoch.Threads), turn, budget ?? 0);
        var wanted = budget is { } visits ? Math.Clamp(visits, Math.Min(members, others > 0 ? 0 : 1), members) : GroupDraw.Kept(members, Keep);
        new RangeDraw(from, below, 0f).Draw(epoch, "seta", losses, flags, members, wanted, 1f, weights);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, 1, Math.Min(drop, 0.999));

    private (float From, float Below, int Members) Window((float[] Limits, int[] Counts) parts, int turn, int least)
    {
        var groups = parts.Counts.Length;
        if (groups == 0)
        {
            return (float.NegativeInfinity, float.PositiveInfinity, 0);
        }

        int width = Math.Max(1, (int)Math.Round(groups * Scale)), first = turn % (groups - width + 1), end = first + width;
        var members = parts.Counts.AsSpan(first, width).ToArray().Sum();
        while (members < least && end - first < groups)
        {
            members += end < groups ? parts.Counts[end++] : parts.Counts[--first];
        }

        return (first == 0 ? float.NegativeInfinity : parts.Limits[first - 1], end == groups ? float.PositiveInfinity : parts.Limits[end - 1], members);
    }
}
