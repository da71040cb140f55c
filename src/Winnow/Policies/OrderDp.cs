using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>The highest losses of a random pool.</summary>
    public static Method<IPruningPolicy> OrderDp => new("orderdp",
        "Draw a random pool of the samples each epoch and visit those of it with the highest losses, all with weight 1.",
        "OrderDP, ICLR 2026 (shengze-xu/OrderDP)",
        [
            new("pool", 0.75, 0, 1, "the share of the samples drawn into the pool") { MinOpen = true, Example = "0.5" },
            new("top", 0.85, 0, 1, "the share of the pool that is visited, its highest losses") { MinOpen = true, Example = "0.6" },
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "top");
            return new OrderDpPolicy { Pool = p["pool"], Top = p["top"], Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// OrderDP (ICLR 2026): of the n seen, finite samples exactly s = max(1, round(pool·n)) are drawn uniformly without replacement, and of
/// these exactly max(1, round(top·s)) with the highest last losses are visited, weight 1; ties are drawn. Only visited samples get a new
/// loss. Epoch 0 and the epochs from floor(until·C) on are full. Never-seen and non-finite samples are always visited.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> as many of the pool are visited as the epoch's budget says, always-visited ones included. A budget above the
/// pool widens the pool to it: what is visited then is a random subset.
/// </remarks>
public sealed record OrderDpPolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [Column.Loss];

    // Codes while the pool is drawn.
    private const float Waiting = -1, InPool = -2;

    /// <summary>The share of samples drawn into the pool, in (0, 1].</summary>
    public double Pool { get; init => field = Ranges.Kept(value); } = 0.75;

    /// <summary>The share of the pool that is visited, in (0, 1].</summary>
    public double Top { get; init => field = Ranges.Kept(value); } = 0.85;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.OrderDp.SpecOf(("pool", Pool), ("top", Top), ("save", Save), ("until", Until));

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
        if (weights.IsEmpty || epoch.Epoch == 0 || epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
            return;
        }

        ReadOnlySpan<byte> states = MemoryMarshal.AsBytes(samples.Flags);
        var seen = 0;
        weights.Fill(Waiting);
        for (var i = 0; i < states.Length; i++)
        {
            // Nearly always every sample was seen: skip to the next that wasn't.
            var left = states[i..].IndexOfAnyExcept((byte)SampleFlags.Seen);
            seen += left < 0 ? states.Length - i : left;
            if (left < 0)
            {
                break;
            }

            i += left;
            weights[i] = 1f;
        }

        int pool = GroupDraw.Kept(seen, Pool), top = GroupDraw.Kept(pool, Top);
        if (Save is { } save)
        {
            int always = weights.Length - seen, budget = new VisitBudget(save, 1, Until).Visits(epoch, weights.Length);
            // Someone is visited in every epoch.
            top = Math.Clamp(budget - always, always == 0 ? 1 : 0, seen);
            pool = Math.Max(pool, top);
        }

        MarkedDraw.Draw(weights, Waiting, InPool, seen, pool, epoch.Rng("orderdp"), epoch.Threads);
        Rank(samples[Column.Loss], weights, epoch.Threads);
        TopK.Choose(weights, top, epoch.Rng("orderdp/ties"), 1f, 0f, 1f, epoch.Threads);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, 0.999));

    // Those in the pool by their losses, those waiting below every loss; who takes no part is NaN.
    private static unsafe void Rank(ReadOnlySpan<float> losses, Span<float> weights, int threads)
    {
        var samples = weights.Length;
        fixed (float* pinnedLosses = losses, pinnedWeights = weights)
        {
            float* l = pinnedLosses, w = pinnedWeights;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Rank(new(l + start, length), new(w + start, length));
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rank(ReadOnlySpan<float> losses, Span<float> weights)
    {
        ref float l = ref MemoryMarshal.GetReference(losses), w = ref MemoryMarshal.GetReference(weights);
        Vector256<float> pool = Vector256.Create(InPool), waiting = Vector256.Create(Waiting);
        Vector256<float> lowest = Vector256.Create(float.NegativeInfinity), none = Vector256.Create(float.NaN);
        var i = 0;
        for (; i + 8 <= losses.Length; i += 8)
        {
            var code = Vector256.LoadUnsafe(ref w, (nuint)i);
            var rank = Vector256.ConditionalSelect(Vector256.Equals(code, waiting), lowest, none);
            Vector256.ConditionalSelect(Vector256.Equals(code, pool), Vector256.LoadUnsafe(ref l, (nuint)i), rank).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < losses.Length; i++)
        {
            weights[i] = weights[i] == InPool ? losses[i] : weights[i] == Waiting ? float.NegativeInfinity : float.NaN;
        }
    }
}
