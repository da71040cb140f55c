using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;
using static Winnow.Networks.Tests.Tracing.TraceTests;

namespace Winnow.Networks.Tests.Tracing;

/// <summary>Budgets by the clock, with a clock whose closed form is known: time goes by the parameters or the widths that are there at the moment.</summary>
public class CutSpeedTests
{
    [Fact]
    public void Half_of_the_time_is_found_where_time_goes_by_parameters()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var whole = Parameters(net);
        var scores = Scores(trace);
        var clock = new Clock();
        var speed = new CutSpeed(trace, () => clock.Pass(1), () => clock.Pass(Parameters(net) / (double)whole), clock);
        var told = new List<int>();
        var (removed, reached) = speed.Milliseconds(scores, 0.5, progress: (done, total) => told.Add(total - done));
        Assert.Equal((reached.Median, reached.Median), (reached.Low, reached.High));
        Assert.InRange(reached.Median, 0.4, 0.5);

        // The network is as it was, and without those units it has what the clock said.
        Assert.Equal(whole, Parameters(net));
        Assert.Equal(reached.Median, NetworkShrinker.Try(trace, removed, () => Parameters(net)) / (double)whole, 4);
        Assert.Equal(0, told[^1]);
        Assert.Equal(told.OrderDescending(), told);

        var error = Assert.Throws<NetworkPruningException>(() => speed.Milliseconds(scores, 0.01, new() { LeastKeep = 0.9 }));
        Assert.Contains("of the milliseconds can't be met", error.Message, StringComparison.Ordinal);
        net.Dispose();
    }

    [Fact]
    public void The_rounding_that_is_fastest_is_chosen_and_the_least_of_equals()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        var scores = Scores(trace);

        // A clock that likes multiples of 4 and is indifferent among them.
        var clock = new Clock();
        var slow = new CutSpeed(trace, () => clock.Pass(1), () => clock.Pass(net.named_parameters().All(static entry => entry.parameter.dim() != 4 || entry.parameter.shape[0] % 4 == 0) ? 0.5 : 0.9), clock);
        var chosen = slow.Rounding(round => ChannelBudget.Macs(trace, scores, 0.5, new() { RoundTo = round }));
        Assert.Equal(4, chosen[0].RoundTo);
        Assert.Contains(chosen, static entry => entry is { RoundTo: 1, Time.Median: > 0.7 });

        var even = new CutSpeed(trace, () => clock.Pass(1), () => clock.Pass(0.5), clock);
        Assert.Equal(1, even.Rounding(round => ChannelBudget.Macs(trace, scores, 0.5, new() { RoundTo = round }))[0].RoundTo);
        Assert.Throws<NetworkPruningException>(() => even.Rounding(round => ChannelBudget.Macs(trace, scores, 0.001, new() { RoundTo = round })));
        net.Dispose();
    }

    [Fact]
    public void Running_statistics_are_the_mean_over_batches()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm2d(3);
        using var net = nn.Sequential(("a", nn.Conv2d(2, 3, 1)), ("b", norm), ("c", nn.Dropout()));
        net.eval();
        var batches = Enumerable.Range(0, 5).Select(static _ => randn(4, 2, 3, 3)).ToArray();
        NormStatistics.Estimate(net, batches.Select(batch => (Action)(() => net.call(batch).Dispose())));
        using var silent = no_grad();
        var given = batches.Select(batch => nn.functional.conv2d(batch, net.get_parameter("a.weight")!, net.get_parameter("a.bias")!)).ToArray();
        var means = stack(given.Select(static x => x.mean([0L, 2L, 3L]))).mean([0L]);
        var variances = stack(given.Select(static x => x.permute(1, 0, 2, 3).reshape(3, -1).var(1))).mean([0L]);
        Assert.InRange((norm.running_mean! - means).abs().max().ToSingle(), 0, 1e-6);
        Assert.InRange((norm.running_var! - variances).abs().max().ToSingle(), 0, 1e-5);
        Assert.Equal((false, 0.1), (norm.training, norm.momentum));
        Assert.True(NormStatistics.Has(net));
        Assert.False(NormStatistics.Has(nn.Linear(2, 2)));
        Assert.Throws<NetworkPruningException>(() => NormStatistics.Estimate(net, []));
    }

    private static double[][] Scores(NetworkTrace trace)
    {
        var random = new Random(5);
        return [.. trace.Groups.Select(group => group.Units.Select(_ => random.NextDouble()).ToArray())];
    }

    private static long Parameters(nn.Module net) => net.parameters().Sum(static parameter => parameter.numel());

    /// <summary>Stands still but for what is passed.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => _now;

        public void Pass(double share) => _now += (long)(100_000_000 * share);
    }
}
