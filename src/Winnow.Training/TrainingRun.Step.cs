using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
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
        var labels = work.Labels.narrow(0, start, count);
        Choice? choice = null;
        Tensor logits;
        using (NewDisposeScope())
        {
            // Intermediates are let go at the end of this scope; autograd keeps the ones it needs.
            Tensor x;
            using (_clock.Enter(Phase.Data))
            {
                x = work.Samples.Take(start, count);
            }

            if (_policy.BatchSelection is { } selection && selection.SelectsAt(progress, index))
            {
                choice = Choose(selection, work, batch, index, x, labels);
                x = x.index_select(0, choice.Places);
                x = _train.IsImage && _recipe.Layout == MemoryLayout.ChannelsLast ? x.ToChannelsLast() : x;
            }

            using (Cast())
            {
                logits = _model.Forward(x);
            }

            logits = logits.MoveToOuterDisposeScope();
        }

        var scores = logits.to(ScalarType.Float32);
        var weights = work.LossWeights.narrow(0, start, count);
        if (choice is not null)
        {
            (labels, weights) = (labels.index_select(0, choice.Places), choice.LossWeights);
        }

        var perSample = SampleLosses(scores, labels);
        _ranks.Backward(perSample.dot(weights), save: _checkpoints?.DueAfterStep(_counters.Steps + 1) == true);
        _optimizer.Step(_rate);
        _optimizer.ZeroGrad();
        if (choice is null)
        {
            work.Signals.Write(start, perSample.detach(), scores.detach(), labels);
            _counters.Step(batch.Ids);
        }
        else
        {
            work.Signals.Write(start, count, choice.Places, perSample.detach(), scores.detach(), labels);
            _counters.Step(batch.Ids, choice.Ids);
        }

        TorchRuntime.EndStep();
    }

    /// <summary>
    /// Sends the candidates through the model as training would see them (the same augmented inputs, batch normalisation by the batch's own
    /// statistics), recording neither history nor running statistics, and lets the method choose by their losses. Waits for the device and, as the
    /// choice is among the whole batch, for the other ranks.
    /// </summary>
    private Choice Choose(IBatchSelection selection, EpochWork work, in PlannedBatch batch, int index, Tensor x, Tensor labels)
    {
        float[] losses;
        using (NewDisposeScope())
        {
            using var silent = no_grad();
            Tensor scores;
            using (_model.KeepBuffers())
            using (Cast())
            {
                scores = _model.Forward(x).to(ScalarType.Float32);
            }

            var perSample = SampleLosses(scores, labels);

            // Those that are chosen overwrite theirs with what the training pass says.
            work.Signals.Write(work.Share.Start(index), perSample, scores, labels);
            losses = work.Share.Merge(perSample.ToArray<float>(), index);
        }

        var weights = new float[batch.Count];
        selection.Select(new BatchSelectionContext { Seed = _request.Seed, Epoch = work.Plan.Epoch, Step = index }, losses, weights);
        var places = new List<long>(batch.Count);
        var ids = new List<int>(batch.Count);
        var kept = new List<float>(batch.Count);
        var (first, mine) = RankShare.Part(batch.Count, _ranks.Rank, _ranks.Count);
        double sum = 0;
        for (var k = 0; k < weights.Length; k++)
        {
            if (weights[k] is not (>= 0 and < float.PositiveInfinity))
            {
                throw new InvalidOperationException($"the method gave a sample the weight {weights[k]} within a batch; weights are finite and at least 0.");
            }

            if (weights[k] > 0)
            {
                var id = batch.Ids[k];
                var weight = weights[k] * work.Plan.Weights[id];
                ids.Add(id);
                sum += weight;
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

        var denominator = _recipe.Normalization == LossNormalization.Batch ? ids.Count : sum;
        return new Choice(
            [.. ids],
            OnDevice(TensorData.FromSpan<long>([.. places])),
            OnDevice(TensorData.FromSpan<float>([.. kept.Select(weight => (float)(weight / denominator))])));
    }

    /// <summary>Of the whole step, not of the scope in which the batch is made.</summary>
    private Tensor OnDevice(Tensor tensor) => tensor.to(_trainer.Device).MoveToOuterDisposeScope();

    private Tensor SampleLosses(Tensor scores, Tensor labels) =>
        nn.functional.cross_entropy(scores, labels, reduction: nn.Reduction.None, label_smoothing: _recipe.LabelSmoothing);

    /// <summary>
    /// What dropout and its like draw in a step depends on seed, epoch, step and rank alone: a run that goes on draws the same, and nothing has to be
    /// saved.
    /// </summary>
    private void SeedGenerator(int epoch, int step)
    {
        var stream = Rng.Derive(_request.Seed, epoch, "dropout");
        var at = 2 * (((ulong)step * (ulong)_ranks.Count) + (ulong)_ranks.Rank);
        using var generator = manual_seed(unchecked((long)(((ulong)stream.UInt32At(at) << 32) | stream.UInt32At(at + 1))));
    }

    /// <summary>
    /// The samples of a batch that are trained on: the ids of all ranks', and of this rank's the places in its share and what their losses count, the weights of
    /// plan and choice multiplied over the step's denominator.
    /// </summary>
    private sealed record Choice(int[] Ids, Tensor Places, Tensor LossWeights);
}
