using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

/// <summary>What the page shows of runs that dropped weights.</summary>
public sealed class SparsityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_left_of_each_layer_stands_with_the_mean_over_training_beside_dense_runs()
    {
        var dense = Run("dense", "full", 1, null, [], 300);
        var one = Run("one", "infobatch", 1, "magnitude+uniform+cubic", [("a.weight", 10, 100), ("b.weight", 50, 200)], 200);
        var two = Run("two", "infobatch", 2, "magnitude+uniform+cubic", [("a.weight", 20, 100), ("b.weight", 40, 200)], 210);
        var page = Parse(RunReport.Html([dense, one, two]));
        Assert.Equal(["arm", "how", "asked", "weights left", "parameters", "left of them", "parameters, mean over training"], Heads(page, "sparsity"));
        Assert.Equal([["full", "", "", "", "320", "320", "300"], ["infobatch", "magnitude+uniform+cubic", "20.0 %", "20.0 %", "320", "80", "205"]], Rows(page, "sparsity"));
        Assert.Equal(["weight", "before", "infobatch"], Heads(page, "sparsity-layers"));
        Assert.Equal([["a.weight", "100", "15 (15.0 %)"], ["b.weight", "200", "45 (22.5 %)"]], Rows(page, "sparsity-layers"));
        Assert.NotNull(page.GetElementById("density"));
        using var data = JsonDocument.Parse(page.GetElementById("data")!.TextContent);
        var runs = data.RootElement.GetProperty("runs").EnumerateArray().ToArray();
        Assert.Equal(1, runs[1].GetProperty("density")[0].GetDouble());
        Assert.Equal(0.2, runs[1].GetProperty("density").EnumerateArray().Last().GetDouble());
        Assert.All(runs[0].GetProperty("density").EnumerateArray(), static value => Assert.Equal(JsonValueKind.Null, value.ValueKind));
    }

    [Fact]
    public void Of_dense_runs_there_is_nothing_to_tell()
    {
        var page = Parse(RunReport.Html([Run("dense", "full", 1, null, [], 300)]));
        Assert.Null(page.GetElementById("sparsity"));
        Assert.Null(page.GetElementById("density"));
        Assert.DoesNotContain("Weights dropped", page.QuerySelectorAll("h2").Select(static head => head.TextContent));
    }

    private string Run(string name, string method, ulong seed, string? sparsify, (string Name, long Kept, long Elements)[] layers, double average) =>
        RecordedRuns.WithNetwork(RecordedRuns.Train(_folder.At("plain-" + name), method, seed), _folder.At(name), sparsify, layers, average);

    private static string[] Heads(IHtmlDocument page, string table) => [.. page.QuerySelectorAll($"#{table} thead th").Select(static head => head.TextContent)];

    private static string[][] Rows(IHtmlDocument page, string table) => [.. page.QuerySelectorAll($"#{table} tbody tr").Select(static row => row.QuerySelectorAll("th, td").Select(static cell => cell.TextContent).ToArray())];

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);
}
