using System.Diagnostics;
using TorchSharp;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Probing;

/// <summary>
/// Finds by trying which precision, memory order and number of threads train a model fastest on this machine: full steps on its own data, in
/// at most two seconds. Processors differ by more than any rule knows: bfloat16 is twice as fast where there are instructions for it and ten
/// times slower where there aren't.
/// </summary>
/// <remarks>
/// One thing after the other is varied: threads, then order, then precision. Another value is taken only where it is at least 5 % faster, so that
/// the choice doesn't hang on noise. Every setting counts by its fastest step, which is what is left when others disturb.
/// </remarks>
public sealed class SpeedProbe
{
    // So much faster another setting has to be.
    private const double Gain = 1.05;

    // Beyond that a step on the cut batch would leave no room for several of them.
    private static readonly TimeSpan s_longestStep = TimeSpan.FromMilliseconds(60);

    // The share of a step's processor time that a thread alone must have had for the machine to count as quiet.
    private const double Quiet = 0.85;

    // The share of all processors that other programs may take meanwhile. A thread alone can't tell: beside one busy program on two processors it has one to itself.
    private const double Foreign = 0.1;

    private readonly TrainingTask _task;
    private readonly TrainingSettings _settings;
    private readonly Device _device;
    private readonly TimeProvider _time;
    private readonly TimeSpan _budget;
    private readonly Dictionary<MemoryLayout, ISampleReader> _samples = [];
    private readonly List<ProbedSpeed> _measured = [];
    private long _begun;
    private int _batch;
    private bool _busy;
    private bool _images;

    private SpeedProbe(TrainingTask task, TrainingSettings settings, Device device, TimeProvider time, TimeSpan budget) =>
        (_task, _settings, _device, _time, _budget) = (task, settings, device, time, budget);

    /// <summary>Tries what isn't settled. Leaves <see cref="TorchRuntime.Threads"/> at what was chosen.</summary>
    /// <param name="task">What is trained; steps are tried on its first samples, as they are.</param>
    /// <param name="settings">Batch size and optimiser.</param>
    /// <param name="device">Where is computed.</param>
    /// <param name="settled">What is not to be chosen.</param>
    /// <param name="time">The clock.</param>
    /// <param name="budget">How long it may take; two seconds when null. A step that takes longer than that is waited for.</param>
    /// <exception cref="RecipeException">The model doesn't fit the data.</exception>
    public static ProbeResult Run(TrainingTask task, TrainingSettings settings, Device device, FixedSettings settled, TimeProvider time, TimeSpan? budget = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(settled);
        ArgumentNullException.ThrowIfNull(time);
        TorchRuntime.Load();
        return new SpeedProbe(task, settings, device, time, budget ?? TimeSpan.FromSeconds(2)).Choose(settled);
    }

    private ProbeResult Choose(FixedSettings settled)
    {
        _begun = _time.GetTimestamp();
        var (reader, start) = (new ProcessorUse.Reader(), Stopwatch.GetTimestamp());
        var before = reader.Read();
        var most = settled.Threads ?? TorchRuntime.Threads;
        var best = new ComputeSettings(settled.Precision ?? Precision.Fp32, settled.Layout ?? MemoryLayout.ChannelsLast, most);
        using var scope = NewDisposeScope();
        _batch = FittingBatch(best);
        var rate = Measure(best, share: 0.3);
        if (settled.Threads is null && _device.type == DeviceType.CPU)
        {
            int[] fewer = [.. new[] { most / 2, 1 }.Where(threads => threads >= 1 && threads < most).Distinct()];
            foreach (var threads in fewer)
            {
                Try(best with { Threads = threads }, 0.2, ref best, ref rate);
            }
        }

        if (settled.Layout is null && _images)
        {
            Try(best with { Layout = MemoryLayout.Contiguous }, 0.2, ref best, ref rate);
        }

        if (settled.Precision is null && MayBeFast)
        {
            Try(best with { Precision = Precision.Bf16 }, 0.25, ref best, ref rate);
        }
        else if (settled.Precision == Precision.Bf16)
        {
            // Only to tell what was asked for costs.
            Measure(best with { Precision = Precision.Fp32 }, 0.25);
        }

        TorchRuntime.Threads = best.Threads;
        var foreign = reader.Read()?.Foreign - before?.Foreign;
        _busy |= foreign > Foreign * Environment.ProcessorCount * Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new ProbeResult { Settings = best, SamplesPerSecond = rate, Measured = _measured, Seconds = _time.GetElapsedTime(_begun).TotalSeconds, Busy = _busy };
    }

