using BenchmarkDotNet.Attributes;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Benchmarks;

/// <summary>Planning an epoch: weights and the random order of the visited.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private IPruningPolicy _policy = new FullPolicy();
    private SampleTable _table = new(0, []);

    /// <summary>Every method with its defaults, settings that take another path, and modifiers.</summary>
    public static IEnumerable<string> Methods => [.. PolicyCatalog.All.Select(static m => m.Name), "infobatch:rule=reference", "infobatch:save=0.3", "rs2:keep=0.37",
        "infobatch+max-age", "infobatch+confident", "infobatch+class-floor:keep=0.9", "infobatch+loss-cap:from=0"];

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [ParamsSource(nameof(Methods))]
    public string Method { get; set; } = "";

    /// <summary>0: all cores.</summary>
    [Params(1, 0)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _policy = PolicyCatalog.Parse(Method);
        _table = LossFixture.Observed(_policy, Samples);
    }

    [Benchmark]
    public EpochPlan Plan() => EpochPlan.Create(_policy, new EpochContext { Epoch = 6, TotalEpochs = 10, Seed = 3, PlannedVisits = 6L * Samples, Threads = Threads }, _table);
}
