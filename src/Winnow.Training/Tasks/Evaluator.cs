using Winnow.Plans;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>
/// Sends samples through a network without training on it: evaluation mode, nothing recorded, in the run's precision and in large batches. Of several ranks each takes
/// its part, and all get everything.
/// </summary>
public sealed class Evaluator
{
    private readonly TrainingTask _task;
    private readonly Network _model;
    private readonly NetworkPass _pass;
    private readonly DistributedRun _ranks;
    private readonly Device _device;

    // Nothing is kept for a backward pass, so that more samples fit where a batch of training does.
    private readonly int _batch;

    internal Evaluator(TrainingTask task, Network model, NetworkPass pass, DistributedRun ranks, TrainingSettings settings, Device device, ISampleReader train, ISampleReader test)
    {
        (_task, _model, _pass, _ranks, _device, TrainSamples, TestSamples) = (task, model, pass, ranks, device, train, test);
        _batch = (int)Math.Clamp(4L * (settings.MicroBatchSize ?? settings.BatchSize), 1, 1024);
    }

    /// <summary>The training samples.</summary>
    public ISampleReader TrainSamples { get; }

    /// <summary>The test samples.</summary>
    public ISampleReader TestSamples { get; }

    /// <summary>Where is computed.</summary>
    public Device Device => _device;

    /// <summary>Whether the run ends with this evaluation: what is costly to find out may be left for that.</summary>
    public bool IsLast { get; internal set; }

    /// <summary>Ends what a run of one process does beside the passes of this class; never in one of several ranks, which have to stop together.</summary>
    internal CancellationToken StopAlone { get; init; }

    /// <summary>Told how many of this rank's samples of a pass have had their full gradient computed, and of how many.</summary>
    internal Action<int, int>? OnGradient { get; init; }

    /// <summary>The network.</summary>
    public nn.Module Model => _model.Module;

    /// <summary>Losses and signals of all test samples, in their order; null when the run was stopped.</summary>
    /// <param name="signals">Names of signals that the task tells.</param>
    public SampleColumns? Test(params ReadOnlySpan<string> signals) =>
        Run(TestSamples, [.. Enumerable.Range(0, _task.Dataset.Test)], new SampleRequest(Training: false, new HashSet<string>(signals.ToArray(), StringComparer.Ordinal)));

    /// <summary>Losses and signals of some samples; null when the run was stopped.</summary>
    /// <param name="samples">Where they are read.</param>
    /// <param name="ids">Which, in the order of the result.</param>
    /// <param name="request">Which losses and signals.</param>
    public SampleColumns? Run(ISampleReader samples, int[] ids, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(ids);
        var (done, total) = (0, RankShare.LongestPart(ids.Length, _ranks.Count));
        return Run(samples, ids, request.Signals, batch => _pass.Measure(batch, request, () =>
        {
            // A batch of backward passes one by one is too long to wait for its end.
            StopAlone.ThrowIfCancellationRequested();
            OnGradient?.Invoke(++done, total);
        }));
    }

    /// <summary>What a function of the task's own makes of some samples, such as features of theirs; null when the run was stopped.</summary>
    /// <param name="samples">Where they are read.</param>
    /// <param name="ids">Which, in the order of the result.</param>
    /// <param name="wanted">The columns that come of it beside the loss.</param>
    /// <param name="compute">Gives them for a batch; without a graph. <see cref="Forward"/> is the network's part of it.</param>
    public SampleColumns? Run(ISampleReader samples, int[] ids, IReadOnlySet<string> wanted, Func<Batch, SampleOutput> compute)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(compute);
        return ids.Length == 0 ? SampleColumns.Empty : _ranks.Share(ids, (mine, stopping) => Pass(samples, mine, wanted, compute, stopping));
    }

    /// <summary>Features that a function of the task's own gives for some samples, float32 [samples, width] on the host; null when the run was stopped.</summary>
    /// <param name="samples">Where they are read.</param>
    /// <param name="ids">Which, at least one, in the order of the result.</param>
    /// <param name="compute">Gives those of a batch, [batch, width]; without a graph.</param>
    public Tensor? Features(ISampleReader samples, int[] ids, Func<Batch, Tensor> compute)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(compute);
        const string Column = "features";
        var columns = Run(samples, ids, new HashSet<string> { Column }, batch =>
        {
            var features = compute(batch);
            return new SampleOutput(features.select(1, 0)) { Signals = new Dictionary<string, Tensor> { [Column] = features } };
        });
        return columns is null ? null : TensorData.FromSpan<float>(columns[Column], ids.Length, columns.Width(Column));
    }

    /// <summary>The network's output for a batch, in float32, computed in the run's precision.</summary>
    public Tensor Forward(Batch batch) => _pass.Forward(batch);

    /// <summary>What a function gives when it is computed in the run's precision, in float32.</summary>
    public Tensor Compute(Func<Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return _pass.Compute(function);
    }

    private SampleColumns? Pass(ISampleReader samples, int[] ids, IReadOnlySet<string> wanted, Func<Batch, SampleOutput> compute, Func<bool> stopping)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        _model.Eval();
        using var reader = samples.Read(ids, draws: null);
        var signals = new PassSignals(ids.Length, wanted, _device, scope);
        for (var start = 0; start < ids.Length; start += _batch)
        {
            if (stopping())
            {
                return null;
            }

            using var step = NewDisposeScope();
            try
            {
                signals.Write(start, compute(reader.Take(start, Math.Min(_batch, ids.Length - start))));
            }
            catch (OperationCanceledException) when (StopAlone.IsCancellationRequested)
            {
                return null;
            }

            TorchRuntime.EndStep();
        }

        return signals.Fetch(ids.Length);
    }
}
