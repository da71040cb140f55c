using System.Globalization;
using System.Text.Json;
using Winnow.Checkpoints;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <content>
/// Saving the run between two steps, and going on from there. What follows from seed, epoch and sample (order, draws, augmentation, learning
/// rate) isn't saved: it is made again. libtorch's own generator is seeded anew for the first weights and before each step, so it has no state to save. Of several
/// ranks the first writes and reads; what a checkpoint holds doesn't depend on how many there are, but for the running statistics.
/// </content>
internal sealed partial class TrainingRun
{
    private const string Model = "model.", Optimizer = "optimizer.", Signal = "epoch.signal.", ClassTrained = "run.class_trained", Statistics = "ranks.statistics";

    /// <summary>Saves because it is time to. All ranks come here in the middle of an epoch; between two, one that writes may do it alone.</summary>
    private void Save(EpochWork? work, int batches)
    {
        using var lap = _clock.Enter(Phase.Checkpoint);
        if (State(work, batches) is { } state)
        {
            _checkpoints!.Write(state, _counters.Steps);
        }
    }

    /// <summary>Saves because the run was stopped, and ends it: the only place where that is decided, so that none ends unsaved.</summary>
    private void SaveBeforeEnd(EpochWork? work, int batches)
    {
        using var lap = _clock.Enter(Phase.Checkpoint);
        _saved = true;
        if (State(work, batches) is { } state)
        {
            _checkpoints!.WriteNow(state, _counters.Steps);
        }
    }

    /// <summary>Everything that is needed to go on after so many batches of the current epoch; null on a rank that writes nothing.</summary>
    /// <param name="work">The epoch; null between two.</param>
    /// <param name="batches">Batches done of it.</param>
    private CheckpointWriter? State(EpochWork? work, int batches)
    {
        var (signals, statistics) = (SampleColumns.Empty, Array.Empty<float>());
        if (work is not null && (_ranks.Count > 1 || _checkpoints is not null))
        {
            // In this all ranks have a part.
            signals = work.Share.Merge(work.Signals.Fetch(work.Share.Start(batches)), batches);
            statistics = _ranks.GatherStatistics();
        }

        if (_checkpoints is null)
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
            ("state.epochs", $"{_history.Count}"), ("state.batches", $"{batches}"), ("state.rate", $"{_rate:R}"), ("state.visited", $"{_counters.Visited}"), ("state.steps", $"{_counters.Steps}"),
            ("state.forwards", $"{_counters.Forwards}"), ("state.backwards", $"{_counters.Backwards}"), ("state.refreshed", $"{_counters.Refreshed}"), ("state.optimizer_steps", $"{_optimizer.Steps}"),
        })
        {
            state.Fact(name, value.ToString(CultureInfo.InvariantCulture));
        }

        state.Fact("state.history", JsonSerializer.Serialize(_history, RunJson.Line.ListEpochReport));
        state.Fact("state.seconds", JsonSerializer.Serialize(_clock.Read(), RunJson.Line.PhaseSeconds));
        state.Fact("state.epoch_began", JsonSerializer.Serialize(_epochBegan, RunJson.Line.PhaseSeconds));
        foreach (var (name, tensor) in Tensors())
        {
            Add(state, name, tensor);
        }

        state.Add<long>(ClassTrained, _counters.ClassTrained.ToArray());
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
            state.Add<float>(Statistics, statistics, _ranks.Count, statistics.Length / _ranks.Count);
        }

        _scores?.Save(state);
        _pruner.Save(state);
        return state;
    }

    /// <summary>Overwrites the state of a run that hasn't begun.</summary>
    private void Load(CheckpointReader state)
    {
        _scores?.Load(state);
        _pruner = Pruner.Restore(state, _task.Dataset.Train, _policy, _trainer.PrunerOptions(_request));
        foreach (var (name, tensor) in Tensors())
        {
            Read(state, name, tensor);
        }

        if (state.Has(Statistics))
        {
            _ranks.LoadStatistics(state.Read<float>(Statistics));
        }

        _optimizer.Steps = state.Fact<long>("state.optimizer_steps");
        _rate = state.Fact<double>("state.rate");
        _history.AddRange(JsonSerializer.Deserialize(state.Fact("state.history"), RunJson.Line.ListEpochReport)!);
        _epochBegan = JsonSerializer.Deserialize(state.Fact("state.epoch_began"), RunJson.Line.PhaseSeconds)!;
        _clock.Add(JsonSerializer.Deserialize(state.Fact("state.seconds"), RunJson.Line.PhaseSeconds)!);
        _counters.Load(state.Fact<long>("state.visited"), state.Fact<long>("state.steps"), state.Fact<long>("state.forwards"), state.Fact<long>("state.backwards"), state.Fact<long>("state.refreshed"), state.Read<long>(ClassTrained));
        if (state.Facts.ContainsKey("state.refreshed_in_epoch"))
        {
            string[] names = [.. _observed.Signals.Append(SignalNames.Loss).Where(name => state.Has(Signal + name))];
            _resumed = new Resumed(
                state.Fact<int>("state.batches"),
                state.Fact("state.refreshed_in_epoch") == "not yet" ? null : state.Fact<int>("state.refreshed_in_epoch"),
                new SampleColumns(state.Fact<int>("state.observed"), names.Select(name => KeyValuePair.Create(name, state.Read<float>(Signal + name)))));
        }
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
        _model.State.Select(static entry => (Model + entry.Name, entry.Tensor)).Concat(_optimizer.NamedState().Select(static entry => (Optimizer + entry.Name, entry.Tensor)));

    /// <summary>What has to be the same for the run to be the same.</summary>
    private Dictionary<string, string> Identity()
    {
        var data = _task.Dataset;
        var identity = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["run.task"] = _task.Name,
            ["run.data"] = $"{data.Name} ({data.Fingerprint})",
            ["run.parameters"] = _trainer.Parameters.ToString(CultureInfo.InvariantCulture),
            ["run.method"] = _request.Method,
            ["run.seed"] = _request.Seed.ToString(CultureInfo.InvariantCulture),
            ["run.steps"] = _request.Steps?.ToString(CultureInfo.InvariantCulture) ?? "by epochs",
            ["run.learning_rate_scale"] = _request.LearningRateScale.ToString("R", CultureInfo.InvariantCulture),
        };
        if (_request.Until is { } until)
        {
            // Where there is none, as in checkpoints of before there could be.
            identity.Add("run.until", until.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var (name, value) in _task.Identity)
        {
            identity.Add("run." + name, value);
        }

        foreach (var (name, value) in _settings.Settings())
        {
            identity.Add("recipe." + name, value);
        }

        return identity;
    }

    /// <summary>What a checkpoint held of the epoch that it was written in.</summary>
    /// <param name="Batches">Batches done.</param>
    /// <param name="Refreshed">How many samples had been refreshed; null where that was still to come.</param>
    /// <param name="Signals">What the model said of their samples.</param>
    private sealed record Resumed(int Batches, int? Refreshed, SampleColumns Signals);
}
