using Winnow.Samples;

namespace Winnow;

/// <content>Starting from losses that were measured elsewhere.</content>
public sealed partial class Pruner
{
    /// <summary>Takes one loss a sample from another run or program, before anything is planned. They count as seen, not as observed.</summary>
    /// <param name="losses">One a sample; NaN means never seen, an infinity is a non-finite loss.</param>
    /// <exception cref="InvalidOperationException">Something has been planned.</exception>
    /// <exception cref="ArgumentException">There isn't exactly one loss a sample.</exception>
    public void Preload(ReadOnlySpan<float> losses)
    {
        if (_plan is not null) throw new InvalidOperationException($"epoch {_plan.Epoch} has been planned; load losses before the first plan");
        if (losses.Length != Samples.Count)
            throw new ArgumentException($"{losses.Length} losses for {Samples.Count} samples; pass one a sample, NaN for never seen", nameof(losses));
        Span<long> ids = stackalloc long[256];
        Span<float> values = stackalloc float[256];
        for (int at = 0; at < losses.Length;)
        {
            int count = 0;
            for (; at < losses.Length && count < ids.Length; at++)
            {
                if (float.IsNaN(losses[at])) continue;
                ids[count] = at;
                values[count++] = losses[at];
            }
            var signals = new BatchSignals { Ids = ids[..count], Losses = values[..count], Epoch = -1 };
            Samples.Mark(signals);
            _policy.Observe(Samples, signals);
        }
    }
}
