using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Benchmarks;

/// <summary>Losses with the long right tail that cross-entropy has: 63 % lie below the mean.</summary>
internal static class LossFixture
{
    public static float[] Make(int samples)
    {
        var random = Rng.Derive(7, 0, "losses").Sequence();
        var losses = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            losses[i] = (float)-Math.Log(1 - random.NextDouble());
        }

        return losses;
    }

    /// <summary>A table whose samples, of ten classes, were all observed in six epochs, their losses changing a little, in batches whose mean loss was 1.</summary>
    public static SampleTable Observed(IPruningPolicy policy, int samples)
    {
        var ids = new long[samples];
        var labels = new int[samples];
        for (var i = 0; i < samples; i++)
        {
            (ids[i], labels[i]) = (i, i % 10);
        }

        var table = new SampleTable(samples, policy.Columns, labels);
        float[] losses = Make(samples), confidences = new float[samples], correct = new float[samples], batchLosses = new float[samples];
        batchLosses.AsSpan().Fill(1f);
        for (var i = 0; i < samples; i++)
        {
            (confidences[i], correct[i]) = (MathF.Exp(-losses[i]), losses[i] < 0.7f ? 1 : 0);
        }

        for (var epoch = 0; epoch < 6; epoch++)
        {
            for (var i = 0; i < samples; i++)
            {
                losses[i] *= 0.999f + (0.0001f * (i % 20));
            }

            var signals = new BatchSignals { Ids = ids, Losses = losses, Epoch = epoch }.With(Signal.BatchLoss, batchLosses).With(Signal.Confidence, confidences).With(Signal.Correct, correct);
            table.Mark(signals);
            policy.Observe(table, signals);
        }

        return table;
    }
}
