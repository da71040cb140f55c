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

    [Params("full", "random", "infobatch", "infobatch-quantile", "infobatch:rule=reference", "rs2", "rs2:keep=0.37", "orderdp", "epsilon-greedy", "ucb")]
    public string Method { get; set; } = "";

    /// <summary>0: all cores.</summary>
    [Params(1, 0)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _policy = PolicyCatalog.Parse(Method);
        _table = new SampleTable(Samples, _policy.Columns);
        _table.Flags.Fill(SampleFlags.Seen);
        foreach (Column column in _policy.Columns) LossFixture.Make(Samples).CopyTo(_table[column]);
    }

    [Benchmark]
    public EpochPlan Plan() => EpochPlan.Create(_policy, new EpochContext { Epoch = 1, TotalEpochs = 10, Seed = 3, Threads = Threads }, _table);
}
