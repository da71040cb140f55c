using Winnow.Plans;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests;

/// <summary>Signals that no method of the catalogue knows: told and read by name, with nothing between that knows them.</summary>
public class OwnSignalTests
{
    // Beyond 2^18 samples an epoch at once is grouped first.
    private const int Samples = 300_000;

    private static readonly Signal s_margin = new("margin"), s_share = new("share", SignalRange.Probability), s_seen = new("seen", SignalRange.Flag);

    private sealed class Recorder(params Signal[] needs) : IPruningPolicy
    {
        public IReadOnlyList<Column> Columns { get; } = [.. needs.Distinct().Select(static signal => new Column("own/" + signal.Name, Initial: -7))];

        public IReadOnlyList<Signal> Needs => needs;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            foreach (var signal in needs)
            {
                var column = samples[new Column("own/" + signal.Name)];
                for (var i = 0; i < batch.Ids.Length; i++)
                {
                    column[(int)batch.Ids[i]] = batch[signal][i];
                }
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = i % 5 == 0 ? 0 : 1;
            }
        }
    }

    private static string Refused(Action act) => Assert.ThrowsAny<ArgumentException>(act).Message;

    private static Signal[] Needed(int count) => [Signal.Loss, .. Enumerable.Range(0, count).Select(static i => new Signal($"own{i}"))];

    // What the sample says by a signal: another number for each.
    private static float Value(Signal signal, long id) => signal == Signal.Loss ? id % 11 * 0.5f : id + (0.25f * (signal.Name[^1] - '0'));

    [Theory]
    [InlineData(1, PlanOrder.Listed)]
    [InlineData(2, PlanOrder.Listed)]
    [InlineData(3, PlanOrder.Keyed)]
    [InlineData(BatchSignals.MostSignals, PlanOrder.Listed)]
    [InlineData(BatchSignals.MostSignals, PlanOrder.Keyed)]
    public void Any_number_of_them_reaches_its_samples_at_once_in_parts_and_by_id(int count, PlanOrder order)
    {
        var needs = Needed(count);
        foreach (var (parts, threads, byId) in new[] { (1, 0, false), (1, 1, true), (3, 2, false), (700, 1, false) })
        {
            var pruner = new Pruner(Samples, new Recorder(needs), new() { Epochs = 2, Seed = 3, Threads = threads, Order = order });
            var plan = pruner.Plan(0);
            var ids = new long[plan.Count];
            plan.All.CopyIds(ids);
            var told = new BatchSignals { Losses = ids.Select(static id => Value(Signal.Loss, id)).ToArray() };
            foreach (var signal in needs.Reverse())
            {
                told = told.With(signal, ids.Select(id => Value(signal, id)).ToArray());
            }

            for (var p = 0; p < parts; p++)
            {
                int start = (int)((long)p * plan.Count / parts), length = (int)((p + 1L) * plan.Count / parts) - start;
                if (byId)
                {
                    pruner.Observe(told with { Ids = ids });
                }
                else
                {
                    pruner.Observe(plan.All.Slice(start, length), told.Slice(start, length));
                }
            }

            Assert.Equal(0, pruner.Unobserved);
            foreach (var signal in needs)
            {
                var column = pruner.Samples[new Column("own/" + signal.Name)].ToArray();
                Assert.Equal(Enumerable.Range(0, Samples).Select(id => id % 5 == 0 ? -7 : Value(signal, id)), column);
            }
        }
    }

    [Fact]
    public void A_method_is_told_what_it_needs_and_nothing_else()
    {
        var quiet = new Recorder(Signal.Loss);
        var pruner = new Pruner(10, quiet, new() { Epochs = 2 });
        var plan = pruner.Plan(0);
        var eight = new float[8];
        pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, eight));
        Assert.Equal(0, pruner.Unobserved);
        Assert.Equal([Signal.Loss], pruner.Needs);
    }

    [Fact]
    public void What_is_missing_uneven_or_impossible_is_refused_by_its_name_and_nothing_is_taken()
    {
        var pruner = new Pruner(10, new Recorder(Signal.Loss, s_margin, s_share, s_seen, s_margin), new() { Epochs = 2 });
        Assert.Equal([Signal.Loss, s_margin, s_share, s_seen], pruner.Needs);
        var plan = pruner.Plan(0);
        float[] eight = new float[8], wrong = [0, 1, 1, 0.5f, 1, 1, 1, 1], large = [0, 1, float.NaN, 1, 1, 1, 2.5f, 1];
        Assert.StartsWith("8 numbers of \"margin\" and 0 numbers of \"share\" and 0 numbers of \"seen\" for 8 samples; this method needs one of each a sample beside the losses",
            Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, eight))), StringComparison.Ordinal);
        Assert.StartsWith("3 numbers of \"margin\" for 8 samples; pass one a sample, or none",
            Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, new float[3]))), StringComparison.Ordinal);
        Assert.StartsWith("seen[3] is 0.5; it is 0 or 1",
            Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, eight).With(s_share, eight).With(s_seen, wrong))), StringComparison.Ordinal);
        Assert.StartsWith("share[6] is 2.5; it is a probability, in [0, 1], or NaN where there is none",
            Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, eight).With(s_share, large).With(s_seen, eight))), StringComparison.Ordinal);
        // Who tells it has made it of another range: what the method says it may be holds.
        Assert.StartsWith("seen[3] is 0.5; it is 0 or 1",
            Refused(() => pruner.Observe(plan.All, new BatchSignals { Losses = eight }.With(s_margin, eight).With(s_share, eight).With(new Signal("seen"), wrong))), StringComparison.Ordinal);
        Assert.Equal((8, 0L), (pruner.Unobserved, pruner.Samples.SeenCount));
        Assert.Equal("0 numbers of \"margin\" for 8 samples; this method needs one a sample beside the losses (Parameter 'signals')",
            Refused(() => new Pruner(8, new Recorder(s_margin), new() { Epochs = 2 }).Preload(eight)));
    }

    [Fact]
    public void A_method_that_needs_more_than_a_batch_carries_is_refused_at_once()
    {
        Assert.Equal(1 + BatchSignals.MostSignals, new Pruner(4, new Recorder(Needed(BatchSignals.MostSignals)), new() { Epochs = 1 }).Needs.Count);
        Assert.StartsWith($"the method needs {BatchSignals.MostSignals + 1} signals beside the loss (own0, own1,",
            Refused(() => _ = new Pruner(4, new Recorder(Needed(BatchSignals.MostSignals + 1)), new() { Epochs = 1 })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rehearsal_makes_up_numbers_that_each_may_hold()
    {
        var policy = new Recorder(Signal.Loss, s_margin, s_share, s_seen);
        Assert.True(PolicyProbe.Of(policy, 3).Prunes);
        Assert.True(new Pruner(10, policy, new() { Epochs = 2 }).Plan(0).Count == 8);
    }

    [Fact]
    public void Own_signals_go_with_guards_of_the_catalogue()
    {
        var policy = new ConfidentGuard(new MaxAgeGuard(new Recorder(s_margin), 3), 0.7);
        Assert.Equal([s_margin, Signal.Confidence, Signal.Correct], policy.Needs);
        var pruner = new Pruner(10, policy, new() { Epochs = 2 });
        var plan = pruner.Plan(0);
        float[] told = [.. plan.Order.ToArray().Select(static id => id * 2f)], ones = [.. told.Select(static _ => 1f)];
        pruner.Observe(plan.All, new BatchSignals { Losses = told }.With(s_margin, told).With(Signal.Confidence, ones).With(Signal.Correct, ones));
        // Never seen samples aren't sure, so that the guard had all visited.
        Assert.Equal(Enumerable.Range(0, 10).Select(static id => id * 2f), pruner.Samples[new Column("own/margin")].ToArray());
        Assert.Equal(8, pruner.Plan(1).Count);
    }
}
