using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

/// <summary>Tables and plans for policy tests.</summary>
internal static class Tables
{
    /// <summary>A table in which every sample was seen once with that loss; NaN and infinities are flagged as such.</summary>
    public static SampleTable Seen(IPruningPolicy policy, params float[] losses)
    {
        var table = Empty(policy, losses.Length);
        Observe(policy, table, [.. Enumerable.Range(0, losses.Length).Select(static i => (long)i)], losses);
        return table;
    }

    /// <summary>A table in which nothing was seen yet, of three classes in turn.</summary>
    public static SampleTable Empty(IPruningPolicy policy, int count) => new(count, policy.Columns, Enumerable.Range(0, count).Select(static i => i % 3).ToArray());

    /// <summary>Observes losses with every other signal there is: confidence e^-loss, right where the loss is below 1, the batch's loss 1.</summary>
    public static void Observe(IPruningPolicy policy, SampleTable table, long[] ids, float[] losses, int epoch = 0)
    {
        var signals = new BatchSignals { Ids = ids, Losses = losses, Epoch = epoch }
            .With(Signal.BatchLoss, Enumerable.Repeat(1f, ids.Length).ToArray())
            .With(Signal.Confidence, losses.Select(static l => MathF.Exp(-MathF.Max(0, l))).ToArray())
            .With(Signal.Correct, SignalRules.Flags(losses.Select(static l => l < 1).ToArray()));
        table.Mark(signals);
        policy.Observe(table, signals);
    }

    /// <summary>The weights of a plan; what isn't written stays NaN.</summary>
    public static float[] Plan(IPruningPolicy policy, SampleTable table, int epoch = 1, int epochs = 10, ulong seed = 1, int threads = 1)
    {
        var weights = new float[table.Count];
        Array.Fill(weights, float.NaN);
        policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = seed, Threads = threads }, table, weights);
        return weights;
    }

    /// <summary>Over many draws of epoch 5 every sample's mean weight is 1 within 6 deviations, and some sample sits out now and then.</summary>
    public static void AssertUnbiased(IPruningPolicy policy, SampleTable table)
    {
        const int Draws = 4000;
        double[] sums = new double[table.Count], squares = new double[table.Count];
        var pruned = false;
        for (ulong seed = 1; seed <= Draws; seed++)
        {
            var weights = Plan(policy, table, 5, seed: seed);
            for (var i = 0; i < weights.Length; i++)
            {
                (sums[i], squares[i]) = (sums[i] + weights[i], squares[i] + ((double)weights[i] * weights[i]));
                pruned |= weights[i] == 0;
            }
        }

        Assert.True(pruned);
        for (var i = 0; i < sums.Length; i++)
        {
            double mean = sums[i] / Draws, deviation = Math.Sqrt(Math.Max(0, (squares[i] / Draws) - (mean * mean)) / Draws);
            Assert.InRange(mean, 1 - 1e-6 - (6 * deviation), 1 + 1e-6 + (6 * deviation));
        }
    }

    /// <summary>Losses with the long right tail that cross-entropy has.</summary>
    public static float[] Skewed(int count, ulong seed = 1)
    {
        var random = Winnow.Numerics.Rng.Derive(seed, 0, "losses").Sequence();
        return [.. Enumerable.Range(0, count).Select(_ => (float)-Math.Log(1 - random.NextDouble()))];
    }
}
