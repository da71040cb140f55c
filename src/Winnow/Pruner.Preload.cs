using Winnow.Samples;

namespace Winnow;

/// <content>Starting from losses that were measured elsewhere.</content>
public sealed partial class Pruner
{
    /// <summary>Takes one loss a sample from another run or program, before anything is planned. They count as seen, not as observed.</summary>
    /// <param name="losses">One a sample; NaN means never seen, an infinity is a non-finite loss.</param>
    /// <exception cref="InvalidOperationException">Something has been planned.</exception>
    /// <exception cref="ArgumentException">There isn't exactly one loss a sample, or the method needs more than losses.</exception>
    public void Preload(ReadOnlySpan<float> losses) => Preload(new BatchSignals { Losses = losses });

    /// <summary>The same with all signals that the method needs: see <see cref="Needs"/>. Where batch losses are needed and not given, all samples are one batch.</summary>
    /// <param name="signals">One of each a sample, in the order of the samples; its own ids stay empty. A loss (or the score in its place) of NaN means never seen.</param>
    /// <exception cref="InvalidOperationException">Something has been planned.</exception>
    /// <exception cref="ArgumentException">A needed signal is missing, or there isn't exactly one of it a sample. Nothing is taken then.</exception>
    public void Preload(in BatchSignals signals)
    {
        if (_plan is not null)
        {
            throw new InvalidOperationException($"epoch {_plan.Epoch} has been planned; load losses before the first plan");
        }

        ThrowIfPlanning();
        var ranks = Ranks(signals);
        if (ranks.Length != Samples.Count)
        {
            throw new ArgumentException($"{ranks.Length} losses for {Samples.Count} samples; pass one a sample, NaN for never seen", nameof(signals));
        }

        Check(Samples.Count, signals);
        var predictions = _policy.Needs.Has(Signals.Predictions);
        var batchLosses = BatchLosses(signals);
        const int Part = 256;
        Span<long> ids = stackalloc long[Part];
        Span<float> values = stackalloc float[Part], means = stackalloc float[Part], confidences = stackalloc float[Part];
        Span<bool> correct = stackalloc bool[Part];
        for (var at = 0; at < ranks.Length;)
        {
            var count = 0;
            for (; at < ranks.Length && count < Part; at++)
            {
                if (float.IsNaN(ranks[at]))
                {
                    continue;
                }

                (ids[count], values[count]) = (at, ranks[at]);
                if (!batchLosses.IsEmpty)
                {
                    means[count] = batchLosses[at];
                }

                if (predictions)
                {
                    (confidences[count], correct[count]) = (signals.Confidences[at], signals.Correct[at]);
                }

                count++;
            }

            var part = new BatchSignals
            {
                Ids = ids[..count],
                Losses = values[..count],
                BatchLosses = batchLosses.IsEmpty ? default : means[..count],
                Confidences = predictions ? confidences[..count] : default,
                Correct = predictions ? correct[..count] : default,
                Epoch = -1,
            };
            Samples.Mark(part);
            _policy.Observe(Samples, part);
        }
    }
}
