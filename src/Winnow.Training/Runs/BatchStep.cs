using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>One optimiser step, on a whole batch or on those of it that the method chooses.</summary>
/// <param name="run">The run.</param>
internal sealed class BatchStep(RunParts run)
{
    /// <summary>Takes the step of a batch.</summary>
    /// <param name="work">The epoch.</param>
    /// <param name="batch">The batch, of all ranks.</param>
    /// <param name="index">Its number in the epoch, 0-based.</param>
    /// <param name="progress">How far the run is, in [0, 1].</param>
    /// <param name="last">Whether it is the run's last step.</param>
    public void Take(EpochWork work, in PlannedBatch batch, int index, double progress, bool last)
    {
        using var step = NewDisposeScope();
        SeedGenerator(work.Plan.Epoch, index);
        var (start, count) = (work.Share.Start(index), work.Share.Count(index));
        Batch whole;
        using (run.Clock.Enter(Phase.Data))
        {
            whole = work.Samples.Take(start, count);
        }

        BatchChoice? choice = null;
        if (run.Policy.BatchSelection is { } selection && selection.SelectsAt(progress, index))
        {
            choice = BatchChoice.Of(run, selection, work, batch, index, whole);
            whole = whole.Select(choice.Places);
        }

        var weights = choice?.LossWeights ?? work.LossWeights.narrow(0, start, count);
        var (trained, most) = (whole.Count, run.Settings.MicroBatchSize ?? whole.Count);
        run.Sparsity.Before(progress, last, whole.Narrow(0, Math.Min(most, trained)), weights.narrow(0, 0, Math.Min(most, trained)));
        for (var first = 0; first < trained; first += most)
        {
            using var part = NewDisposeScope();
            var length = Math.Min(most, trained - first);
            var samples = whole.Narrow(first, length);
            var output = run.Pass.Measure(samples, run.Observed);
            if (run.Counters.Steps == 0 && !output.Losses.detach().isfinite().any().item<bool>())
            {
                // Later ones are looked at when their epoch ends; nobody should wait for that if nothing ever worked.
                throw new TrainingFailedException("every loss of the first batch is non-finite: look at the data and at the loss.");
            }

            run.Ranks.Backward(
                output.Losses.dot(weights.narrow(0, first, length)),
                save: run.Checkpoints?.DueAfterStep(run.Counters.Steps + 1) == true,
                last: first + length == trained);
            if (choice is null)
            {
                work.Signals.Write(start + first, output);
            }
            else
            {
                work.Signals.Write(start, count, choice.Places.narrow(0, first, length), output);
            }
        }

        run.Penalty?.AddToGradients();
        run.Sparsity.Between();
        if (run.Settings.ClipNorm is { } norm)
        {
            nn.utils.clip_grad_norm_(run.Model.Parameters, norm);
        }

        run.Optimizer.Step(run.Rate);
        run.Sparsity.After();
        run.Optimizer.ZeroGrad();
        if (choice is null)
        {
            run.Counters.Step(batch.Ids);
        }
        else
        {
            run.Counters.Step(batch.Ids, choice.Ids);
        }

        TorchRuntime.EndStep();
    }

    /// <summary>
    /// What dropout and its like draw in a step depends on seed, epoch, step and rank alone: a run that goes on draws the same, and nothing has to be
    /// saved.
    /// </summary>
    private void SeedGenerator(int epoch, int step)
    {
        var stream = Rng.Derive(run.Request.Seed, epoch, "dropout");
        var at = 2 * (((ulong)step * (ulong)run.Ranks.Count) + (ulong)run.Ranks.Rank);
        Network.SeedDraws(stream.SeedAt(at));
    }
}
