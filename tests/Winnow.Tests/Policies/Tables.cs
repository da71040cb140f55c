using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

/// <summary>Tables and plans for policy tests.</summary>
static class Tables
{
    /// <summary>A table in which every sample was seen once with that loss; NaN and infinities are flagged as such.</summary>
    public static SampleTable Seen(IPruningPolicy policy, params float[] losses)
    {
        var table = new SampleTable(losses.Length, policy.Columns);
        Observe(policy, table, [.. Enumerable.Range(0, losses.Length).Select(static i => (long)i)], losses);
        return table;
    }

    public static void Observe(IPruningPolicy policy, SampleTable table, long[] ids, float[] losses)
    {
        var signals = new BatchSignals { Ids = ids, Losses = losses };
        table.Mark(signals);
        policy.Observe(table, signals);
    }

    /// <summary>The weights of a plan; what isn't written stays NaN.</summary>
    public static float[] Plan(IPruningPolicy policy, SampleTable table, int epoch = 1, int epochs = 10, ulong seed = 1, int threads = 1)
    {
        float[] weights = new float[table.Count];
        Array.Fill(weights, float.NaN);
        policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = seed, Threads = threads }, table, weights);
        return weights;
    }

    /// <summary>Losses with the long right tail that cross-entropy has.</summary>
    public static float[] Skewed(int count, ulong seed = 1)
    {
        var random = Winnow.Numerics.Rng.Derive(seed, 0, "losses").Sequence();
        return [.. Enumerable.Range(0, count).Select(_ => (float)-Math.Log(1 - random.NextDouble()))];
    }
}
