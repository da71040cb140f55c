using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class ConfidentTests
{
    [Fact]
    public void Leaves_out_only_what_was_right_and_sure_the_last_time()
    {
        var policy = new ConfidentGuard(new MaxAgeTests.Miser(), 0.7);
        var table = Tables.Empty(policy, 8);
        // 0 is visited anyway, and unsure, so that it counts 1; 1 sure and right, 2 sure but wrong, 3 right but unsure, 4 right with exactly tau, 5 no number, 6 sure then unsure, 7 never seen.
        var signals = new BatchSignals { Ids = [0, 1, 2, 3, 4, 5, 6, 6], Losses = new float[8] }
            .With(Signal.Confidence, [0.1f, 0.9f, 0.9f, 0.69f, 0.7f, float.NaN, 0.9f, 0.5f])
            .With(Signal.Correct, SignalRules.Flags([true, true, false, true, true, true, true, true]));
        table.Mark(signals);
        policy.Observe(table, signals);
        Assert.Equal([1f, 0f, 1f, 1f, 0f, 1f, 1f, 1f], Tables.Plan(policy, table));
    }

    [Fact]
    public void Keeps_every_samples_expected_weight_1()
    {
        var policy = PolicyCatalog.Parse("infobatch:keep=0.25+confident:tau=0.6");
        var table = Tables.Empty(policy, 200);
        var losses = Tables.Skewed(200);
        var signals = new BatchSignals { Ids = [.. Enumerable.Range(0, 200).Select(static i => (long)i)], Losses = losses }
            .With(Signal.Confidence, [.. Enumerable.Range(0, 200).Select(static i => i % 10 / 10f)])
            .With(Signal.Correct, SignalRules.Flags([.. Enumerable.Repeat(true, 200)]));
        table.Mark(signals);
        policy.Observe(table, signals);
        Tables.AssertUnbiased(policy, table);
    }

    [Fact]
    public void Needs_predictions_beside_what_is_needed_inside()
    {
        Assert.Equal([Signal.Loss, Signal.Confidence, Signal.Correct], new ConfidentGuard(new MaxAgeTests.Miser(), 0.7).Needs);
        foreach (var tau in new[] { 0, -1, 1.1, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new ConfidentGuard(new MaxAgeTests.Miser(), tau));
        }
    }
}
