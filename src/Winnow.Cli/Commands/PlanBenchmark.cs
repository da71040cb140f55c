using System.Diagnostics;
using System.Numerics.Tensors;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Cli.Commands;

/// <summary>
/// <c>winnow plan --count N</c>: what planning, observing, saving and restoring so many samples takes, with made-up losses. The first epochs of a run of ten:
/// epoch 0 is full for most methods and pays for memory that the system has yet to give; from then on it is as in all epochs that follow.
/// </summary>
internal sealed class PlanBenchmark(string spec, int count, PrunerOptions options, TimeProvider time, Action<BenchmarkStep>? done)
{
    private const int Epochs = 10;

    // An epoch is observed in so many parts, as losses that are gathered every few steps would be; what a part holds is all that exists of them.
    private const int Parts = 8;

    // The share that is read: one of so many processes, global batches of so many samples.
    private const int Ranks = 8;
    private const int BatchSize = 4096;

    // Small enough to take no time, large enough to go the ways of large sets, so that everything is compiled before anything is measured.
    private const int WarmUp = 1 << 19;

    // Few samples are measured several times, so many in all.
    private const long RepeatedSamples = 100_000_000;
    private const int MostRepeats = 9;

    private readonly List<BenchmarkStep> _steps = [];
    private Pruner? _pruner;
    private long _fileBytes;

    /// <summary>Refuses a count that doesn't fit, then measures.</summary>
    /// <param name="spec">The method.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="options">Seed, threads and order; the rest is the benchmark's own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="done">Is told of every step as soon as it is done.</param>
    public static PlanBenchmarkResult Run(string spec, int count, PrunerOptions options, TimeProvider time, Action<BenchmarkStep>? done)
    {
        var policy = PolicyCatalog.Parse(spec);
        CheckMemory(spec, policy, count, options.Order);
        options = options with { Epochs = Epochs, ReusePlans = true };
        new PlanBenchmark(spec, Math.Min(count, WarmUp), options, time, null).Measure();
        var repeats = (int)Math.Clamp(RepeatedSamples / count, 1, MostRepeats);
        var all = new List<IReadOnlyList<BenchmarkStep>>();
        long file = 0;
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            var measured = new PlanBenchmark(spec, count, options, time, repeats == 1 ? done : null);
            measured.Measure();
            all.Add(measured._steps);
            file = measured._fileBytes;
        }

        // Of several times the median; memory as the first left it, since the others begin with what it hasn't given back.
        BenchmarkStep[] steps = [.. all[0].Select((step, s) => step.WithTimes(all.Select(run => run[s]).OrderBy(static other => other.Seconds).ElementAt(repeats / 2)))];
        foreach (var step in repeats == 1 ? [] : steps)
        {
            done?.Invoke(step);
        }

        var peak = steps[^1].PeakBytes;
        return new PlanBenchmarkResult
        {
            Method = PolicyCatalog.Canonical(spec),
            Count = count,
            Order = options.Order == PlanOrder.Keyed ? "keyed" : "listed",
            Seed = options.Seed,
            Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
            Repeats = repeats,
            Steps = steps,
            PeakBytes = peak,
            PeakBytesPerSample = (double)peak / count,
            CheckpointBytes = file,
            Processor = RunDescription.Processor(),
            Winnow = RunDescription.Version,
        };
    }

    private void Measure()
    {
        var policy = PolicyCatalog.Parse(spec);
        var run = options with { Labels = policy.NeedsLabels ? Labels() : [] };
        Step("table", count, () => _pruner = Options.SaveOption.Reachable(spec, policy, count, run));
        Step("plan 0", count, () => _pruner!.Plan(0));
        var observes = _pruner!.Needs.Count > 0;
        Spent observing = default;
        if (observes)
        {
            observing = Observe(0, 1);
        }

        // In the middle of an epoch, where most checkpoints are written.
        SaveAndRestore(policy, run);
        if (observes)
        {
            observing += Observe(1, Parts);
            Add("observe 0", _pruner!.Current!.Count, observing);
        }

        Step("plan 1", count, () => _pruner!.Plan(1));
        ReadShare(_pruner!.Current!);
        if (observes)
        {
            Add("observe 1", _pruner!.Current!.Count, Observe(0, Parts));
        }

        Step("plan 2", count, () => _pruner!.Plan(2));
    }

    /// <summary>Through a file, as after an interruption: the pruner that was saved is let go before the other is made.</summary>
    private void SaveAndRestore(IPruningPolicy policy, PrunerOptions run)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 1 << 20);

            // Without a name from now on: whatever ends this process, nothing of it stays.
            File.Delete(path);
            Step("save", count, () =>
            {
                _pruner!.Save(file);
                file.Flush(flushToDisk: true);
            });
            _fileBytes = file.Length;
            _pruner = null;
