using System.Diagnostics;
using System.Globalization;
using Winnow.Numerics;
using Winnow.Policies;

namespace Winnow.Benchmarks;

/// <summary>Planning as a training loop does it, for bench/peers/plan_python.py, which takes turns with this process: one JSON line.</summary>
internal static class PlanTimes
{
    public static void Print(int samples, int epochs)
    {
        var pruner = new Pruner(samples, PolicyCatalog.Parse("infobatch:keep=0.5"), new PrunerOptions { Epochs = epochs + 2, Seed = 3, AllowUnobserved = true });
        var random = Rng.Derive(7, 0, "losses").Sequence();
        var losses = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            losses[i] = (float)-Math.Log(1 - random.NextDouble());
        }

        pruner.Preload(losses);
        pruner.Plan(0);
        var times = new List<double>();
        for (var epoch = 1; epoch < epochs; epoch++)
        {
            var start = Stopwatch.GetTimestamp();
            pruner.Plan(epoch);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        var first = times[0];
        double[] rest = [.. times.Skip(1).Order()];
        var median = (rest[(rest.Length - 1) / 2] + rest[rest.Length / 2]) / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"ms\": {median}, \"first_ms\": {first}}}"));
    }
}
