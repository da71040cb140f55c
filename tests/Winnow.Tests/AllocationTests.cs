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
    [InlineData("repb")]
    [InlineData("seta")]
    [InlineData("rcap")]
    [InlineData("rs2")]
    [InlineData("rs2:keep=0.37")]
    [InlineData("orderdp")]
    [InlineData("epsilon-greedy")]
    [InlineData("ucb")]
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
        var policy = PolicyCatalog.Parse(spec);
        var table = Policies.Tables.Empty(policy, Samples);
        table.Flags.Fill(SampleFlags.Seen);
        foreach (var column in policy.Columns)
        {
            Policies.Tables.Skewed(Samples).CopyTo(table[column]);
        }

        var context = new EpochContext { Epoch = 2, TotalEpochs = 10, Seed = 1, Threads = 1 };
        var plan = EpochPlan.Create(policy, context, table);
        var allocated = Least(() => EpochPlan.Create(policy, context, table));
        // The percentiles' histograms are 256 KiB each: one for the upper half a thread, and at most four for the lower. Those of the groups are
        // as large, and there are the bins' keys, middles and sums. Cuts of a random order gather a few keys around each: about 12 times the
        // root of the number of samples.
        long allowance = spec.StartsWith("rs2", StringComparison.Ordinal) ? 1 << 20
            : spec is "random" or "full" or "infobatch" or "repb" or "rcap" or "selective-backprop" || spec.StartsWith("random+", StringComparison.Ordinal) ? 1 << 17
            : 12 << 18;
        Assert.InRange(allocated, 4L * (Samples + plan.Count), (4L * (Samples + plan.Count)) + allowance);
    }

    [Fact]
    public void Observing_allocates_nothing_a_sample()
    {
        var pruner = new Pruner(500_000, new InfoBatchPolicy(), new() { Epochs = 3, Threads = 1 });
        var plan = pruner.Plan(0);
        var losses = Policies.Tables.Skewed(plan.Count);
        Assert.InRange(
            Least(() =>
            {
                pruner.Observe(plan.All, losses);
                for (var i = 0; i < 1000; i++)
                {
                    pruner.Observe(plan.Batch(i, 128), losses.AsSpan(0, plan.Batch(i, 128).Count));
                }
            }), 0, 4096);
    }

    // The least of a few: a garbage collection that another test brings about may empty the pools that buffers come from.
    private static long Least(Action action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 6; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
