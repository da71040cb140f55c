using BenchmarkDotNet.Attributes;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Benchmarks;

/// <summary>Planning an epoch: weights and the random order of the visited.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    IPruningPolicy _policy = new FullPolicy();
    SampleTable _table = new(0, []);

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [Params("full", "random", "infobatch", "infobatch-quantile", "infobatch:rule=reference",
        "kakurenbo", "kakurenbo:save=0.3", "ies", "infobatch+max-age", "infobatch+confident", "infobatch+class-floor:keep=0.9", "infobatch+loss-cap:from=0")]
    public string Method { get; set; } = "";

    /// <summary>0: all cores.</summary>
    [Params(1, 0)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _policy = PolicyCatalog.Parse(Method);
        _table = new SampleTable(Samples, _policy.Columns, Enumerable.Range(0, Samples).Select(static i => i % 10).ToArray());
        long[] ids = [.. Enumerable.Range(0, Samples).Select(static i => (long)i)];
        float[] losses = LossFixture.Make(Samples), confidences = [.. losses.Select(static l => MathF.Exp(-l))];
        bool[] correct = [.. confidences.Select(static c => c > 0.4f)];
        // Some methods look at the last few observations.
        for (int epoch = 0; epoch < 6; epoch++)
        {
            for (int i = 0; i < Samples; i++) losses[i] *= 0.999f + (0.0001f * (i % 20));
            var signals = new BatchSignals
            {
                Ids = ids,
                Losses = losses,
                BatchLosses = losses,
                Confidences = confidences,
                Correct = correct,
                Epoch = epoch,
            };
            _table.Mark(signals);
            _policy.Observe(_table, signals);
        }
    }

    [Benchmark]
    public EpochPlan Plan() => EpochPlan.Create(_policy, new EpochContext { Epoch = 6, TotalEpochs = 10, Seed = 3, PlannedVisits = 6L * Samples, Threads = Threads }, _table);
}
