using BenchmarkDotNet.Attributes;
using Winnow.Numerics;

namespace Winnow.Benchmarks;

/// <summary>Random numbers and orders, on one thread.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private uint[] _words = [];
    private float[] _weights = [];
    private int[] _values = [];

    [Params(1_000_000, 10_000_000)]
    public int Samples { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _words = new uint[Samples];
        _weights = new float[Samples];
        Array.Fill(_weights, 1f);
        _values = [.. Enumerable.Range(0, Samples)];
    }

    [Benchmark]
    public void RngFill() => Rng.Derive(1, 2, "bench").Fill(0, _words);

    [Benchmark]
    public int[] ShuffleByBuckets() => Shuffle.NonZero(_weights, Rng.Derive(1, 2, "bench"), 1, out _);

    [Benchmark(Baseline = true)]
    public void ShuffleByFisherYates() => Shuffle.FisherYates(_values, Rng.Derive(1, 2, "bench"));
}
