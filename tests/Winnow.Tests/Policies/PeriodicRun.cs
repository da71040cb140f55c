using Winnow.Numerics;
using Winnow.Policies;

namespace Winnow.Tests.Policies;

/// <summary>Runs in which losses are drawn anew at each visit, and the plain bookkeeping that the periodic policies are compared with.</summary>
internal sealed class PeriodicRun(int samples, IPruningPolicy policy, int epochs, ulong seed = 1)
{

    public Pruner Pruner { get; } = new(samples, policy, new() { Epochs = epochs, Seed = seed });

    /// <summary>The losses of each sample, in the order of its visits.</summary>
    public List<float>[] History { get; } = [.. Enumerable.Range(0, samples).Select(static _ => new List<float>())];

    /// <summary>Plans an epoch; its visited ids in ascending order.</summary>
    public int[] Visit(int epoch, Func<int, float, float>? change = null)
    {
        var plan = Pruner.Plan(epoch);
        var random = Rng.Derive(seed, epoch, "visit").Sequence();
        var losses = new float[plan.Count];
        for (var i = 0; i < losses.Length; i++)
        {
            var loss = (float)-Math.Log(1 - random.NextDouble());
            losses[i] = change is null ? loss : change(plan.Order[i], loss);
            History[plan.Order[i]].Add(losses[i]);
        }

        Pruner.Observe(plan.All, losses);
        return [.. plan.Order.ToArray().Order()];
    }

    /// <summary>Mean and variance as the paper has them, in float64, from all losses of a sample.</summary>
    public static (double Mean, double Variance) Running(IEnumerable<float> losses, double gain)
    {
        double mean = double.NaN, variance = 0;
        foreach (var loss in losses.Where(float.IsFinite))
        {
            if (double.IsNaN(mean))
            {
                mean = loss;
                continue;
            }

            variance = (gain * (loss - mean) * (loss - mean)) + ((1 - gain) * variance);
            mean = (gain * loss) + ((1 - gain) * mean);
        }

        return (mean, variance);
    }
}
