using BenchmarkDotNet.Attributes;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Benchmarks;

/// <summary>Taking back the losses of a full epoch, on one thread.</summary>
[MemoryDiagnoser]
public class ObserveBenchmarks
{
    Pruner? _pruner;
    EpochPlan? _plan;
    float[] _losses = [], _confidences = [];
    bool[] _correct = [];

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [Params("infobatch", "kakurenbo", "ies", "infobatch+max-age", "infobatch+loss-cap", "infobatch+batch-loss")]
    public string Method { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _pruner = new Pruner(Samples, PolicyCatalog.Parse(Method), new() { Epochs = 10, Seed = 1 });
        _plan = _pruner.Plan(0);
        _losses = LossFixture.Make(Samples);
        _confidences = [.. _losses.Select(static l => MathF.Exp(-l))];
        _correct = [.. _losses.Select(static l => l < 1)];
    }

    [Benchmark]
    public void Bulk() => _pruner!.Observe(_plan!.All, Signals());

    [Benchmark]
    public void BatchesOf128()
    {
        int steps = _plan!.Steps(128);
        for (int i = 0; i < steps; i++)
        {
            PlannedBatch batch = _plan.Batch(i, 128);
            _pruner!.Observe(batch, Signals().Slice(batch.Start, batch.Count));
        }
    }

    BatchSignals Signals() => new() { Losses = _losses, BatchLosses = _pruner!.Needs.HasFlag(Winnow.Samples.Signals.BatchLosses) ? _losses : default, Confidences = _confidences, Correct = _correct };
}
