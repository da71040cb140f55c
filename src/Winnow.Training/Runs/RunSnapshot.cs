using System.Globalization;
using System.Text.Json;
using Winnow.Checkpoints;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>
/// Saving the run between two steps, and going on from there. What follows from seed, epoch and sample (order, draws, augmentation, learning
/// rate) isn't saved: it is made again. libtorch's own generator is seeded anew for the first weights and before each step, so it has no state to save. Of several
/// ranks the first writes and reads; what a checkpoint holds doesn't depend on how many there are, but for the running statistics.
/// </summary>
/// <param name="run">The run.</param>
internal sealed class RunSnapshot(RunParts run)
{
    private const string Model = "model.", Optimizer = "optimizer.", Signal = "epoch.signal.", ClassTrained = "run.class_trained", Statistics = "ranks.statistics";

    private Dictionary<string, string>? _identity;

    /// <summary>Everything that is needed to go on after so many batches of the current epoch; null on a rank that writes nothing.</summary>
    /// <param name="work">The epoch; null between two.</param>
    /// <param name="batches">Batches done of it.</param>
    public CheckpointWriter? Take(EpochWork? work, int batches)
    {
        var (signals, statistics) = (SampleColumns.Empty, Array.Empty<float>());
        if (work is not null && (run.Ranks.Count > 1 || run.Checkpoints is not null))
        {
            // In this all ranks have a part.
            signals = work.Share.Merge(work.Signals.Fetch(work.Share.Start(batches)), batches);
            statistics = run.Ranks.GatherStatistics();
        }

        if (run.Checkpoints is null)
        {
            return null;
        }

        var state = new CheckpointWriter();
        foreach (var (name, value) in Identity())
        {
            state.Fact(name, value);
        }

        foreach (var (name, value) in new (string, FormattableString)[]
        {
            ("state.epochs", $"{run.History.Count}"), ("state.batches", $"{batches}"), ("state.rate", $"{run.Rate:R}"), ("state.visited", $"{run.Counters.Visited}"), ("state.steps", $"{run.Counters.Steps}"),
            ("state.forwards", $"{run.Counters.Forwards}"), ("state.backwards", $"{run.Counters.Backwards}"), ("state.refreshed", $"{run.Counters.Refreshed}"), ("state.optimizer_steps", $"{run.Optimizer.Steps}"),
        })
        {
            state.Fact(name, value.ToString(CultureInfo.InvariantCulture));
        }

        state.Fact("state.history", JsonSerializer.Serialize(run.History, RunJson.Line.ListEpochReport));
        state.Fact("state.seconds", JsonSerializer.Serialize(run.Clock.Read(), RunJson.Line.PhaseSeconds));
        state.Fact("state.epoch_began", JsonSerializer.Serialize(run.EpochBegan, RunJson.Line.PhaseSeconds));
        foreach (var (name, tensor) in Tensors())
        {
            Add(state, name, tensor);
        }

        state.Add<long>(ClassTrained, run.Counters.ClassTrained.ToArray());
        if (work is not null)
        {
            state.Fact("state.observed", signals.Count.ToString(CultureInfo.InvariantCulture));
            state.Fact("state.refreshed_in_epoch", work.Refreshed?.ToString(CultureInfo.InvariantCulture) ?? "not yet");
            foreach (var name in signals.Names)
            {
                state.Add<float>(Signal + name, signals[name], signals.Count, signals.Width(name));
            }
        }

        if (statistics.Length > 0)
        {
            state.Add<float>(Statistics, statistics, run.Ranks.Count, statistics.Length / run.Ranks.Count);
        }

        run.Scores?.Save(state);
        run.Sparsity.Save(state);
        run.Kept.Save(state);
        run.Pruner.Save(state);
        return state;
    }

