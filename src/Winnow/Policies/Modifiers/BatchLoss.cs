using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

public static partial class ModifierCatalog
{
    /// <summary>Rank by the losses of batches.</summary>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> BatchLoss => new("batch-loss",
        "Rank samples by a running mean of the losses of the batches that they were in, where there is no loss a sample.",
        "BLS, batch loss score, CVPR 2026",
        [new("alpha", 0.9, 0, 1, "the weight of what was known before, against that of the new batch's loss") { MaxOpen = true, Example = "0.7" }],
        static p => inner => !inner.Needs.Contains(Signal.BatchLoss)
            ? new BatchLossSource(inner, p["alpha"])
            : throw new MethodSpecException($"\"{p.Place}\" stands around a method that compares each loss with the mean of its batch, and a score made of that mean is never " +
                "below it: nothing would be pruned; leave batch-loss out, or put it around a method that ranks losses over all samples, such as infobatch"));
}

/// <summary>
/// A score source: the inner policy is told, in place of each sample's loss, the exponential mean of the mean losses of the batches that
/// the sample was trained in, s = alpha·s + (1 - alpha)·loss, divided by 1 - alpha^n after n of them, so that a sample seen rarely doesn't
/// look easy. A batch without a finite loss changes no mean, and its samples count as non-finite until the next.
/// </summary>
/// <param name="inner">The policy inside.</param>
/// <param name="alpha">The weight of what was known before, in [0, 1).</param>
public sealed class BatchLossSource(IPruningPolicy inner, double alpha) : PolicyModifier(inner)
{
    // The rest is alpha^n, the share of the mean that the samples' unknown past would have.
    private static readonly Column s_score = new("batch-loss/score"), s_rest = new("batch-loss/rest", Initial: 1);

    private readonly string _spec = ModifierCatalog.BatchLoss.SpecOf(("alpha", alpha));

    private readonly float _alpha = alpha is >= 0 and < 1 ? (float)alpha
        : throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "alpha is the weight of what was known before, in [0, 1)");

    /// <inheritdoc/>
    protected override IReadOnlyList<Column> OwnColumns => [s_score, s_rest];

    /// <inheritdoc/>
    protected override string OwnSpec => _spec;

    /// <inheritdoc/>
    public override IReadOnlyList<Signal> Needs => [.. base.Needs.Except([Signal.Loss]).Union([Signal.BatchLoss])];

    /// <inheritdoc/>
    public override void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        const int Run = 512;
        Span<float> scores = stackalloc float[Run];
        for (var at = 0; at < batch.Ids.Length; at += Run)
        {
            var part = batch.Slice(at, Math.Min(Run, batch.Ids.Length - at));
            Score(samples, part, scores);
            base.Observe(samples, part with { Losses = scores[..part.Ids.Length] });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(SampleTable samples, in BatchSignals batch, Span<float> scores)
    {
        // Below this the rest no longer changes a float32 mean, and smaller numbers would only slow the arithmetic down.
        const float Nothing = 1e-12f;
        Span<float> means = samples[s_score], rests = samples[s_rest];
        var flags = samples.Flags;
        var ids = batch.Ids;
        var losses = batch[Signal.BatchLoss][..ids.Length];
        var kept = _alpha;
        for (var i = 0; i < ids.Length; i++)
        {
            var id = (int)ids[i];
            float loss = losses[i], rest = rests[id];
            // Looking at a sample again is no batch that it was trained in; only where nothing is known does it say something.
            if (!batch.Refreshed || rest == 1)
            {
                if (!float.IsFinite(loss))
                {
                    flags[id] |= SampleFlags.NonFinite;
                    scores[i] = loss;
                    continue;
                }

                var next = rest * kept;
                // The same as s / (1 - alpha^n), and exactly the loss after the first.
                means[id] += (loss - means[id]) * ((1 - kept) / (1 - next));
                rests[id] = next > Nothing ? next : 0f;
            }

            scores[i] = means[id];
        }
    }
}
