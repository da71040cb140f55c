using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class BatchLossTests
{
    private static void Observe(BatchLossSource policy, SampleTable table, long[] ids, float[] batch, bool refreshed = false)
    {
        var signals = new BatchSignals { Ids = ids, Losses = batch, Refreshed = refreshed }.With(Signal.BatchLoss, batch);
        table.Mark(signals);
        policy.Observe(table, signals);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.7)]
    [InlineData(0.0)]
    [InlineData(0.999)]
    public void Tells_the_inner_policy_the_debiased_mean_of_the_batches_losses(double alpha)
    {
        // The definition: s = alpha·s + (1 - alpha)·loss from 0, divided by 1 - alpha^n.
        var policy = new BatchLossSource(new InfoBatchPolicy(), alpha);
        var table = Tables.Empty(policy, 3);
        var sums = new double[3];
        var counts = new int[3];
        var losses = Tables.Skewed(900);
        for (var step = 0; step < losses.Length; step++)
        {
            var id = step % 7 == 0 ? 0 : step % 2 == 0 ? 1 : 2;
            sums[id] = (alpha * sums[id]) + ((1 - alpha) * losses[step]);
            counts[id]++;
            Observe(policy, table, [id], [losses[step]]);
            var expected = sums[id] / (1 - Math.Pow(alpha, counts[id]));
            Assert.InRange(table[Column.Loss][id], expected - (3e-4 * (1 + expected)), expected + (3e-4 * (1 + expected)));
            if (counts[id] == 1)
            {
                Assert.Equal(losses[step], table[Column.Loss][id]);
            }
        }
    }

    [Fact]
    public void Makes_a_sample_seen_rarely_look_no_easier()
    {
        // Both were always in batches of loss 2. Without the division the one seen once would have 0.2.
        var policy = new BatchLossSource(new InfoBatchPolicy(), 0.9);
        var table = Tables.Empty(policy, 2);
        Observe(policy, table, [0], [2f]);
        for (var i = 0; i < 2000; i++)
        {
            Observe(policy, table, [1], [2f]);
        }

        Assert.Equal((2f, 2f), (table[Column.Loss][0], table[Column.Loss][1]));
    }

    [Fact]
    public void Takes_batch_losses_in_place_of_losses()
    {
        Assert.Equal([Signal.BatchLoss], new BatchLossSource(new InfoBatchPolicy(), 0.9).Needs);
        Assert.Equal([Signal.Confidence, Signal.Correct, Signal.BatchLoss], new BatchLossSource(new KakurenboPolicy(), 0.9).Needs);
        var pruner = new Pruner(60, PolicyCatalog.Parse("infobatch+batch-loss+max-age"), new() { Epochs = 6, Seed = 1 });
        for (var epoch = 0; epoch < 6; epoch++)
        {
            var plan = pruner.Plan(epoch);
            Assert.Equal(epoch is 0 or 5, plan.Count == 60);
            for (var i = 0; i < plan.Steps(10); i++)
            {
                pruner.Observe(plan.Batch(i, 10), 1f + i);
            }
        }
    }

    [Fact]
    public void Counts_a_batch_without_a_number_as_no_news()
    {
        var policy = new BatchLossSource(new InfoBatchPolicy(), 0.9);
        var table = Tables.Empty(policy, 2);
        Observe(policy, table, [0, 1], [1f, 1f]);
        // Each loss is a number, yet the batch has none: what the inner policy is told is none either, so the sample must be kept.
        policy.Observe(table, new BatchSignals { Ids = [0], Losses = [5f] }.With(Signal.BatchLoss, [float.NaN]));
        Assert.Equal((SampleFlags.Seen | SampleFlags.NonFinite, SampleFlags.Seen), (table.Flags[0], table.Flags[1]));
        Observe(policy, table, [0], [2f]);
        Assert.Equal(SampleFlags.Seen, table.Flags[0]);
        // (0.9·0.1·1 + 0.1·2) / (1 - 0.81).
        Assert.Equal(0.29 / 0.19, table[Column.Loss][0], 5);
    }

    [Fact]
    public void Leaves_the_mean_as_it_is_when_a_sample_is_only_looked_at()
    {
        var policy = new BatchLossSource(new InfoBatchPolicy(), 0.9);
        var table = Tables.Empty(policy, 2);
        Observe(policy, table, [0], [1f]);
        Observe(policy, table, [0, 1], [7f, 7f], refreshed: true);
        Assert.Equal(1f, table[Column.Loss][0]);
        // Where nothing is known a look is better than nothing.
        Assert.Equal(7f, table[Column.Loss][1]);
    }

    [Fact]
    public void Refuses_a_method_that_compares_losses_with_their_batch()
    {
        var error = Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse("repb+max-age+batch-loss:alpha=0.7"));
        Assert.StartsWith("\"batch-loss:alpha=0.7\" stands around a method that compares each loss with the mean of its batch", error.Message, StringComparison.Ordinal);
        Assert.Contains("such as infobatch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_weight_of_1()
    {
        foreach (var alpha in new[] { 1, -0.1, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLossSource(new FullPolicy(), alpha));
        }
    }
}
