using Winnow.Plans;
using Winnow.Policies;
using Winnow.Torch;

namespace Winnow.Training;

/// <content>One step, on a whole batch or on those of it that the method chooses.</content>
internal sealed partial class TrainingRun
{
    private void Step(EpochWork work, in PlannedBatch batch, int index, double progress)
    {
        using var step = new TensorScope();
        var here = work.Ids.Narrow(0, batch.Start, batch.Count);
        var labels = _train.Labels(here);
        Choice? choice = null;
        Tensor logits;
        using (new TensorScope())
        {
            // Intermediates are let go at the end of this scope; autograd keeps the ones it needs.
            var x = _train.Batch(here, work.Draws, batch.Start, batch.Count);
            if (_policy.BatchSelection is { } selection && selection.SelectsAt(progress, index))
            {
                choice = Choose(selection, work, batch, index, x, labels, step);
                x = Ops.IndexSelect(x, 0, choice.Places);
                x = _train.IsImage ? x.Contiguous(MemoryFormat.ChannelsLast) : x;
            }

            using (Cast())
            {
                logits = _model.Forward(x);
            }

            step.Adopt(logits);
        }

        var scores = logits.To(ScalarType.Float32);
        var weights = work.Weights.Narrow(0, batch.Start, batch.Count);
        var denominator = LossDenominator.Of(_recipe.Normalization, batch);
        if (choice is not null)
        {
            (labels, weights) = (Ops.IndexSelect(labels, 0, choice.Places), choice.Weights);
            denominator = _recipe.Normalization == LossNormalization.Batch ? choice.Ids.Length : choice.WeightSum;
        }

        var perSample = Ops.CrossEntropy(scores, labels, Reduction.None, _recipe.LabelSmoothing);
        Ops.Div(Ops.Sum(Ops.Mul(perSample, weights)), denominator).Backward();
        _optimizer.Step(_rate);
        _optimizer.ZeroGrad();
        if (choice is null)
        {
            work.Signals.Write(batch.Start, perSample.Detach(), scores.Detach(), labels);
            _books.Step(batch.Ids);
        }
        else
        {
            work.Signals.Write(batch.Start, batch.Count, choice.Places, perSample.Detach(), scores.Detach(), labels);
            _books.Step(batch.Ids, choice.Ids);
        }
    }

    /// <summary>
    /// Sends the candidates through the model as training would see them (the same augmented inputs, batch normalisation by the batch's own
    /// statistics), recording neither history nor running statistics, and lets the method choose by their losses. Waits for the device.
    /// </summary>
    private Choice Choose(IBatchSelection selection, EpochWork work, in PlannedBatch batch, int index, Tensor x, Tensor labels, TensorScope step)
    {
        float[] losses;
        using (new TensorScope())
        {
            using var silent = NoGrad.Enter();
            _model.Train(recordStatistics: false);
            Tensor scores;
            using (Cast())
            {
                scores = _model.Forward(x).To(ScalarType.Float32);
            }

            _model.Train();
            var perSample = Ops.CrossEntropy(scores, labels, Reduction.None, _recipe.LabelSmoothing);

            // Those that are chosen overwrite theirs with what the training pass says.
            work.Signals.Write(batch.Start, perSample, scores, labels);
            losses = perSample.ToArray<float>();
        }

        var weights = new float[batch.Count];
        selection.Select(new BatchSelectionContext { Seed = _request.Seed, Epoch = work.Plan.Epoch, Step = index }, losses, weights);
        var places = new List<long>(batch.Count);
        var ids = new List<int>(batch.Count);
        var kept = new List<float>(batch.Count);
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
                places.Add(k);
                ids.Add(id);
                kept.Add(weights[k] * work.Plan.Weights[id]);
                sum += kept[^1];
            }
        }

        if (ids.Count == 0)
        {
            throw new InvalidOperationException($"the method chose none of the {batch.Count} samples of a batch; at least one must be trained on.");
        }

        return new Choice(
            [.. ids],
            step.Adopt(Tensor.FromSpan<long>([.. places], [ids.Count]).To(_trainer.Device)),
            step.Adopt(Tensor.FromSpan<float>([.. kept], [ids.Count]).To(_trainer.Device)),
            sum);
    }

    /// <summary>The samples of a batch that are trained on: ids, places in the batch, and the weights of plan and choice multiplied.</summary>
    private sealed record Choice(int[] Ids, Tensor Places, Tensor Weights, double WeightSum);
}
