using System.Globalization;
using Winnow.Catalog;
using Winnow.Checkpoints;
using Winnow.Networks;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores;
using Winnow.Networks.Sparsity;
using Winnow.Records;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>
/// The weights that a run drops while it trains. The schedule goes by the run's progress and not by its steps: a run on fewer samples reaches each density at the same share of its length.
/// </summary>
internal sealed class RunSparsity : IDisposable
{
    private const string Masks = "masks.";

    private readonly RunParts _run;
    private readonly WeightPruner? _pruner;
    private readonly long _parameters;
    private long _steps;

    // Σ over steps of the weights that take part: whole numbers, since a run that goes on has to come to the same bits.
    private Int128 _sum;

    /// <exception cref="RecipeException">The network, or how it is trained, can't be made sparse so.</exception>
    public RunSparsity(RunParts run)
    {
        (_run, _parameters) = (run, run.Model.ParameterCount);
        _pruner = Create(run.Settings, run.Model, run.Request.Steps ?? run.Trainer.FullSteps, run.Request.Seed, run.Request.Start?.Masks);
        if (_pruner is not null && run.Ranks.Count > 1 && NeedsGradients(_pruner))
        {
            throw new RecipeException($"{_pruner.Method} goes by gradients of a batch, of which each of {run.Ranks.Count} processes has a share only; train in one process, or drop weights by magnitude.");
        }
    }

    /// <summary>The kept share of the weights that can be dropped; null where none are.</summary>
    public double? Density => _pruner is null ? null : _pruner.Masks?.Density ?? 1;

    /// <summary>What is kept; null where nothing is dropped.</summary>
    public MaskSet? Kept => _pruner?.Masks;

    /// <summary>What the run drops, of a network of given settings; null where it drops nothing.</summary>
    /// <exception cref="RecipeException">The network can't be made sparse so.</exception>
    public static WeightPruner? Create(TrainingSettings settings, Network model, long steps, ulong seed, MaskSet? start)
    {
        if (settings.SparsityMethod is null && start is null)
        {
            return null;
        }

        try
        {
            var pruner = new WeightPruner(model.Module, settings.SparsityMethod, settings.Density, steps, seed, masks: start);
            if (NeedsGradients(pruner) && pruner.Method!.Schedule.At(steps, steps, settings.Density ?? 1).IsUpdate)
            {
                pruner.Dispose();
                throw new RecipeException($"{pruner.Method} goes by gradients and ends with the run's last step, after which there is no batch to take any of; let the schedule end earlier, e.g. until=0.75.");
            }

            return pruner;
        }
        catch (NetworkPruningException error)
        {
            throw new RecipeException(error.Message);
        }
    }

    /// <summary>Before a step: chooses the mask anew where the schedule says so.</summary>
    /// <param name="progress">How far the run is, in [0, 1].</param>
    /// <param name="last">Whether it is the run's last: a method that goes by gradients makes good in it what lies between it and the end, after which there are none.</param>
    /// <param name="batch">The step's batch.</param>
    /// <param name="lossWeights">What each sample's loss counts in the step.</param>
    public void Before(double progress, bool last, Batch batch, Tensor lossWeights)
    {
        if (_pruner is null)
        {
            return;
        }

        var step = last && NeedsGradients(_pruner) ? _pruner.Steps - 1 : Step(progress);
        if (!_pruner.IsDue(step))
        {
            // So that the schedule isn't looked at for these steps again.
            _ = _pruner.Advance(step);
            return;
        }

        using var scope = NewDisposeScope();

        // A look at the batch as training sees it: running statistics don't move by it.
        using var buffers = _run.Model.KeepBuffers();
        Advance(step, input => input with
        {
            Loss = () =>
            {
                _run.Counters.Look(batch.Count, batch.Count);
                return _run.Pass.Measure(batch, _run.Refreshed).Losses.dot(lossWeights);
            },
            Sample = Part(batch, Batch.Input)?.narrow(0, 0, 1),
        });
    }

    /// <summary>Between the backward pass and the step: dropped weights aren't moved.</summary>
    public void Between() => _pruner?.ApplyToGradients();

    /// <summary>After a step.</summary>
    public void After()
    {
        _steps++;
        _sum += _parameters - (_pruner?.Dropped ?? 0);
        if (_run.Trainer.Options.Optimizer is not null)
        {
            // What isn't known may move weights without gradients, too.
            _pruner?.AfterStep(_run.Optimizer);
        }
    }

    /// <summary>After the last step: what the schedule has left for the end.</summary>
    public void Finish()
    {
        if (_pruner?.IsDue(_pruner.Steps) == true)
        {
            Advance(_pruner.Steps, static input => input);
        }
    }

    /// <summary>What the run came to.</summary>
    public NetworkTotals Totals() => new()
    {
        Parameters = _parameters,
        AverageParameters = _steps == 0 ? _parameters : (double)_sum / _steps,
        Sparsify = _pruner?.Method?.Spec,
        Density = _run.Settings.Density,
        Layers = _pruner is null ? [] : [.. _pruner.Weights.Select(weight => new LayerDensity(weight.Name, _pruner.Masks?.Find(weight.Name)?.Kept ?? weight.Weight.numel(), weight.Weight.numel()))],
    };

    /// <summary>Adds the state to a checkpoint.</summary>
    public void Save(CheckpointWriter state)
    {
        state.Fact("state.sparsity", string.Create(CultureInfo.InvariantCulture, $"{_steps} {_sum} {_pruner?.Next ?? 0} {_pruner?.Updates ?? 0}"));
        foreach (var mask in Kept ?? Enumerable.Empty<Mask>())
        {
            state.Add<byte>(Masks + mask.Name, mask.ToPackedBits());
        }
    }

    /// <summary>Takes the state from a checkpoint.</summary>
    public void Load(CheckpointReader state)
    {
        if (!state.Facts.TryGetValue("state.sparsity", out var text))
        {
            // Of before there was any: nothing was dropped.
            (_steps, _sum) = (_run.Counters.Steps, (Int128)_run.Counters.Steps * _parameters);
            return;
        }

        var numbers = Array.ConvertAll(text.Split(' '), part => NumberText.Read(part, out Int128 number) is null ? number : throw new CheckpointException($"\"state.sparsity\" in the checkpoint is \"{text}\", which is no list of whole numbers; it was written by something else"));
        (_steps, _sum) = ((long)numbers[0], numbers[1]);
        _pruner?.Restore(
            _pruner.Weights.All(weight => state.Has(Masks + weight.Name)) ? new(_pruner.Weights.Select(weight => Mask.FromPackedBits(weight.Name, state.Read<byte>(Masks + weight.Name), weight.Weight.shape))) : null,
            (long)numbers[2], (int)numbers[3]);
    }

    public void Dispose() => _pruner?.Dispose();

    private static bool NeedsGradients(WeightPruner pruner) => pruner.Method?.NeedsGradients == true;

    private static Tensor? Part(Batch batch, string name) => batch.Parts.FirstOrDefault(part => part.Key == name).Value;

    private long Step(double progress) => (long)Math.Round(progress * _pruner!.Steps, MidpointRounding.AwayFromZero);

    private void Advance(long step, Func<ScoreInput, ScoreInput> evidence)
    {
        try
        {
            _ = _pruner!.Advance(step, evidence);
            _pruner.ApplyTo(_run.Optimizer);
        }
        catch (NetworkPruningException error)
        {
            throw new TrainingFailedException($"weights can't be dropped at step {step} of {_pruner!.Steps}: {error.Message}", error);
        }
    }
}
