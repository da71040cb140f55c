using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Report.Reading;
using Winnow.Report.Sections;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

/// <summary>What the page shows of a comparison of smaller networks, by the record of one.</summary>
public sealed class NetworksTests
{
    private static readonly RecordedFolder s_record = FolderReader.Read(RecordedRuns.Networks);

    [Fact]
    public void Networks_stand_with_sizes_milliseconds_and_widths_before_and_after()
    {
        var result = s_record.Networks!;
        var page = Parse(RunReport.Html([RecordedRuns.Networks]));
        var rows = page.QuerySelectorAll("#networks-1 tbody tr");
        Assert.Equal(result.Arms.Select(NetworkText.Of), rows.Select(static row => row.QuerySelector("th")!.TextContent));
        var heads = page.QuerySelectorAll("#networks-1 thead th").Select(static head => head.TextContent).ToArray();
        Assert.Equal(["network", "multiplications", "left", "parameters", "bytes", "ms, batch 1, 1 thread", "ms, batch 128, 1 thread"], heads.Take(7));
        foreach (var head in new[] { "to scratch-B", "to dense at that width", "to random channels", "parameters, mean over training" })
        {
            Assert.Contains(head, heads);
        }

        var widths = page.QuerySelectorAll("#networks-1-widths tbody tr");
        var cut = result.Arms.First(static arm => arm.Kind == "pruned");
        Assert.Equal(cut.Widths.Select(static width => width.Name), widths.Select(static row => row.QuerySelector("th")!.TextContent));
        Assert.Equal(cut.Widths.Select(static width => $"{width.Before}"), widths.Select(static row => row.QuerySelectorAll("td")[0].TextContent));
        Assert.Contains("Networks", page.QuerySelectorAll("h2").Select(static head => head.TextContent));
    }

    [Fact]
    public void Plots_have_the_dense_line_and_each_networks_cost_and_leave_out_what_passes_of_other_networks_would_mean()
    {
        var page = Parse(RunReport.Html([RecordedRuns.Networks]));
        Assert.NotNull(page.GetElementById("network-time"));
        Assert.NotNull(page.GetElementById("network-macs"));
        Assert.NotNull(page.GetElementById("accuracy-time"));
        Assert.Null(page.GetElementById("accuracy-compute"));
        Assert.Null(page.GetElementById("pareto"));
        using var data = JsonDocument.Parse(page.GetElementById("data")!.TextContent);
        var arms = data.RootElement.GetProperty("arms").EnumerateArray().ToDictionary(static arm => arm.GetProperty("name").GetString()!);
        Assert.Equal(("full", 1.0), (arms["dense"].GetProperty("kind").GetString(), arms["dense"].GetProperty("network").GetProperty("macs").GetDouble()));
        foreach (var arm in s_record.Networks!.Arms)
        {
            var plotted = arms[arm.Name].GetProperty("network");
            Assert.Equal(arm.Judged!.Mean, plotted.GetProperty("judged").GetDouble(), 1e-5);
            Assert.Equal(128, plotted.GetProperty("batch").GetInt32());
            Assert.Equal(arm.Milliseconds.Single(static speed => speed.Batch == 128).ToDense * s_record.Networks.Arms[0].Milliseconds.Single(static speed => speed.Batch == 128).Median, plotted.GetProperty("milliseconds").GetDouble(), 1e-3);
            Assert.Equal(arm.Kind == "pruned" ? "method" : arm.Kind == "dense" ? "full" : arm.Kind == "scratch-b" ? "shortened" : "control", arms[arm.Name].GetProperty("kind").GetString());
        }

        // A comparison of methods has none of it.
        Assert.Null(Parse(RunReport.Html([RecordedRuns.Quick])).GetElementById("network-time"));
    }

    [Fact]
    public void The_headline_answers_whether_a_pruned_network_beats_scratch_B()
    {
        Assert.StartsWith("Does a pruned network beat the same widths trained from scratch for as much compute (scratch-B)? ", Headline.Of(s_record), StringComparison.Ordinal);
        Assert.Contains("above does, 1 is worse, and of 1 no difference is shown", Headline.Of(With(Cut("above", 0.01, 0.03), Cut("below", -0.03, -0.01), Cut("open", -0.01, 0.02))), StringComparison.Ordinal);
        Assert.Contains("None does, 0 are worse, and of 1 no difference is shown, nor ruled out within its interval.", Headline.Of(With(Cut("open", 0, 0.02))), StringComparison.Ordinal);
        var findings = NetworkFindings.Of([Cut("above", 0.01, 0.03), Cut("below", -0.03, -0.01)]);
        Assert.Contains("above against the same widths from scratch for as much compute (scratch-B): +2.00 points of accuracy (95 % interval +1.00 to +3.00, 3 seeds): it beats it.", findings);
        Assert.Contains(findings, static note => note.EndsWith("it does not beat it, it is worse.", StringComparison.Ordinal));
        Assert.Contains(findings, static note => note.Contains("2 differences were looked at", StringComparison.Ordinal));
    }

    [Fact]
    public void Fewer_than_three_seeds_prove_nothing_and_none_is_nothing_to_compare()
    {
        var one = Cut("a", 0, 0) with { Seeds = [1], DeltaScratchB = new() { Mean = 0.1 } };
        Assert.Contains("One seed proves nothing", Assert.Single(NetworkFindings.Of([one])), StringComparison.Ordinal);
        Assert.Contains("One seed proves nothing", Headline.Of(With(one)), StringComparison.Ordinal);
        Assert.Contains("nothing to compare", Assert.Single(NetworkFindings.Of([])), StringComparison.Ordinal);
    }

    private static RecordedFolder With(params NetworkArmResult[] arms) => s_record with { Networks = s_record.Networks! with { Arms = arms } };

    private static NetworkArmResult Cut(string name, double low, double high) => new()
    {
        Name = name,
        Kind = "pruned",
        By = name,
        KeepMacs = 0.5,
        Seeds = [1, 2, 3],
        Parameters = [1, 1, 1],
        Macs = [1, 1, 1],
        Bytes = [1, 1, 1],
        Milliseconds = [],
        Metrics = new Metrics([new("accuracy", new MetricValue(0.9, HigherIsBetter: true, Decides: true) { IsShare = true, Values = [0.9, 0.9, 0.9] })]),
        Epochs = [1, 1, 1],
        TrainingMacs = [1, 1, 1],
        AverageParameters = [1, 1, 1],
        Visited = [1, 1, 1],
        WallSeconds = [1, 1, 1],
        WeightsSha256 = ["", "", ""],
        DeltaScratchB = new() { Mean = (low + high) / 2, Low = low, High = high },
    };

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);
}
