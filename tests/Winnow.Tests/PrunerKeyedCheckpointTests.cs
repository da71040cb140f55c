using Winnow.Checkpoints;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Tests;

/// <summary>What saving has to do with keyed orders and with planning ahead.</summary>
public class PrunerKeyedCheckpointTests
{
    private const int Count = 3000;

    private static PrunerOptions Options(PlanOrder order = PlanOrder.Keyed, bool reuse = false) => new() { Epochs = 4, Seed = 9, Order = order, ReusePlans = reuse };

    private static Pruner Make(PrunerOptions options) => new(Count, PolicyCatalog.Parse("infobatch"), options);

    private static MemoryStream Saved(Pruner pruner)
    {
        var stream = new MemoryStream();
        pruner.Save(stream);
        return stream;
    }

    private static Pruner Restore(MemoryStream saved, PrunerOptions options) => Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch"), options);

    private static float[] Losses(PlannedBatch batch)
    {
        var ids = new int[batch.Count];
        batch.CopyIds(ids);
        return [.. ids.Select(static id => PrunerTests.Loss(id))];
    }

    [Fact]
    public void A_keyed_pruner_goes_on_in_the_middle_of_an_epoch_bit_for_bit()
    {
        Pruner whole = Make(Options()), stopped = Make(Options());
        foreach (var pruner in new[] { whole, stopped })
        {
            pruner.Observe(pruner.Plan(0).All, Losses(pruner.Current!.All));
            foreach (var batch in pruner.Plan(1).Batches(100).Take(7))
            {
                pruner.Observe(batch, Losses(batch));
            }
        }

        var restored = Restore(Saved(stopped), Options());
        Assert.True(restored.Current!.IsKeyed);
        Assert.Equal(whole.Current!.Hash, restored.Current.Hash);
        foreach (var pruner in new[] { whole, restored })
        {
            foreach (var batch in pruner.Current!.Batches(100))
            {
                if (!pruner.IsObserved(batch))
                {
                    pruner.Observe(batch, Losses(batch));
                }
            }

            Assert.Equal(0, pruner.Unobserved);
        }

        Assert.Equal(whole.Plan(2).Hash, restored.Plan(2).Hash);
        Assert.Equal(whole.Statistics, restored.Statistics);
    }

    [Fact]
    public void Another_order_is_refused()
    {
        var pruner = Make(Options());
        pruner.Plan(0);
        Assert.Contains("pruner.order is keyed in the checkpoint and listed here", Assert.Throws<CheckpointException>(() => Restore(Saved(pruner), Options(PlanOrder.Listed))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Saved_while_the_next_epoch_is_planned_it_is_what_it_was_before()
    {
        var pruner = Make(Options(PlanOrder.Listed));
        pruner.Observe(pruner.Plan(0).All, Losses(pruner.Current!.All));
        var before = Saved(pruner).ToArray();
        pruner.PlanAhead(1);
        var during = Saved(pruner);
        Assert.Equal(before, during.ToArray());
        Assert.Equal(pruner.Plan(1).Hash, Restore(during, Options(PlanOrder.Listed)).Plan(1).Hash);
    }

    [Fact]
    public void Reused_memory_changes_nothing_of_what_is_saved_and_a_plan_without_it_is_not_saved()
    {
        Pruner reusing = Make(Options(reuse: true)), plain = Make(Options());
        foreach (var pruner in new[] { reusing, plain })
        {
            pruner.Observe(pruner.Plan(0).All, Losses(pruner.Current!.All));
            pruner.Observe(pruner.Plan(1).All.Slice(0, 50), Losses(pruner.Current!.All.Slice(0, 50)));
        }

        Assert.Equal(Saved(plain).ToArray(), Saved(reusing).ToArray());
        reusing.Observe(reusing.Current!.All, Losses(reusing.Current.All));
        reusing.PlanAhead(2);
        Assert.Contains("gave its memory to the next one", Assert.Throws<InvalidOperationException>(() => Saved(reusing)).Message, StringComparison.Ordinal);
        reusing.Plan(2);
        Assert.NotEmpty(Saved(reusing).ToArray());
    }
}
