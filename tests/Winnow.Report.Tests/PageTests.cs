using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Winnow.Records;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

public sealed class PageTests : IDisposable
{
    /// <summary>What names from data may hold, and must not do.</summary>
    public const string Hostile = "</script><script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">'\"&amp;<!--\u202E\U0001F600{{}}`${1}\\u003c";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_run_gives_valid_html_with_its_data_inside_and_nothing_fetched()
    {
        string[][] reports =
        [
            [RecordedRuns.Methods],
            [RecordedRuns.Quick],
            [RecordedRuns.At("2026-11-21_fashion-mnist-methods/long-tail")],
            [RecordedRuns.Train(_folder.At("train"))],
            [RecordedRuns.Train(_folder.At("one")), RecordedRuns.Train(_folder.At("two"), seed: 2), RecordedRuns.Train(_folder.At("other"), "full")],
            [RecordedRuns.Quick, RecordedRuns.At("2026-11-21_fashion-mnist-infobatch/full")],
            [RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("cut"), result: static _ => null)],
        ];
        foreach (var folders in reports)
        {
            var page = Parse(RunReport.Html(folders));
            Assert.Equal(4, page.Scripts.Length);
            Assert.All(page.All, static element => Assert.All(element.Attributes, attribute =>
                Assert.False(attribute.Name is "src" || (attribute.Name == "href" && attribute.Value != "data:,") || attribute.Name.StartsWith("on", StringComparison.Ordinal), $"{element.LocalName} {attribute.Name}")));
            var data = Data(page);
            Assert.NotEqual(0, data.GetProperty("runs").GetArrayLength());
            Assert.All(page.QuerySelectorAll("figure"), static figure => Assert.NotNull(figure.QuerySelector("figcaption")));
            Assert.Equal(page.QuerySelectorAll("[id]").Length, page.QuerySelectorAll("[id]").Select(static element => element.Id).Distinct().Count());
        }
    }

    [Fact]
    public void Seconds_are_told_for_every_phase_and_for_what_none_was_charged_with()
    {
        var data = Data(Parse(RunReport.Html([RecordedRuns.Train(_folder.At("train"))])));
        Assert.Equal([.. PhaseSeconds.Phases.Select(PhaseSeconds.NameOf), "other"], data.GetProperty("phases").EnumerateArray().Select(static phase => phase.GetString()!));
        var count = data.GetProperty("phases").GetArrayLength();
        Assert.All(data.GetProperty("arms").EnumerateArray(), arm => Assert.Equal(count, arm.GetProperty("seconds").GetArrayLength()));
        Assert.All(data.GetProperty("runs").EnumerateArray(), run => Assert.Equal(count, run.GetProperty("seconds").GetArrayLength()));

        using var ended = JsonDocument.Parse(File.ReadLines(_folder.At("train/events.jsonl")).Last(static line => line.Contains("run_ended", StringComparison.Ordinal)));
        var (told, known) = (data.GetProperty("arms")[0].GetProperty("seconds"), ended.RootElement.GetProperty("seconds"));
        Assert.Equal(known.GetProperty("train").GetDouble(), told[(int)Phase.Train].GetDouble(), 0.01);
        Assert.Equal(known.GetProperty("total").GetDouble(), told.EnumerateArray().Sum(static part => part.GetDouble()), 0.05);
    }

    [Fact]
    public void The_page_allows_its_own_scripts_and_nothing_else()
    {
        var page = Parse(RunReport.Html([RecordedRuns.Quick]));
        var policy = page.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content")!;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.All(page.Scripts.Where(static script => script.Type is null or ""), script =>
            Assert.Contains($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.TextContent)))}'", policy, StringComparison.Ordinal));
    }

    [Fact]
    public void The_curves_are_those_of_the_events()
    {
        var data = Data(Parse(RunReport.Html([RecordedRuns.Methods])));
        Assert.Equal(45, data.GetProperty("runs").GetArrayLength());
        var arms = data.GetProperty("arms").EnumerateArray().Select(static arm => arm.GetProperty("name").GetString()!).ToList();
        Assert.Equal(15, arms.Count);
        var run = data.GetProperty("runs").EnumerateArray().Single(run => arms[run.GetProperty("arm").GetInt32()] == "ies:save=0.3" && run.GetProperty("seed").GetString() == "2");
        var epochs = File.ReadLines(Path.Combine(RecordedRuns.Methods, "events.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static entry => entry.GetProperty("event").GetString() == "epoch_ended" && entry.GetProperty("arm").GetString() == "ies:save=0.3" && entry.GetProperty("seed").GetInt32() == 2)
            .Select(static entry => entry.GetProperty("report")).ToArray();
        Assert.Equal(epochs.Select(static epoch => epoch.GetProperty("accuracy").GetDouble()), Column(run, "judged"));
        long visited = 0;
        Assert.Equal(epochs.Select(epoch => (double)(visited += epoch.GetProperty("visited").GetInt64())), Column(run, "samples"));
        double compute = 0;
        Assert.All(
            epochs.Select(epoch => compute += (epoch.GetProperty("forwards").GetDouble() + (2 * epoch.GetProperty("backwards").GetDouble())) / 30000).Zip(Column(run, "compute")),
            static pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        // The number that winnow itself gave for the end.
        Assert.Equal(epochs[^1].GetProperty("saved_so_far").GetDouble(), Column(run, "saved")[^1], 1e-5);
    }

    [Fact]
    public void The_tables_hold_the_numbers_of_the_result_and_the_page_says_how_to_do_it_again()
    {
        var page = Parse(RunReport.Html([RecordedRuns.Methods]));
        var row = page.QuerySelectorAll("#arms-1 tbody tr").Single(static row => row.FirstElementChild!.TextContent == "rcap:save=0.3");
        Assert.Contains(row.Children, static cell => cell.TextContent == "-0.33 [-1.27, +0.61]");
        Assert.Equal(45, page.QuerySelectorAll("#runs tbody tr").Length);
        var provenance = page.QuerySelector("dl")!.TextContent;
        Assert.Contains("winnow compare fashion-mnist --model resnet-small --limit 10000", provenance, StringComparison.Ordinal);
        Assert.All(["AMD EPYC, cpu, 2 threads", "1.13.0", "0.1.0", "1, 2, 3", "17ffc9dd7c007089"], fact => Assert.Contains(fact, provenance, StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_stands_in_names_stays_text()
    {
        var page = Parse(RunReport.Html([HostileFolder(_folder)]));
        Assert.Equal(4, page.Scripts.Length);
        Assert.Empty(page.Images);
        Assert.Contains(page.QuerySelectorAll("#runs th"), static cell => cell.TextContent == Hostile);
        Assert.Contains(Hostile, page.QuerySelector(".headline")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(Hostile, page.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        var data = Data(page);
        Assert.Contains(data.GetProperty("arms").EnumerateArray(), static arm => arm.GetProperty("name").GetString() == Hostile);
        Assert.Equal(Hostile, data.GetProperty("classes")[3].GetString());
    }

    [Fact]
    public void Control_characters_that_html_has_no_way_to_write_are_replaced()
    {
        var folder = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("control"), static line => line.Replace("infobatch", "a\\u0000\\u0007b", StringComparison.Ordinal), static _ => null);
        Assert.Contains(Parse(RunReport.Html([folder])).QuerySelectorAll("#runs th"), static cell => cell.TextContent == "a\uFFFD\uFFFDb");
    }

    [Fact]
    public void Runs_of_train_that_differ_in_the_seed_only_are_one_arm()
    {
        var data = Data(Parse(RunReport.Html([RecordedRuns.Train(_folder.At("a")), RecordedRuns.Train(_folder.At("b"), seed: ulong.MaxValue), RecordedRuns.Train(_folder.At("c"), "full")])));
        Assert.Equal(["infobatch", "full"], data.GetProperty("arms").EnumerateArray().Select(static arm => arm.GetProperty("name").GetString()));
        Assert.Equal([0, 0, 1], data.GetProperty("runs").EnumerateArray().Select(static run => run.GetProperty("arm").GetInt32()));
        Assert.Equal("18446744073709551615", data.GetProperty("runs")[1].GetProperty("seed").GetString());
    }

    [Fact]
    public void Arms_of_the_same_name_in_two_folders_are_told_apart()
    {
        var data = Data(Parse(RunReport.Html([RecordedRuns.Quick, RecordedRuns.At("2026-11-21_fashion-mnist-infobatch/full")])));
        Assert.Equal(["full (quick)", "infobatch (quick)", "full@infobatch (quick)", "full (full)", "infobatch (full)", "full@infobatch (full)"],
            data.GetProperty("arms").EnumerateArray().Select(static arm => arm.GetProperty("name").GetString()));
    }

    /// <summary>The quick record, everything in it that is a name replaced by <see cref="Hostile"/>.</summary>
    internal static string HostileFolder(TemporaryFolder folder) => RecordedRuns.Copy(
        RecordedRuns.Quick,
        folder.At("<b>run"),
        static line => line.Replace("\"infobatch\"", $"\"{RecordedRuns.InJson(Hostile)}\"", StringComparison.Ordinal).Replace("full@infobatch", "full@" + RecordedRuns.InJson(Hostile), StringComparison.Ordinal)
            .Replace("\"event\":\"run_ended\"", "\"event\":\"run_ended\",\"class_keep\":[1,1,1,1,1,1,1,1,1,1]", StringComparison.Ordinal),
        static result =>
        {
            var text = result.ToJsonString().Replace("\"infobatch\"", $"\"{RecordedRuns.InJson(Hostile)}\"", StringComparison.Ordinal).Replace("full@infobatch", "full@" + RecordedRuns.InJson(Hostile), StringComparison.Ordinal)
                .Replace("infobatch ", RecordedRuns.InJson(Hostile) + " ", StringComparison.Ordinal);
            var hostile = System.Text.Json.Nodes.JsonNode.Parse(text)!.AsObject();
            hostile["dataset"]!["name"] = Hostile;
            hostile["dataset"]!["class_names"] = new System.Text.Json.Nodes.JsonArray([.. Enumerable.Range(0, 10).Select(static c => (System.Text.Json.Nodes.JsonNode)(c == 3 ? Hostile : $"{c}"))]);
            hostile["environment"]!["command"] = new System.Text.Json.Nodes.JsonArray("winnow", Hostile);
            return hostile;
        });

    // Strict: whatever the parser would have to mend is a failure.
    private static IHtmlDocument Parse(string html) => new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(html);

    private static JsonElement Data(IHtmlDocument page) => JsonDocument.Parse(page.QuerySelector("script#data")!.TextContent).RootElement;

    private static double[] Column(JsonElement run, string name) => [.. run.GetProperty(name).EnumerateArray().Select(static value => value.GetDouble())];
}
