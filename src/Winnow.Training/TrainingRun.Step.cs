using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <content>One step, on a whole batch or on those of it that the method chooses.</content>
internal sealed partial class TrainingRun
{
    private void Step(EpochWork work, in PlannedBatch batch, int index, double progress)
    {
        using var step = NewDisposeScope();
        SeedGenerator(work.Plan.Epoch, index);
        var (start, count) = (work.Share.Start(index), work.Share.Count(index));
        Batch whole;
        using (_clock.Enter(Phase.Data))
        {
            whole = work.Samples.Take(start, count);
        }

        Choice? choice = null;
        if (_policy.BatchSelection is { } selection && selection.SelectsAt(progress, index))
        {
            choice = Choose(selection, work, batch, index, whole);
            whole = whole.Select(choice.Places);
        }

        var weights = choice?.LossWeights ?? work.LossWeights.narrow(0, start, count);
        var (trained, most) = (whole.Count, _settings.MicroBatchSize ?? whole.Count);
        for (var first = 0; first < trained; first += most)
        {
            using var part = NewDisposeScope();
            var length = Math.Min(most, trained - first);
            var samples = whole.Narrow(first, length);
            var output = _pass.Measure(samples, _observed);
            if (_counters.Steps == 0 && !output.Losses.detach().isfinite().any().item<bool>())
            {
                // Later ones are looked at when their epoch ends; nobody should wait for that if nothing ever worked.
                throw new TrainingFailedException("every loss of the first batch is non-finite: look at the data and at the loss.");
            }

            _ranks.Backward(
                output.Losses.dot(weights.narrow(0, first, length)),
                save: _checkpoints?.DueAfterStep(_counters.Steps + 1) == true,
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

        if (_settings.ClipNorm is { } norm)
        {
            nn.utils.clip_grad_norm_(_model.Parameters, norm);
        }

        _optimizer.Step(_rate);
        _optimizer.ZeroGrad();
        if (choice is null)
        {
            _counters.Step(batch.Ids);
        }
        else
        {
            _counters.Step(batch.Ids, choice.Ids);
        }

        TorchRuntime.EndStep();
    }

    /// <summary>
    /// Sends the candidates through the model as training would see them (the same augmented inputs, batch normalisation by the batch's own
    /// statistics), recording neither history nor running statistics, and lets the method choose by their losses. Waits for the device and, as the
    /// choice is among the whole batch, for the other ranks.
    /// </summary>
    private Choice Choose(IBatchSelection selection, EpochWork work, in PlannedBatch batch, int index, Batch samples)
    {
        float[] losses;
        using (NewDisposeScope())
        {
            using var silent = no_grad();
            SampleOutput output;
            using (_model.KeepBuffers())
            {
                output = _pass.Measure(samples, _observed);
            }

            // Those that are chosen overwrite theirs with what the training pass says.
            work.Signals.Write(work.Share.Start(index), output);
            losses = work.Share.Merge(output.Losses.ToArray<float>(), index);
        }

        var weights = new float[batch.Count];
        selection.Select(new BatchSelectionContext { Seed = _request.Seed, Epoch = work.Plan.Epoch, Step = index }, losses, weights);
        var places = new List<long>(batch.Count);
        var ids = new List<int>(batch.Count);
        var kept = new List<double>(batch.Count);
        var (first, mine) = RankShare.Part(batch.Count, _ranks.Rank, _ranks.Count);
        var sizes = _task.Sizes.Span;
        double sum = 0, parts = 0;
        for (var k = 0; k < weights.Length; k++)
        {
            if (weights[k] is not (>= 0 and < float.PositiveInfinity))
            {
                throw new InvalidOperationException($"the method gave a sample the weight {weights[k]} within a batch; weights are finite and at least 0.");
            }

            if (weights[k] > 0)
            {
                var id = batch.Ids[k];
                double size = sizes.IsEmpty ? 1 : sizes[id];
                var weight = weights[k] * work.Plan.Weights[id] * size;
                ids.Add(id);
                sum += weight;
                parts += size;
                if (k >= first && k < first + mine)
                {
                    places.Add(k - first);
                    kept.Add(weight);
                }
            }
        }

        if (ids.Count == 0)
        {
            throw new InvalidOperationException($"the method chose none of the {batch.Count} samples of a batch; at least one must be trained on.");
        }

        if (places.Count == 0)
        {
            // All that were chosen are other ranks': this one takes part in their step with a sample that weighs nothing.
            places.Add(0);
            kept.Add(0);
        }

        var denominator = _settings.Normalization == LossNormalization.Batch ? parts : sum;
        return new Choice(
            [.. ids],
            TensorData.FromSpan<long>([.. places]).to(_trainer.Device),
            TensorData.FromSpan<float>([.. kept.Select(weight => (float)(weight / denominator))]).to(_trainer.Device));
    }

    /// <summary>
    /// What dropout and its like draw in a step depends on seed, epoch, step and rank alone: a run that goes on draws the same, and nothing has to be
    /// saved.
    /// </summary>
    private void SeedGenerator(int epoch, int step)
    {
        var stream = Rng.Derive(_request.Seed, epoch, "dropout");
        var at = 2 * (((ulong)step * (ulong)_ranks.Count) + (ulong)_ranks.Rank);
        Network.SeedDraws(((ulong)stream.UInt32At(at) << 32) | stream.UInt32At(at + 1));
    }

    /// <summary>
    /// The samples of a batch that are trained on: the ids of all ranks', and of this rank's the places in its share and what their losses count, the weights of
    /// plan and choice and the sample's size multiplied over the step's denominator.
    /// </summary>
    private sealed record Choice(int[] Ids, Tensor Places, Tensor LossWeights);
}
