using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Winnow.Benchmarks;

if (args is ["plan", string samples, string epochs])
{
    PlanTimes.Print(int.Parse(samples, CultureInfo.InvariantCulture), int.Parse(epochs, CultureInfo.InvariantCulture));
    return;
}

// In this process: the projects that BenchmarkDotNet generates otherwise don't inherit this repository's settings.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(9).WithInvocationCount(1).WithUnrollFactor(1))
    .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"))
    .AddColumn(new PerSampleColumn())
    .HideColumns(Column.Error, Column.RatioSD);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