#pragma warning disable RS0030 // Another process would restore it; what this one has let go of is no part of that.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
#pragma warning restore RS0030
            Step("restore", count, () => _pruner = Pruner.Restore(file, count, policy, run));
        }
        catch (IOException error) when (error is not FileNotFoundException)
        {
            throw new IOException(FormattableString.Invariant($"{Path.GetTempPath()}: {error.Message} A checkpoint of {count:N0} samples is written there to measure it; TMPDIR names another folder."), error);
        }
    }

    private Spent Observe(int from, int to)
    {
        var pruner = _pruner!;
        var plan = pruner.Current!;
        var most = (plan.Count / Parts) + 1;
        var losses = new float[most];
        var others = pruner.Needs.Where(static signal => signal != Signal.Loss).Select(signal => (Signal: signal, Values: new float[most])).ToArray();
        Spent spent = default;
        for (var part = from; part < to; part++)
        {
            var batch = plan.All.Share(part, Parts);
            MakeLosses(plan.Epoch, batch, losses);
            var told = new BatchSignals { Losses = losses };
            foreach (var (signal, values) in others)
            {
                MakeValues(signal, losses, values);
                told = told.With(signal, values);
            }

            told = told.Slice(0, batch.Count);
            var since = Now();
            pruner.Observe(batch, told);
            spent += Since(since);
        }

        return spent;
    }

    /// <summary>What else a model might say at such losses; batches have the mean 1.</summary>
    private static void MakeValues(Signal signal, float[] losses, float[] values)
    {
        if (signal.Range == SignalRange.Probability)
        {
            TensorPrimitives.Negate(losses, values);
            TensorPrimitives.Exp(values, values);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = signal == Signal.BatchLoss || losses[i] < 0.7f ? 1 : signal.Range == SignalRange.Flag ? 0 : losses[i];
        }
    }

    /// <summary>Losses with the long right tail that cross-entropy has: 63 % lie below the mean, which is 1.</summary>
    private void MakeLosses(int epoch, in PlannedBatch batch, float[] losses)
    {
        const int Run = 1 << 14;
        var rng = Rng.Derive(options.Seed, epoch, "benchmark/losses");
        Span<uint> random = new uint[Run];
        for (var at = 0; at < batch.Count; at += Run)
        {
            var run = losses.AsSpan(at, Math.Min(Run, batch.Count - at));
            rng.Fill((ulong)(batch.Start + (long)at), random[..run.Length]);
            for (var i = 0; i < run.Length; i++)
            {
                run[i] = ((random[i] >> 8) + 0.5f) * (1f / (1 << 24));
            }

            TensorPrimitives.Log(run, run);
            TensorPrimitives.Negate(run, run);
        }
    }

    /// <summary>What one of several processes reads of an epoch: its part of each batch, ids and weights.</summary>
    private void ReadShare(EpochPlan plan)
    {
        var share = plan.Share(Ranks / 2, Ranks, BatchSize);
        var ids = new int[BatchSize];
        var weights = new float[BatchSize];
        var read = 0;
        var since = Now();
        foreach (var batch in share.From(0))
        {
            batch.CopyIds(ids);
            for (var i = 0; i < batch.Count; i++)
            {
                weights[i] = plan.Weights[ids[i]];
            }

            read += batch.Count;
        }

        Add($"share 1/{Ranks}", read, Since(since));
    }

    private int[] Labels()
    {
        var labels = new int[count];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = i % 10;
        }

        return labels;
    }

    private void Step(string name, int samples, Action action)
    {
        var since = Now();
        action();
        Add(name, samples, Since(since));
    }

    private (long Wall, Environment.ProcessCpuUsage Cpu) Now() => (time.GetTimestamp(), Environment.CpuUsage);

    private Spent Since((long Wall, Environment.ProcessCpuUsage Cpu) then)
    {
        var now = Environment.CpuUsage;
        return new(time.GetElapsedTime(then.Wall), now.TotalTime - then.Cpu.TotalTime, now.PrivilegedTime - then.Cpu.PrivilegedTime);
    }

    private void Add(string name, int samples, Spent spent)
    {
        using var process = Process.GetCurrentProcess();
        _steps.Add(new BenchmarkStep(name, samples, spent.Wall.TotalSeconds, spent.Wall.TotalNanoseconds / samples, spent.Cpu.TotalNanoseconds / samples, spent.Kernel.TotalNanoseconds / samples, process.WorkingSet64, process.PeakWorkingSet64));
        done?.Invoke(_steps[^1]);
    }

    /// <summary>Rather a message than a machine that begins to swap or ends the process.</summary>
    private static void CheckMemory(string spec, IPruningPolicy policy, int count, PlanOrder order)
    {
        const double Runtime = 100e6;
        var needed = Runtime + (count * BytesPerSample(policy, order));
        double has = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > has)
        {
            var fits = (long)((has - Runtime) / BytesPerSample(policy, order) / 1e6) * 1_000_000;
            throw new UsageException(FormattableString.Invariant(
                $"--count {count} needs about {needed / (1L << 30):F1} GiB for {spec} and the machine has {has / (1L << 30):F1}; --count {fits} fits{(order == PlanOrder.Listed ? ", and --order keyed needs less" : "")}."));
        }
    }

    private static double BytesPerSample(IPruningPolicy policy, PlanOrder order)
    {
        var others = policy.Needs.Count(static signal => signal != Signal.Loss);
        var table = 1 + (4 * policy.Columns.Count) + (policy.NeedsLabels ? 4 : 0);
        var plan = order == PlanOrder.Listed ? 8 : 4.2;
        // Bits of who was observed, a part's signals, and pairs for a part.
        var observing = policy.Needs.Count == 0 ? 0 : 0.125 + (1 + 0.5) + (others * (0.5 + 0.5)) + (order == PlanOrder.Keyed ? 0.25 : 0);
        return table + plan + observing;
    }
}

