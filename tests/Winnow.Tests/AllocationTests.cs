using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

public class AllocationTests
{
    [Theory]
    [InlineData("full")]
    [InlineData("random")]
    [InlineData("infobatch")]
    [InlineData("infobatch-quantile")]
    [InlineData("kakurenbo")]
    [InlineData("ies")]
    [InlineData("selective-backprop")]
    [InlineData("random+max-age")]
    [InlineData("random+confident")]
    [InlineData("random+class-floor:keep=0.9")]
    [InlineData("full+loss-cap:from=0")]
    public void A_plan_allocates_its_two_arrays_and_a_little_that_does_not_grow_with_the_samples(string spec)
    {
        const int Samples = 1_000_000;
        IPruningPolicy policy = PolicyCatalog.Parse(spec);
        var table = new SampleTable(Samples, policy.Columns, Enumerable.Range(0, Samples).Select(static i => i % 10).ToArray());
        table.Flags.Fill(SampleFlags.Seen);
        foreach (Column column in policy.Columns) Policies.Tables.Skewed(Samples).CopyTo(table[column]);
        var context = new EpochContext { Epoch = 1, TotalEpochs = 10, Seed = 1, Threads = 1 };
        EpochPlan plan = EpochPlan.Create(policy, context, table);
        long allocated = Least(() => EpochPlan.Create(policy, context, table));
        // The percentiles' histograms are 256 KiB each: one for the upper half a thread, and at most four for the lower.
        long allowance = spec is "infobatch-quantile" or "kakurenbo" or "ies" or "full+loss-cap:from=0" ? 8 << 18 : 1 << 17;
        Assert.InRange(allocated, 4L * (Samples + plan.Count), (4L * (Samples + plan.Count)) + allowance);
    }

    [Fact]
    public void Observing_allocates_nothing_a_sample()
    {
        var pruner = new Pruner(500_000, new InfoBatchPolicy(), new() { Epochs = 3 });
        EpochPlan plan = pruner.Plan(0);
        float[] losses = Policies.Tables.Skewed(plan.Count);
        Assert.InRange(
            Least(() =>
            {
                pruner.Observe(plan.All, losses);
                for (int i = 0; i < 1000; i++) pruner.Observe(plan.Batch(i, 128), losses.AsSpan(0, plan.Batch(i, 128).Count));
            }), 0, 4096);
    }

    // The least of a few: a garbage collection that another test brings about may empty the pools that buffers come from.
    static long Least(Action action)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
