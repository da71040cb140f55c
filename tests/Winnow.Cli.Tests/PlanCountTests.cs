using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

public sealed class PlanCountTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("repb", "listed", new[] { "table", "plan 0", "save", "restore", "observe 0", "plan 1", "share 1/8", "observe 1", "plan 2" })]
    [InlineData("infobatch", "keyed", new[] { "table", "plan 0", "save", "restore", "observe 0", "plan 1", "share 1/8", "observe 1", "plan 2" })]
    [InlineData("rs2", "listed", new[] { "table", "plan 0", "save", "restore", "plan 1", "share 1/8", "plan 2" })]
    [InlineData("kakurenbo", "keyed", new[] { "table", "plan 0", "save", "restore", "observe 0", "plan 1", "share 1/8", "observe 1", "plan 2" })]
    [InlineData("infobatch+class-floor", "listed", new[] { "table", "plan 0", "save", "restore", "observe 0", "plan 1", "share 1/8", "observe 1", "plan 2" })]
    public void A_count_measures_planning_observing_saving_and_restoring(string method, string order, string[] steps)
    {
        var result = Invocation.Run("plan", "--count", "400000", "--method", method, "--order", order, "--threads", "1", "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var json = result.Json;
        Assert.Equal((400_000, order, 1), (json.GetProperty("count").GetInt32(), json.GetProperty("order").GetString(), json.GetProperty("threads").GetInt32()));
        var measured = json.GetProperty("steps").EnumerateArray().ToArray();
        Assert.Equal(steps, measured.Select(static step => step.GetProperty("name").GetString()));
        foreach (var step in measured)
        {
            var (samples, seconds, ns) = (step.GetProperty("samples").GetInt32(), step.GetProperty("seconds").GetDouble(), step.GetProperty("ns_per_sample").GetDouble());
            Assert.InRange(samples, 1, 400_000);
            Assert.Equal(seconds * 1e9 / samples, ns, 0.01);
            Assert.InRange(step.GetProperty("cpu_ns_per_sample").GetDouble(), 0, 1e9);
            Assert.InRange(step.GetProperty("kernel_ns_per_sample").GetDouble(), 0, step.GetProperty("cpu_ns_per_sample").GetDouble());
            Assert.InRange(step.GetProperty("peak_bytes").GetInt64(), step.GetProperty("resident_bytes").GetInt64() / 2, long.MaxValue);
        }

        var share = measured.Single(static step => step.GetProperty("name").GetString() == "share 1/8").GetProperty("samples").GetInt32();
        Assert.InRange(share, 1, 50_000);
        Assert.Equal(json.GetProperty("peak_bytes").GetInt64() / 400_000.0, json.GetProperty("peak_bytes_per_sample").GetDouble(), 6);
    }

    [Fact]
    public void A_count_shows_a_line_for_each_step_and_leaves_no_file()
    {
        var before = Directory.GetFiles(".");
        var result = Invocation.Run("plan", "--count", "1000");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var lines = result.Out.TrimEnd().Split('\n');
        Assert.Equal(11, lines.Length);
        Assert.StartsWith("                 samples   seconds  ns/sample    cpu ns    kernel     GiB    peak", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("plan 1             1,000 ", lines[6], StringComparison.Ordinal);
        Assert.Matches("^infobatch, 1,000 samples, order listed, [0-9]+ threads, median of 9: peak 0\\.[0-9]+ GiB", lines[10]);
        Assert.Equal(before, Directory.GetFiles("."));
    }

    [Fact]
    public void A_count_that_does_not_fit_or_goes_with_a_plan_is_refused()
    {
        static string Fail(params string[] args) => Invocation.Fail(2, ["plan", .. args]);
        Assert.Contains("--count 0 is not in [1, 2147483591]", Fail("--count", "0"), StringComparison.Ordinal);
        Assert.Contains("--count 2147483647 is not in [1, 2147483591]", Fail("--count", "2147483647"), StringComparison.Ordinal);
        Assert.Contains("--count 3000000000 is not in [1, 2147483591]", Fail("--count", "3000000000"), StringComparison.Ordinal);
        Assert.Contains("--count is a benchmark with made-up losses and --losses belongs to a plan; leave one of them out", Fail("--count", "10", "--losses", "l.npy"), StringComparison.Ordinal);
        Assert.Contains("and --epoch belongs", Fail("--count", "10", "--epoch", "1"), StringComparison.Ordinal);
        Assert.Contains("and --out belongs", Fail("--count", "10", "--out", "plan.npz"), StringComparison.Ordinal);
        Assert.Contains("and --labels belongs", Fail("--count", "10", "--labels", "y.npy"), StringComparison.Ordinal);
        Assert.Contains("--threads 0 is not in [1, 4096]", Fail("--count", "10", "--threads", "0"), StringComparison.Ordinal);
        Assert.Contains("--order random is not listed or keyed; e.g. --order listed", Fail("--count", "10", "--order", "random"), StringComparison.Ordinal);
        Assert.Contains("plan needs --losses <file.npy>, --epoch <n>, --epochs <n>; or <state>, or --count <n> for a benchmark", Fail(), StringComparison.Ordinal);
        Assert.Contains("plan needs --epoch <n>; or", Fail("--losses", "l.npy", "--epochs", "3"), StringComparison.Ordinal);
    }

    [Fact]
    public void More_samples_than_the_memory_holds_are_refused_with_how_many_it_does()
    {
        // On a larger machine it would begin to measure.
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 30L << 30)
        {
            return;
        }

        var error = Invocation.Fail(2, "plan", "--count", "2147483591", "--method", "kakurenbo+max-age");
        Assert.Matches("--count 2147483591 needs about [0-9.]+ GiB for kakurenbo\\+max-age and the machine has [0-9.]+; --count [0-9]+000000 fits, and --order keyed needs less\\.", error);
    }

    [Fact]
    public void A_keyed_plan_has_the_same_samples_and_weights_in_another_order()
    {
        var losses = _folder.Array<float>("losses.npy", [.. Enumerable.Range(0, 10_000).Select(static i => (float)(i * 0.618034 % 1))]);
        (long[] Ids, float[] Weights) Plan(string order, string threads)
        {
            var result = Invocation.Run("plan", "--losses", losses, "--epoch", "3", "--epochs", "9", "--order", order, "--threads", threads, "--out", _folder.At("plan.npz"), "--json");
            Assert.Equal((0, ""), (result.Code, result.Error));
            Assert.Equal(order == "keyed", result.Json.TryGetProperty("order", out var said) && said.GetString() == "keyed");
            var content = Npz.Read(_folder.At("plan.npz"));
            return (content.Find("ids")!.AsSpan<long>().ToArray(), content.Find("weights")!.AsSpan<float>().ToArray());
        }

        var (listed, keyed) = (Plan("listed", "1"), Plan("keyed", "2"));
        Assert.NotEqual(listed.Ids, keyed.Ids);
        Assert.Equal(listed.Ids.Zip(listed.Weights).Order(), keyed.Ids.Zip(keyed.Weights).Order());
        Assert.Equal(keyed.Ids, Plan("keyed", "1").Ids);
    }
}
