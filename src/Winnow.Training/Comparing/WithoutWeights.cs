using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Training.Comparing;

/// <summary>A policy whose visited samples all count the same: the ablation that shows what its weights are worth.</summary>
/// <param name="inner">The policy inside.</param>
public sealed class WithoutWeights(IPruningPolicy inner) : PolicyModifier(inner)
{
    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        base.Plan(epoch, samples, weights);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = weights[i] == 0 ? 0 : 1;
        }
    }

    /// <summary>
    /// Whether a policy ever gives a visited sample another weight than 1. Found by trying it on a small table with made-up signals, since
    /// no policy says so of itself.
    /// </summary>
    /// <param name="policy">The policy.</param>
    public static bool Matters(IPruningPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        const int Samples = 1024, Epochs = 16, Classes = 8;
        var labels = new int[Samples];
        var ids = new long[Samples];
        for (var i = 0; i < Samples; i++)
        {
            (labels[i], ids[i]) = (i % Classes, i);
        }

        var table = new SampleTable(Samples, policy.Columns, labels);
        var weights = new float[Samples];
        float[] losses = new float[Samples], means = new float[Samples], confidences = new float[Samples];
        var correct = new bool[Samples];
        long visits = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = Epochs, Seed = 1, PlannedVisits = visits }, table, weights);
            foreach (var weight in weights)
            {
                if (weight is not (0 or 1))
                {
                    return true;
                }

                visits += weight == 0 ? 0 : 1;
            }

            for (var i = 0; i < Samples; i++)
            {
                // Skewed like losses are, falling from epoch to epoch, in another order each time.
                var u = (((i + 1) * 0.6180339887) + (epoch * 0.37)) % 1;
                losses[i] = (float)(-Math.Log(u + 1e-6) * Math.Pow(0.9, epoch));
                confidences[i] = MathF.Exp(-losses[i]);
                correct[i] = confidences[i] > 0.3f;
                means[i] = losses[i / 32 * 32];
            }

            var signals = new BatchSignals { Ids = ids, Losses = losses, BatchLosses = means, Confidences = confidences, Correct = correct, Epoch = epoch };
            table.Mark(signals);
            policy.Observe(table, signals);
        }

        return false;
    }
}