    /// <summary>Overwrites the state of a run that hasn't begun; returns what there is of the epoch that it was saved in, null where it was between two.</summary>
    public ResumedEpoch? Restore(CheckpointReader state)
    {
        run.Scores?.Load(state);
        run.Pruner = Pruner.Restore(state, run.Task.Dataset.Train, run.Policy, run.Trainer.PrunerOptions(run.Request));
        foreach (var (name, tensor) in Tensors())
        {
            Read(state, name, tensor);
        }

        if (state.Has(Statistics))
        {
            run.Ranks.LoadStatistics(state.Read<float>(Statistics));
        }

        run.Optimizer.Steps = state.Fact<long>("state.optimizer_steps");
        run.Rate = state.Fact<double>("state.rate");
        run.History.AddRange(JsonSerializer.Deserialize(state.Fact("state.history"), RunJson.Line.ListEpochReport)!);
        run.EpochBegan = JsonSerializer.Deserialize(state.Fact("state.epoch_began"), RunJson.Line.PhaseSeconds)!;
        run.Clock.Add(JsonSerializer.Deserialize(state.Fact("state.seconds"), RunJson.Line.PhaseSeconds)!);
        run.Counters.Load(state.Fact<long>("state.visited"), state.Fact<long>("state.steps"), state.Fact<long>("state.forwards"), state.Fact<long>("state.backwards"), state.Fact<long>("state.refreshed"), state.Read<long>(ClassTrained));
        run.Sparsity.Load(state);
        run.Kept.Load(state);
        if (state.Facts.ContainsKey("state.refreshed_in_epoch"))
        {
            string[] names = [.. run.Observed.Signals.Append(SignalNames.Loss).Where(name => state.Has(Signal + name))];
            return new ResumedEpoch(
                state.Fact<int>("state.batches"),
                state.Fact("state.refreshed_in_epoch") == "not yet" ? null : state.Fact<int>("state.refreshed_in_epoch"),
                new SampleColumns(state.Fact<int>("state.observed"), names.Select(name => KeyValuePair.Create(name, state.Read<float>(Signal + name)))));
        }

        return null;
    }

    /// <summary>What has to be the same for the run to be the same.</summary>
    public IReadOnlyDictionary<string, string> Identity() => _identity ??= MakeIdentity();

    // Once a run: start weights are hashed for it.
    private Dictionary<string, string> MakeIdentity()
    {
        var data = run.Task.Dataset;
        var identity = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["run.task"] = run.Task.Name,
            ["run.data"] = $"{data.Name} ({data.Fingerprint})",
            ["run.parameters"] = run.Trainer.Parameters.ToString(CultureInfo.InvariantCulture),
            ["run.method"] = run.Request.Method,
            ["run.seed"] = run.Request.Seed.ToString(CultureInfo.InvariantCulture),
            ["run.steps"] = run.Request.Steps?.ToString(CultureInfo.InvariantCulture) ?? "by epochs",
            ["run.learning_rate_scale"] = run.Request.LearningRateScale.ToString("R", CultureInfo.InvariantCulture),
        };
        if (run.Request.Until is { } until)
        {
            // Where there is none, as in checkpoints of before there could be.
            identity.Add("run.until", until.ToString(CultureInfo.InvariantCulture));
        }

        if (run.Request.Teacher is { } teacher)
        {
            identity.Add("run.teacher", teacher.ToString());
        }

        if (run.Request.Unpenalised is { } unpenalised)
        {
            identity.Add("run.unpenalised", string.Join("; ", unpenalised.Select(static mask => $"{mask.Name} {Convert.ToHexStringLower(mask.ToPackedBits())}")));
        }

        if (run.Request.KeepAt is { } kept)
        {
            identity.Add("run.keep_at", kept.ToString(CultureInfo.InvariantCulture));
        }

        if (run.Request.ScheduleFrom > 0)
        {
            identity.Add("run.schedule_from", run.Request.ScheduleFrom.ToString("R", CultureInfo.InvariantCulture));
        }

        if (run.Request.Start is { } start)
        {
            identity.Add("run.start", start.Sha256());
        }

        foreach (var (name, value) in run.Task.Identity)
        {
            identity.Add("run." + name, value);
        }

        foreach (var (name, value) in run.Settings.Settings())
        {
            identity.Add("recipe." + name, value);
        }

        return identity;
    }

    /// <summary>Saves a tensor: shorter floats as float32 and integers as int64, which lose nothing by it.</summary>
    private static void Add(CheckpointWriter state, string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        if (tensor.dtype == ScalarType.Float64)
        {
            state.Add<double>(name, tensor.ToArray<double>(), tensor.shape);
        }
        else if (tensor.is_floating_point())
        {
            state.Add<float>(name, tensor.to(ScalarType.Float32).ToArray<float>(), tensor.shape);
        }
        else
        {
            state.Add<long>(name, tensor.to(ScalarType.Int64).ToArray<long>(), tensor.shape);
        }
    }

    /// <summary>Overwrites a tensor with what <see cref="Add"/> saved.</summary>
    private static void Read(CheckpointReader state, string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        tensor.copy_(tensor.dtype == ScalarType.Float64 ? TensorData.FromSpan<double>(state.Read<double>(name)).view(tensor.shape)
            : tensor.is_floating_point() ? TensorData.FromSpan<float>(state.Read<float>(name)).view(tensor.shape)
            : TensorData.FromSpan<long>(state.Read<long>(name)).view(tensor.shape));
    }

    /// <summary>Parameters and running statistics, then what the optimiser remembers.</summary>
    private IEnumerable<(string Name, Tensor Tensor)> Tensors() =>
        run.Model.State.Select(static entry => (Model + entry.Name, entry.Tensor)).Concat(run.Optimizer.NamedState().Select(static entry => (Optimizer + entry.Name, entry.Tensor)));
}