    // Elsewhere it is known to be slow, and trying it would cost more than all else.
    private bool MayBeFast => Autocast.IsAvailable && (_device.type == DeviceType.CUDA || ProcessorFeatures.HasBFloat16);

    private void Try(ComputeSettings settings, double share, ref ComputeSettings best, ref double rate)
    {
        if (_time.GetElapsedTime(_begun) >= _budget)
        {
            return;
        }

        double found;
        try
        {
            found = Measure(settings, share);
        }
        catch (TrainingFailedException)
        {
            // The code in a TorchScript file may not take every number format.
            return;
        }

        if (found > rate * Gain)
        {
            (best, rate) = (settings, found);
        }
    }

    /// <summary>Samples a second by the fastest of the steps that fit into a share of the budget, at least one.</summary>
    private double Measure(ComputeSettings settings, double share)
    {
        using var steps = Begin(settings, _batch);
        steps.Take();
        var until = _time.GetElapsedTime(_begun) + (_budget * share);
        var fastest = TimeSpan.MaxValue;
        do
        {
            var (wall, alone) = steps.Take();
            fastest = wall < fastest ? wall : fastest;
            _busy |= settings.Threads == 1 && alone < Quiet;
        }
        while (_time.GetElapsedTime(_begun) < until);
        var rate = _batch / fastest.TotalSeconds;
        _measured.Add(new ProbedSpeed(settings, rate));
        return rate;
    }

    /// <summary>The recipe's batch, or as much of it as a step of some 60 milliseconds takes.</summary>
    private int FittingBatch(ComputeSettings settings)
    {
        var few = Math.Min(Math.Min(_settings.BatchSize, 8), _task.Dataset.Train);
        TimeSpan wall;
        using (var steps = Begin(settings, few))
        {
            steps.Take();
            wall = steps.Take().Wall;
        }

        var fitting = few * (s_longestStep / (wall > TimeSpan.Zero ? wall : TimeSpan.FromTicks(1)));
        return (int)Math.Clamp(fitting, Math.Min(few, 2), Math.Min(_settings.BatchSize, _task.Dataset.Train));
    }

    private Steps Begin(ComputeSettings settings, int batch)
    {
        // Before the steps' own scope is made.
        _ = Samples(settings.Layout);
        return new Steps(this, settings, batch);
    }

    /// <summary>The samples in a memory order, which are put onto the device once; they belong to the probe's scope.</summary>
    private ISampleReader Samples(MemoryLayout layout)
    {
        if (!_samples.TryGetValue(layout, out var samples))
        {
            samples = _task.OpenTrain(_device, layout);
            _samples.Add(layout, samples);
        }

        return samples;
    }

    /// <summary>A model and a batch in one setting, of which steps are taken.</summary>
    private sealed class Steps : IDisposable
    {
        private static readonly SampleRequest s_request = new(Training: true, new HashSet<string>());

        private readonly SpeedProbe _probe;
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly Network _model;
        private readonly NetworkPass _pass;
        private readonly IOptimizer _optimizer;
        private readonly ISampleReader _samples;
        private readonly int[] _ids;
        private readonly int _threadsBefore = TorchRuntime.Threads;

        public Steps(SpeedProbe probe, ComputeSettings settings, int batch)
        {
            _probe = probe;
            TorchRuntime.Threads = settings.Threads;
            _model = Network.Create(() => probe._task.CreateModel(probe._device), settings.Layout, probe._task.ModelName, seed: 0);
            _pass = new NetworkPass(probe._task, _model, settings.Precision, probe._device);
            _optimizer = Trainer.CreateOptimizer(probe._settings, _model);
            _samples = probe.Samples(settings.Layout);
            _ids = [.. Enumerable.Range(0, batch)];
            _model.Train();
        }

        /// <summary>One full step; what it took, and the share of that time for which a single thread had its processor.</summary>
        public (TimeSpan Wall, double Alone) Take()
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            {
                using var reader = _samples.Read(_ids, draws: null);
                var batch = reader.Take(0, _ids.Length);
                _probe._images |= batch.Parts.Any(static part => part.Value.dim() == 4);
                var losses = _pass.Measure(batch, s_request).Losses;
                losses.mean().backward();
                _optimizer.Step(0);
                _optimizer.ZeroGrad();

                // A device is waited for.
                _ = losses.sum().item<float>();
            }

            TorchRuntime.EndStep();

            var wall = Stopwatch.GetElapsedTime(start);
            return (wall, (Environment.CpuUsage.TotalTime - cpu) / wall);
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _model.Dispose();
            _scope.Dispose();
            TorchRuntime.Threads = _threadsBefore;
        }
    }
}
