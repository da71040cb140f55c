using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

/// <summary>An epoch observed at once goes through another path than its batches one by one; both must come to the same.</summary>
public class PrunerBulkTests
{
    const int Samples = 300_000;

    sealed class Recorder : IPruningPolicy
    {
        static readonly Column s_loss = new("a"), s_mean = new("b"), s_confidence = new("c"), s_correct = new("d"), s_epoch = new("e");

        public IReadOnlyList<Column> Columns => [s_loss, s_mean, s_confidence, s_correct, s_epoch];

        public Signals Needs => Signals.Losses | Signals.Predictions | Signals.BatchLosses;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (int i = 0; i < batch.Ids.Length; i++)
            {
                int id = (int)batch.Ids[i];
                samples[s_loss][id] = batch.Losses[i];
                samples[s_mean][id] = batch.BatchLosses[i];
                samples[s_confidence][id] = batch.Confidences[i];
                samples[s_correct][id] = batch.Correct[i] ? 1 : -1;
                samples[s_epoch][id] = batch.Epoch;
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            for (int i = 0; i < weights.Length; i++) weights[i] = i % 3 == 0 ? 0 : i % 3;
        }
    }

    static Pruner Observed(int threads, int parts)
    {
        var pruner = new Pruner(Samples, new Recorder(), new() { Epochs = 5, Seed = 3, Threads = threads });
        EpochPlan plan = pruner.Plan(2);
        float[] losses = Policies.Tables.Skewed(plan.Count), means = new float[plan.Count];
        losses[5] = float.NaN;
        losses[77_777] = float.PositiveInfinity;
        plan.BatchMeans(losses, 128, means);
        float[] confidences = [.. losses.Select(static l => MathF.Exp(-l))];
        bool[] correct = [.. losses.Select(static l => l < 0.7f)];
        for (int p = 0; p < parts; p++)
        {
            int start = (int)((long)p * plan.Count / parts), count = (int)((p + 1L) * plan.Count / parts) - start;
            pruner.Observe(plan.All.Slice(start, count), new BatchSignals { Losses = losses, BatchLosses = means, Confidences = confidences, Correct = correct }.Slice(start, count));
        }
        return pruner;
    }

    [Fact]
    public void An_epoch_at_once_leaves_the_same_as_its_batches_one_by_one()
    {
        Pruner bulk = Observed(threads: 0, parts: 1), small = Observed(threads: 1, parts: 1000);
        foreach (Column column in bulk.Samples.Columns) Assert.Equal(small.Samples[column].ToArray(), bulk.Samples[column].ToArray());
        Assert.Equal(small.Samples.Flags.ToArray(), bulk.Samples.Flags.ToArray());
        Assert.Equal((0, 0), (small.Unobserved, bulk.Unobserved));
        Assert.Equal((2L, 2L), (small.Statistics.NonFinite, bulk.Statistics.NonFinite));
        Assert.Equal(small.Statistics.MeanLoss, bulk.Statistics.MeanLoss, 12);
        Assert.Equal(small.Statistics.WeightedLoss, bulk.Statistics.WeightedLoss, 12);
    }

    [Fact]
    public void Threads_change_no_bit_of_it()
    {
        Pruner one = Observed(threads: 1, parts: 1);
        foreach (int threads in new[] { 0, 2, 5 })
        {
            Pruner many = Observed(threads, parts: 1);
            foreach (Column column in one.Samples.Columns) Assert.Equal(one.Samples[column].ToArray(), many.Samples[column].ToArray());
            Assert.Equal(one.Statistics with { StoredLoss = 0 }, many.Statistics with { StoredLoss = 0 });
        }
    }
}
