using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static Winnow.Networks.Tests.Tracing.TraceTests;

namespace Winnow.Networks.Tests.Tracing;

public class ChannelBudgetTests
{
    private static double[][] Scores(NetworkTrace trace)
    {
        var random = new Random(5);
        return [.. trace.Groups.Select(group => group.Units.Select(_ => random.NextDouble()).ToArray())];
    }

    [Theory, MemberData(nameof(Networks), MemberType = typeof(TraceTests))]
    public void What_is_planned_is_what_is_left(string name, string groups)
    {
        _ = groups;
        foreach (var spread in Enum.GetValues<ChannelSpread>())
        {
            var (net, sample) = Create(name);
            var trace = NetworkTrace.Of(net, sample);
            var removed = ChannelBudget.Macs(trace, Scores(trace), 0.6, new() { Spread = spread });
            var cost = new ChannelCost(trace);
            foreach (var unit in removed)
            {
                cost.Remove(unit);
            }

            var outcome = NetworkShrinker.Shrink(trace, removed);
            Assert.Equal(outcome.After.Macs, cost.Value);
            Assert.True(cost.Value <= 0.6 * trace.Macs);

            // As near as whole units come: with the last one back it would be too much.
            var all = new ChannelCost(trace);
            foreach (var unit in removed.SkipLast(1))
            {
                all.Remove(unit);
            }

            Assert.True(all.Value > 0.6 * trace.Macs);
            net.Dispose();
        }
    }

    [Theory, MemberData(nameof(Networks), MemberType = typeof(TraceTests))]
    public void Parameters_and_bytes_that_are_planned_are_what_is_left(string name, string groups)
    {
        _ = groups;
        foreach (var target in new[] { ChannelTarget.Parameters, ChannelTarget.Bytes })
        {
            var (net, sample) = Create(name);
            var trace = NetworkTrace.Of(net, sample);
            var removed = ChannelBudget.Choose(trace, Scores(trace), target, 0.7);
            var cost = new StateCost(target == ChannelTarget.Bytes ? trace.Tensors : trace.Tensors.Where(static tensor => tensor.Trained), target == ChannelTarget.Bytes);
            var whole = cost.Value;
            foreach (var unit in removed)
            {
                cost.Remove(unit);
            }

            var outcome = NetworkShrinker.Shrink(trace, removed);
            Assert.Equal((whole, cost.Value), target == ChannelTarget.Bytes ? (outcome.Before.Bytes, outcome.After.Bytes) : (outcome.Before.Parameters, outcome.After.Parameters));
            Assert.True(cost.Value <= 0.7 * whole);
            net.Dispose();
        }
    }

    [Fact]
    public void The_nearest_share_of_parameters_that_can_be_met_can_be_met()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var options = new ChannelBudgetOptions { LeastKeep = 0.5 };
        var error = Assert.Throws<NetworkPruningException>(() => ChannelBudget.Choose(trace, Scores(trace), ChannelTarget.Parameters, 0.01, options));
        var nearest = double.Parse(System.Text.RegularExpressions.Regex.Match(error.Message, @"parameters can't be met: with the least that each group keeps, (\S+) are left").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.NotEmpty(ChannelBudget.Choose(trace, Scores(trace), ChannelTarget.Parameters, nearest, options));
        Assert.Throws<NetworkPruningException>(() => ChannelBudget.Choose(trace, Scores(trace), ChannelTarget.Parameters, nearest - 0.002, options));
        Assert.Equal(trace.Groups.Sum(static group => group.Units.Count - (int)Math.Ceiling(0.5 * group.Units.Count)), ChannelBudget.Macs(trace, Scores(trace), ChannelBudget.LeastMacs(trace, Scores(trace), options), options).Count);
        net.Dispose();
    }

    [Fact]
    public void The_lowest_scores_go_and_of_equal_ones_the_later()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var scores = Scores(trace);
        var removed = ChannelBudget.Macs(trace, scores, 0.5);
        var gone = removed.ToHashSet();
        for (var g = 0; g < scores.Length; g++)
        {
            var left = trace.Groups[g].Units.Where(unit => !gone.Contains(unit)).Min(unit => scores[g][unit.Index]);
            Assert.All(trace.Groups[g].Units.Where(gone.Contains), unit => Assert.True(scores[g][unit.Index] < left));
        }

        var equal = ChannelBudget.Macs(trace, [.. trace.Groups.Select(static group => new double[group.Units.Count])], 0.9);
        Assert.Equal(trace.Groups[0].Units[^1], equal[0]);
        net.Dispose();
    }

    [Fact]
    public void Sizes_are_multiples_where_asked()
    {
        var (net, sample) = Create("residual");
        var trace = NetworkTrace.Of(net, sample);
        foreach (var spread in Enum.GetValues<ChannelSpread>())
        {
            var gone = ChannelBudget.Macs(trace, Scores(trace), 0.5, new() { Spread = spread, RoundTo = 4 }).ToHashSet();
            Assert.All(trace.Groups, group => Assert.Equal(0, group.Units.Count(unit => !gone.Contains(unit)) % 4));
        }

        net.Dispose();
    }

    [Fact]
    public void Uniform_keeps_the_same_share_of_each()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var gone = ChannelBudget.Macs(trace, Scores(trace), 0.3, new() { Spread = ChannelSpread.Uniform }).ToHashSet();
        var shares = trace.Groups.Select(group => group.Units.Count(gone.Contains) / (double)group.Units.Count).ToArray();
        Assert.InRange(shares.Max() - shares.Min(), 0, 1.0 / 16);
        net.Dispose();
    }

    [Fact]
    public void What_cannot_be_met_is_told_with_what_can()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var scores = Scores(trace);
        var error = Assert.Throws<NetworkPruningException>(() => ChannelBudget.Macs(trace, scores, 0.2, new() { LeastKeep = 0.5 }));
        Assert.Contains("can't be met", error.Message, StringComparison.Ordinal);
        scores[1][3] = double.NaN;
        Assert.Contains("unit 3 of c2 is NaN", Assert.Throws<ArgumentException>(() => ChannelBudget.Macs(trace, scores, 0.5)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ChannelBudget.Macs(trace, [scores[0]], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChannelBudget.Macs(trace, Scores(trace), 0));
        net.Dispose();
    }
}
