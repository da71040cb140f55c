using Winnow.Plans;
using Winnow.Policies;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>
/// The samples of a batch that are trained on: the ids of all ranks', and of this rank's the places in its share and what their losses count, the weights of
/// plan and choice and the sample's size multiplied over the step's denominator.
/// </summary>
internal sealed record BatchChoice(int[] Ids, Tensor Places, Tensor LossWeights)
{
    /// <summary>
    /// Sends the candidates through the model as training would see them (the same augmented inputs, batch normalisation by the batch's own
    /// statistics), recording neither history nor running statistics, and lets the method choose by their losses. Waits for the device and, as the
    /// choice is among the whole batch, for the other ranks.
    /// </summary>
    public static BatchChoice Of(RunParts run, IBatchSelection selection, EpochWork work, in PlannedBatch batch, int index, Batch samples)
    {
        float[] losses;
        using (NewDisposeScope())
        {
            using var silent = no_grad();
            SampleOutput output;
            using (run.Model.KeepBuffers())
            {
                output = run.Pass.Measure(samples, run.Observed);
            }

            // Those that are chosen overwrite theirs with what the training pass says.
            work.Signals.Write(work.Share.Start(index), output);
            losses = work.Share.Merge(output.Losses.ToArray<float>(), index);
        }

        var weights = new float[batch.Count];
        selection.Select(new BatchSelectionContext { Seed = run.Request.Seed, Epoch = work.Plan.Epoch, Step = index }, losses, weights);
        var places = new List<long>(batch.Count);
        var ids = new List<int>(batch.Count);
        var kept = new List<double>(batch.Count);
        var (first, mine) = RankShare.Part(batch.Count, run.Ranks.Rank, run.Ranks.Count);
        var sizes = run.Task.Sizes.Span;
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

        var denominator = run.Settings.Normalization == LossNormalization.Batch ? parts : sum;
        return new BatchChoice(
            [.. ids],
            TensorData.FromSpan<long>([.. places]).to(run.Trainer.Device),
            TensorData.FromSpan<float>([.. kept.Select(weight => (float)(weight / denominator))]).to(run.Trainer.Device));
    }
}
