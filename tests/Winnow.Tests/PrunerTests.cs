using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Tests;

public class PrunerTests
{
    internal static Pruner Make(int count = 100, string spec = "infobatch", int epochs = 8, ulong seed = 1, bool allow = false) =>
        new(count, PolicyCatalog.Parse(spec), new() { Epochs = epochs, Seed = seed, AllowUnobserved = allow });

    /// <summary>A loss of each sample's own that has nothing to do with its id's order.</summary>
    internal static float Loss(long id) => (float)((id * 2654435761 % 1000) / 250.0);

    internal static float[] Losses(PlannedBatch batch) => [.. batch.Ids.ToArray().Select(static id => Loss(id))];

    [Fact]
    public void Runs_the_documented_loop_and_saves_what_it_says()
    {
        var pruner = Make();
        long visits = 0;
        for (int epoch = 0; epoch < 8; epoch++)
        {
            EpochPlan plan = pruner.Plan(epoch);
            Assert.Equal(100, plan.WeightSum, 4);
            foreach (PlannedBatch batch in plan.Batches(16)) pruner.Observe(batch, Losses(batch));
            visits += plan.Count;
            if (epoch is 0 or 7) Assert.Equal(100, plan.Count);
            else Assert.InRange(plan.Count, 60, 90);
        }
        Assert.Equal(1 - (visits / 800.0), pruner.Statistics.Saved, 12);
        Assert.Equal(visits, pruner.Statistics.Observed);
    }
}
