using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

public class PrunerPlanAheadTests
{
    /// <summary>A policy that waits, or fails, when it is told to.</summary>
    private sealed class Held : IPruningPolicy
    {
        public ManualResetEventSlim Gate { get; } = new(true);

        public ManualResetEventSlim Begun { get; } = new();

        public bool Fails { get; set; }

        public int Planning { get; private set; } = -1;

        public IReadOnlyList<Column> Columns => [Column.Loss];

        public IReadOnlyList<Signal> Needs => [Signal.Loss];

        public void Observe(SampleTable samples, in BatchSignals batch) { }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            Planning = Environment.CurrentManagedThreadId;
            Begun.Set();
            Assert.True(Gate.Wait(TimeSpan.FromSeconds(30)));
            if (Fails)
            {
                throw new NotSupportedException("no plan today");
            }

            weights.Fill(1f);
        }
    }

    private static void ObserveAll(Pruner pruner)
    {
        var losses = Policies.Tables.Skewed(pruner.Current!.Count);
        pruner.Observe(pruner.Current.All, new BatchSignals { Losses = losses }
            .With(Signal.BatchLoss, Enumerable.Repeat(1f, losses.Length).ToArray())
            .With(Signal.Confidence, losses.Select(static l => MathF.Exp(-l)).ToArray())
            .With(Signal.Correct, SignalRules.Flags(losses.Select(static l => l < 0.7f).ToArray())));
    }

    [Theory]
    [InlineData("infobatch:save=0.2")]
    [InlineData("repb")]
    [InlineData("orderdp")]
    [InlineData("rs2:keep=0.37")]
    [InlineData("ucb")]
    [InlineData("infobatch+max-age")]
    public void Plans_the_same_to_the_bit_as_planning_on_the_spot(string spec)
    {
        foreach (var order in Enum.GetValues<PlanOrder>())
        {
            Pruner Make(bool reuse) => new(20_000, PolicyCatalog.Parse(spec), new() { Epochs = 5, Seed = 4, Order = order, ReusePlans = reuse });
            Pruner spot = Make(false), ahead = Make(false), reusing = Make(true);
            for (var epoch = 0; epoch < 5; epoch++)
            {
                ahead.PlanAhead(epoch);
                reusing.PlanAhead(epoch);
                var hash = spot.Plan(epoch).Hash;
                Assert.Equal((hash, hash), (ahead.Plan(epoch).Hash, reusing.Plan(epoch).Hash));
                foreach (var pruner in new[] { spot, ahead, reusing })
                {
                    ObserveAll(pruner);
                }

                Assert.Equal(spot.Statistics, ahead.Statistics);
                Assert.Equal(spot.Statistics, reusing.Statistics);
            }
        }
    }

    [Fact]
    public void Returns_at_once_and_plans_on_another_thread()
    {
        var policy = new Held();
        var pruner = new Pruner(100, policy, new() { Epochs = 3 });
        pruner.Plan(0);
        ObserveAll(pruner);
        policy.Gate.Reset();
        policy.Begun.Reset();
        pruner.PlanAhead(1);
        Assert.True(policy.Begun.Wait(TimeSpan.FromSeconds(30)));
        // The plan can't be done: the gate is shut. What doesn't change losses goes on.
        Assert.Equal(0, pruner.Current!.Epoch);
        Assert.Equal(100, pruner.Statistics.Observed);
        Assert.Same(pruner.Current, pruner.Plan(0));
        policy.Gate.Set();
        Assert.Equal(1, pruner.Plan(1).Epoch);
        Assert.NotEqual(Environment.CurrentManagedThreadId, policy.Planning);
        Assert.Equal(1, pruner.Current.Epoch);
        Assert.Equal(200, pruner.Statistics.Planned);
    }

    [Fact]
    public void What_would_change_the_losses_is_refused_until_the_plan_is_taken()
    {
        var pruner = new Pruner(100, new Held(), new() { Epochs = 4 });
        pruner.PlanAhead(0);
        Assert.Contains("Plan(0)", Assert.Throws<InvalidOperationException>(() => pruner.Preload(new float[100])).Message, StringComparison.Ordinal);
        var plan = pruner.Plan(0);
        ObserveAll(pruner);
        pruner.PlanAhead(1);
        pruner.PlanAhead(1);
        var rule = "epoch 1 is being planned from the losses so far; call Plan(1) before";
        Assert.Contains(rule, Assert.Throws<InvalidOperationException>(() => pruner.Observe(plan.All, new float[100])).Message, StringComparison.Ordinal);
        Assert.Contains(rule, Assert.Throws<InvalidOperationException>(() => pruner.Observe([1L], [1f])).Message, StringComparison.Ordinal);
        Assert.Contains(rule, Assert.Throws<InvalidOperationException>(() => pruner.ObserveDropped(new() { Ids = [], Losses = [] })).Message, StringComparison.Ordinal);
        Assert.Contains("call Plan(1) first", Assert.Throws<InvalidOperationException>(() => pruner.Plan(2)).Message, StringComparison.Ordinal);
        Assert.Contains("call Plan(1) first", Assert.Throws<InvalidOperationException>(() => pruner.PlanAhead(2)).Message, StringComparison.Ordinal);
        Assert.Equal((100L, 100L), (pruner.Statistics.Observed, pruner.Statistics.Planned));
        pruner.Observe(pruner.Plan(1).All, new float[100]);
        pruner.PlanAhead(1);
        pruner.Observe(pruner.Current!.All, new float[100]);
        Assert.Throws<ArgumentOutOfRangeException>(() => pruner.PlanAhead(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pruner.PlanAhead(4));
    }

    [Fact]
    public void Waits_for_all_losses_like_planning_on_the_spot()
    {
        var pruner = new Pruner(100, new Held(), new() { Epochs = 4 });
        var plan = pruner.Plan(0);
        pruner.Observe(plan.All.Slice(0, 99), new float[99]);
        Assert.Contains("1 of the 100 samples", Assert.Throws<InvalidOperationException>(() => pruner.PlanAhead(1)).Message, StringComparison.Ordinal);
        // Nothing was begun.
        pruner.Observe(plan.All.Slice(99, 1), new float[1]);
        pruner.PlanAhead(1);
        Assert.Equal(1, pruner.Plan(1).Epoch);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_goes_wrong_is_thrown_where_the_plan_is_taken_and_can_be_tried_again(bool reuse)
    {
        var policy = new Held();
        var pruner = new Pruner(100, policy, new() { Epochs = 4, ReusePlans = reuse });
        pruner.Plan(0);
        ObserveAll(pruner);
        policy.Fails = true;
        pruner.PlanAhead(1);
        Assert.Equal("no plan today", Assert.Throws<NotSupportedException>(() => pruner.Plan(1)).Message);
        Assert.Throws<NotSupportedException>(() => pruner.Plan(1));
        Assert.Equal(0, pruner.Current!.Epoch);
        policy.Fails = false;
        Assert.Equal(100, pruner.Plan(1).Order.Length);
    }

    [Fact]
    public void A_plan_whose_memory_went_on_says_so()
    {
        var pruner = new Pruner(100_000, PolicyCatalog.Parse("random"), new() { Epochs = 4, ReusePlans = true, Threads = 1 });
        var first = pruner.Plan(0);
        var batch = first.Batch(3, 100);
        var count = first.Count;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = pruner.Plan(1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 17);
        Assert.Equal((count, 0), (first.Count, first.Epoch));
        Assert.Equal(second.Count, second.Order.ToArray().Distinct().Count());
        foreach (var read in new Action[] { () => _ = first.Order.Length, () => _ = first.Weights.Length, () => _ = first.OrderMemory, () => _ = first.Hash,
            () => _ = batch.Ids.Length, () => _ = batch.WeightSum, () => batch.CopyIds(new int[200]), () => batch.CopyIds(new long[200]), () => batch.CopyWeights(new float[200]) })
        {
            Assert.Contains("the plan of epoch 0 gave its memory to the next one", Assert.Throws<InvalidOperationException>(read).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_that_option_a_plan_stays_as_it_is()
    {
        var pruner = new Pruner(1000, PolicyCatalog.Parse("random"), new() { Epochs = 4 });
        var first = pruner.Plan(0);
        var order = first.Order.ToArray();
        pruner.Plan(1);
        pruner.Plan(2);
        Assert.Equal(order, first.Order.ToArray());
    }
}
