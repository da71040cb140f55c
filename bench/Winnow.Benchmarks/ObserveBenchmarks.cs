using BenchmarkDotNet.Attributes;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Benchmarks;

/// <summary>Taking back what was observed in a full epoch, every signal the method needs included.</summary>
[MemoryDiagnoser]
public class ObserveBenchmarks
{
    private Pruner? _pruner;
    private EpochPlan? _plan;
    private float[] _losses = [], _batchLosses = [], _confidences = [], _correct = [];

    /// <summary>Every method that observes anything.</summary>
    public static IEnumerable<string> Methods => PolicyCatalog.All.Where(static m => m.Create(Winnow.Catalog.MethodSpec.Parse(m.Name)).Needs.Count > 0).Select(static m => m.Name)
        .Concat(["infobatch+max-age", "infobatch+confident", "infobatch+loss-cap", "infobatch+batch-loss"]);

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [ParamsSource(nameof(Methods))]
    public string Method { get; set; } = "";

    /// <summary>0: all cores.</summary>
    [Params(0, 1)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var labels = new int[Samples];
        for (var i = 0; i < Samples; i++)
        {
            labels[i] = i % 10;
        }

        _pruner = new Pruner(Samples, PolicyCatalog.Parse(Method), new() { Epochs = 10, Seed = 1, Labels = labels, Threads = Threads });
        _plan = _pruner.Plan(0);
        _losses = LossFixture.Make(_plan.Count);
        _batchLosses = new float[_plan.Count];
        _plan.BatchMeans(_losses, 128, _batchLosses);
        _confidences = [.. _losses.Select(static loss => MathF.Exp(-loss))];
        _correct = [.. _losses.Select(static loss => loss < 0.7f ? 1f : 0f)];
    }

    [Benchmark]
    public void Bulk() => _pruner!.Observe(_plan!.All, Observed());

    [Benchmark]
    public void BatchesOf128()
    {
        var steps = _plan!.Steps(128);
        for (var i = 0; i < steps; i++)
        {
            var batch = _plan.Batch(i, 128);
            _pruner!.Observe(batch, Observed().Slice(batch.Start, batch.Count));
        }
    }

    private BatchSignals Observed() => new BatchSignals { Losses = _losses }.With(Signal.BatchLoss, _batchLosses).With(Signal.Confidence, _confidences).With(Signal.Correct, _correct);
}
