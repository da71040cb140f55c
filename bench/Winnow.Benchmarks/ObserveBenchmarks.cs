using BenchmarkDotNet.Attributes;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Benchmarks;

/// <summary>Taking back the losses of a full epoch, on one thread.</summary>
[MemoryDiagnoser]
public class ObserveBenchmarks
{
    Pruner? _pruner;
    EpochPlan? _plan;
    float[] _losses = [];

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [Params("infobatch", "epsilon-greedy", "ucb")]
    public string Method { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _pruner = new Pruner(Samples, PolicyCatalog.Parse(Method), new() { Epochs = 10, Seed = 1 });
        _plan = _pruner.Plan(0);
        _losses = LossFixture.Make(Samples);
    }

    [Benchmark]
    public void Bulk() => _pruner!.Observe(_plan!.All, _losses);

    [Benchmark]
    public void BatchesOf128()
    {
        int steps = _plan!.Steps(128);
        for (int i = 0; i < steps; i++)
        {
            PlannedBatch batch = _plan.Batch(i, 128);
            _pruner!.Observe(batch, _losses.AsSpan(batch.Start, batch.Count));
        }
    }
}