/// <summary>Time, processor time of all threads, and the part of that in the system's kernel.</summary>
internal readonly record struct Spent(TimeSpan Wall, TimeSpan Cpu, TimeSpan Kernel)
{
    public static Spent operator +(Spent a, Spent b) => new(a.Wall + b.Wall, a.Cpu + b.Cpu, a.Kernel + b.Kernel);
}

/// <summary>One thing that was measured.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Samples">With how many samples.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="NsPerSample">The same for one sample.</param>
/// <param name="CpuNsPerSample">Processor time for one sample, of all threads together: what other work on the machine changes least.</param>
/// <param name="KernelNsPerSample">The part of it that the system's kernel took: to give memory that is used for the first time, and for files.</param>
/// <param name="ResidentBytes">Memory in use when it was done.</param>
/// <param name="PeakBytes">The most memory that was in use until then.</param>
internal sealed record BenchmarkStep(string Name, int Samples, double Seconds, double NsPerSample, double CpuNsPerSample, double KernelNsPerSample, long ResidentBytes, long PeakBytes)
{
    /// <summary>The same step with another's times.</summary>
    public BenchmarkStep WithTimes(BenchmarkStep other) => this with
    {
        Seconds = other.Seconds,
        NsPerSample = other.NsPerSample,
        CpuNsPerSample = other.CpuNsPerSample,
        KernelNsPerSample = other.KernelNsPerSample,
    };

    /// <summary>What the columns of <see cref="Line"/> are.</summary>
    public static string Head => FormattableString.Invariant($"{"",-10} {"samples",13} {"seconds",9} {"ns/sample",10} {"cpu ns",9} {"kernel",9} {"GiB",7} {"peak",7}");

    /// <summary>The same for people.</summary>
    public string Line => FormattableString.Invariant(
        $"{Name,-10} {Samples,13:N0} {Seconds,9:F3} {NsPerSample,10:F2} {CpuNsPerSample,9:F2} {KernelNsPerSample,9:F2} {ResidentBytes / (double)(1L << 30),7:F2} {PeakBytes / (double)(1L << 30),7:F2}");
}

/// <summary>What <c>winnow plan --count</c> tells.</summary>
internal sealed record PlanBenchmarkResult
{
    public required string Method { get; init; }

    public required int Count { get; init; }

    public required string Order { get; init; }

    public required ulong Seed { get; init; }

    public required int Threads { get; init; }

    public required int Repeats { get; init; }

    public required IReadOnlyList<BenchmarkStep> Steps { get; init; }

    public required long PeakBytes { get; init; }

    public required double PeakBytesPerSample { get; init; }

    public required long CheckpointBytes { get; init; }

    public required string Processor { get; init; }

    public required string Winnow { get; init; }

    /// <summary>The last line for people.</summary>
    public string Line => FormattableString.Invariant(
        $"{Method}, {Count:N0} samples, order {Order}, {Threads} threads{(Repeats > 1 ? $", median of {Repeats}" : "")}: peak {PeakBytes / (double)(1L << 30):F2} GiB, {PeakBytesPerSample:F1} bytes a sample; checkpoint {CheckpointBytes / (double)(1L << 30):F2} GiB");
}
