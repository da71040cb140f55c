using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

/// <summary>An epoch observed at once goes through another path than its batches one by one; both must come to the same.</summary>
public class PrunerBulkTests
{
    private const int Samples = 300_000;

    private sealed class Recorder : IPruningPolicy
    {
        private static readonly Column s_loss = new("a"), s_mean = new("b"), s_confidence = new("c"), s_correct = new("d"), s_epoch = new("e");

        public IReadOnlyList<Column> Columns => [s_loss, s_mean, s_confidence, s_correct, s_epoch];

        public IReadOnlyList<Signal> Needs => [Signal.Loss, Signal.Confidence, Signal.Correct, Signal.BatchLoss];

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (var i = 0; i < batch.Ids.Length; i++)
            {
                var id = (int)batch.Ids[i];
                samples[s_loss][id] = batch.Losses[i];
                samples[s_mean][id] = batch[Signal.BatchLoss][i];
                samples[s_confidence][id] = batch[Signal.Confidence][i];
                samples[s_correct][id] = batch[Signal.Correct][i] == 1 ? 1 : -1;
                samples[s_epoch][id] = batch.Epoch;
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = i % 3 == 0 ? 0 : i % 3;
            }
        }
    }

    private static Pruner Observed(int threads, int parts, int segment = 0, PlanOrder order = PlanOrder.Listed)
    {
        var pruner = new Pruner(Samples, new Recorder(), new() { Epochs = 5, Seed = 3, Threads = threads, Order = order });
        if (segment > 0)
        {
            pruner.Intake.Segment = segment;
        }

        var plan = pruner.Plan(2);
        float[] losses = Policies.Tables.Skewed(plan.Count), means = new float[plan.Count];
        losses[5] = float.NaN;
        losses[77_777] = float.PositiveInfinity;
        plan.BatchMeans(losses, 128, means);
        float[] confidences = [.. losses.Select(static l => MathF.Exp(-l))];
        bool[] correct = [.. losses.Select(static l => l < 0.7f)];
        for (var p = 0; p < parts; p++)
        {
            int start = (int)((long)p * plan.Count / parts), count = (int)((p + 1L) * plan.Count / parts) - start;
            pruner.Observe(plan.All.Slice(start, count), new BatchSignals { Losses = losses }.With(Signal.BatchLoss, means).With(Signal.Confidence, confidences).With(Signal.Correct, SignalRules.Flags(correct)).Slice(start, count));
        }

        return pruner;
    }

    [Fact]
    public void An_epoch_at_once_leaves_the_same_as_its_batches_one_by_one()
    {
        Pruner bulk = Observed(threads: 0, parts: 1), small = Observed(threads: 1, parts: 1000);
        foreach (var column in bulk.Samples.Columns)
        {
            Assert.Equal(small.Samples[column].ToArray(), bulk.Samples[column].ToArray());
        }

        Assert.Equal(small.Samples.Flags.ToArray(), bulk.Samples.Flags.ToArray());
        Assert.Equal((0, 0), (small.Unobserved, bulk.Unobserved));
        Assert.Equal((2L, 2L), (small.Statistics.NonFinite, bulk.Statistics.NonFinite));
        Assert.Equal(small.Statistics.MeanLoss, bulk.Statistics.MeanLoss, 12);
        Assert.Equal(small.Statistics.WeightedLoss, bulk.Statistics.WeightedLoss, 12);
    }

    [Fact]
    public void Threads_change_no_bit_of_it()
    {
        var one = Observed(threads: 1, parts: 1);
        foreach (var threads in new[] { 0, 2, 5 })
        {
            var many = Observed(threads, parts: 1);
            foreach (var column in one.Samples.Columns)
            {
                Assert.Equal(one.Samples[column].ToArray(), many.Samples[column].ToArray());
            }

            Assert.Equal(one.Statistics with { StoredLoss = 0 }, many.Statistics with { StoredLoss = 0 });
        }
    }

    private static void AssertSame(Pruner expected, Pruner actual)
    {
        foreach (var column in expected.Samples.Columns)
        {
            Assert.Equal(expected.Samples[column].ToArray(), actual.Samples[column].ToArray());
        }

        Assert.Equal(expected.Samples.Flags.ToArray(), actual.Samples.Flags.ToArray());
        Assert.Equal(0, actual.Unobserved);
    }

    [Theory]
    [InlineData(PlanOrder.Listed)]
    [InlineData(PlanOrder.Keyed)]
    public void An_epoch_taken_in_segments_leaves_the_same_as_at_once(PlanOrder order)
    {
        var once = Observed(threads: 0, parts: 1, order: order);
        // A segment of this size doesn't divide the 200,000 visits.
        var segments = Observed(threads: 0, parts: 1, segment: 33_333, order: order);
        AssertSame(once, segments);
        Assert.Equal(once.Statistics.MeanLoss, segments.Statistics.MeanLoss, 12);
        Assert.Equal(once.Statistics.WeightedLoss, segments.Statistics.WeightedLoss, 12);
        Assert.Equal(segments.Statistics with { StoredLoss = 0 }, Observed(threads: 1, parts: 1, segment: 33_333, order: order).Statistics with { StoredLoss = 0 });
        // Where the caller's parts are the segments, not a bit of the sums differs either.
        var own = Observed(threads: 2, parts: 4, order: order);
        Assert.Equal(own.Statistics with { StoredLoss = 0 }, Observed(threads: 0, parts: 1, segment: 50_000, order: order).Statistics with { StoredLoss = 0 });
        AssertSame(once, own);
    }

    [Fact]
    public void A_keyed_epoch_at_once_leaves_the_same_as_its_batches_one_by_one()
    {
        Pruner bulk = Observed(threads: 0, parts: 1, order: PlanOrder.Keyed), small = Observed(threads: 1, parts: 1000, order: PlanOrder.Keyed);
        AssertSame(small, bulk);
        Assert.False(bulk.Current!.HasList);
        Assert.False(small.Current!.HasList);
        Assert.Equal(small.Statistics.WeightedLoss, bulk.Statistics.WeightedLoss, 12);
    }

    [Fact]
    public void Ids_and_tickets_of_a_keyed_plan_cover_the_same_samples()
    {
        var pruner = new Pruner(1000, PolicyCatalog.Parse("infobatch"), new() { Epochs = 5, Seed = 3, Order = PlanOrder.Keyed });
        var plan = pruner.Plan(0);
        pruner.Observe(plan.All.Slice(100, 300), new float[300]);
        var ids = new long[500];
        plan.All.Slice(0, 500).CopyIds(ids);
        pruner.Observe(ids, new float[500]);
        Assert.Equal((500, 300L), (pruner.Unobserved, pruner.Statistics.Repeated));
        pruner.Observe(plan.All.Slice(450, 100), new float[100]);
        Assert.Equal((450, 350L), (pruner.Unobserved, pruner.Statistics.Repeated));
        var rest = new int[5];
        plan.CopyOrder(550, rest);
        Assert.Contains($"(such as {string.Join(", ", rest)})", Assert.Throws<InvalidOperationException>(() => pruner.Plan(1)).Message, StringComparison.Ordinal);
        Assert.False(plan.HasList);
    }
}
