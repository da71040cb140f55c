using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Winnow.Data;
using Winnow.Records.Inspection;
using Winnow.Report.Inspection;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

/// <summary>Pictures and numbers of samples, on their own page and in the report.</summary>
public sealed class SamplesTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_list_shows_its_samples_in_order_with_their_own_pictures()
    {
        var run = InspectedRun.Open(Recorded.Run(_folder, ["ant", "bee", "cat"]));
        var set = run.OpenSamples();
        var page = Parse(SamplesPage.Html(run, set, label: null, top: 4));
        Assert.Empty(page.Scripts);
        var lists = page.QuerySelectorAll("#samples ol.samples");
        Assert.Equal(
            ["Never learned: 12", "Most forgotten: none", "Hardest: 60", "Most often dropped: 9"],
            page.QuerySelectorAll("#samples h3").Select(static head => head.TextContent));

        // 55 to 40: every fifth has a loss of 3 + id/100. Of those left out twice, 7, 14 … have lower losses than 0 and 35.
        int[][] expected = [[55, 50, 45, 40], [55, 50, 45, 40], [7, 14, 21, 28]];
        Assert.Equal(3, lists.Length);
        foreach (var (list, ids) in lists.Zip(expected))
        {
            Assert.Equal(ids.Select(id => $"data:image/png;base64,{Convert.ToBase64String(set.Picture(id))}"), list.QuerySelectorAll("img").Select(static image => image.GetAttribute("src")));
            Assert.Equal(ids.Select(static id => $"no. {id}"), list.QuerySelectorAll("small").Select(static small => small.LastChild!.TextContent));
        }

        Assert.Equal(["bee", "cat", "ant", "bee"], lists[0].QuerySelectorAll("b").Select(static name => name.TextContent));
        Assert.Equal(["taken for cat", "taken for ant", "taken for bee", "taken for cat"], lists[0].QuerySelectorAll("span.wrong").Select(static seen => seen.TextContent));
        Assert.All(lists[2].QuerySelectorAll("small"), static small => Assert.StartsWith("1 of 3 visits, loss 1.", small.TextContent, StringComparison.Ordinal));
        Assert.Equal(["3", "1"], page.QuerySelectorAll("#visits tbody th").Select(static cell => cell.TextContent));
        Assert.Equal(["51", "9"], page.QuerySelectorAll("#visits tbody tr").Select(static row => row.Children[1].TextContent));
        Assert.Equal(["ant", "bee", "cat"], page.QuerySelectorAll("details > summary").Select(static summary => summary.TextContent));

        var bees = Parse(SamplesPage.Html(run, set, label: 1, top: 50));
        Assert.All(bees.QuerySelectorAll("#samples b"), static name => Assert.Equal("bee", name.TextContent));
        Assert.Equal(20, bees.QuerySelectorAll("#samples ol.samples")[1].ChildElementCount);
        Assert.Equal(0, bees.QuerySelectorAll("details").Length);
    }

    [Fact]
    public void Samples_are_called_by_their_rows_where_others_were_held_out()
    {
        // Of 72 rows 15, 16 and 17 and as many of each further 18 are held out: the sample in place 15 is row 18.
        var run = InspectedRun.Open(Recorded.Run(_folder, heldOut: true));
        var set = run.OpenSamples();
        var never = Parse(SamplesPage.Html(run, set, label: null, top: 4)).QuerySelector("#samples ol.samples")!;
        Assert.Equal(["no. 64", "no. 59", "no. 54", "no. 46"], never.QuerySelectorAll("small").Select(static small => small.LastChild!.TextContent));
        Assert.Equal(["sample 64", "sample 59", "sample 54", "sample 46"], never.QuerySelectorAll("img").Select(static image => image.GetAttribute("alt")));
        Assert.Equal(new[] { 55, 50, 45, 40 }.Select(place => $"data:image/png;base64,{Convert.ToBase64String(set.Picture(place))}"), never.QuerySelectorAll("img").Select(static image => image.GetAttribute("src")));
    }

    [Fact]
    public void Of_a_run_of_an_earlier_version_it_is_said_what_its_ids_are()
    {
        var run = Recorded.Run(_folder, heldOut: true, ids: false);
        var page = Parse(SamplesPage.Html(InspectedRun.Open(run), InspectedRun.Open(run).OpenSamples(), label: null, top: 4));
        Assert.Equal(["no. 55", "no. 50", "no. 45", "no. 40"], page.QuerySelector("#samples ol.samples")!.QuerySelectorAll("small").Select(static small => small.LastChild!.TextContent));
        Assert.Single(page.QuerySelectorAll("p.note"), static note => note.TextContent.StartsWith("Ids are places among the samples trained on", StringComparison.Ordinal));
        Assert.Contains("Ids are places among the samples trained on", RunReport.Html([run]), StringComparison.Ordinal);
        Directory.Delete(run, recursive: true);
        Assert.DoesNotContain("Ids are places", RunReport.Html([Recorded.Run(_folder)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_of_a_table_is_shown_by_its_values()
    {
        var run = InspectedRun.Open(Recorded.Run(_folder, table: true));
        var page = Parse(SamplesPage.Html(run, run.OpenSamples(), label: null, top: 1));
        Assert.Empty(page.Images);
        Assert.Equal("123.8, 124, 124.2, 124.5, 124.8, 125, … (9 values)", page.QuerySelector("#samples code")!.TextContent);
        Assert.Equal("class 1", page.QuerySelector("#samples b")!.TextContent);
    }

    [Fact]
    public void The_report_of_a_run_shows_them_and_does_without_pictures_where_the_data_is_gone()
    {
        var run = Recorded.Run(_folder);
        var html = RunReport.Html([run]);
        var page = Parse(html);
        Assert.Equal(12 + 12 + 9, page.QuerySelectorAll("#samples li img").Length);
        Assert.Equal(html, RunReport.Html([run], new RunAtHand(InspectedRun.Open(run).Plan, InspectedRun.Open(run).OpenSamples())));

        Directory.Move(_folder.At("data"), _folder.At("moved"));
        page = Parse(RunReport.Html([run]));
        Assert.Empty(page.Images);
        Assert.Equal(33, page.QuerySelectorAll("#samples li").Length);
        Assert.StartsWith("There are no pictures, since the data can't be opened: ", page.QuerySelector("#samples .warning")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(60, InspectedRun.Open(run).OpenSamples(_folder.At("moved")).Count);

        File.WriteAllText(Path.Combine(run, "samples", "losses.npy"), "x");
        page = Parse(RunReport.Html([run]));
        Assert.Contains("losses.npy", page.QuerySelector("#samples .warning")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("infobatch ended at", page.QuerySelector(".headline")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_than_the_run_was_trained_on_is_refused()
    {
        var run = InspectedRun.Open(Recorded.Run(_folder));
        Recorded.Run(_folder, table: true);
        Assert.Contains("the run was trained on data of 60 samples", Assert.Throws<Data.DataException>(() => run.OpenSamples()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_replaces_such_a_page_and_nothing_else()
    {
        var folder = Recorded.Run(_folder);
        var run = InspectedRun.Open(folder);
        SamplesPage.Write(_folder.At("a.html"), run, run.OpenSamples(), null, 2);
        SamplesPage.Write(_folder.At("a.html"), run, run.OpenSamples(), null, 2);
        RunReport.Write(_folder.At("report.html"), [folder]);
        Assert.Contains("is no page of samples of Winnow", Assert.Throws<ReportException>(() => SamplesPage.Write(_folder.At("report.html"), run, run.OpenSamples(), null, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("is no report of Winnow", Assert.Throws<ReportException>(() => RunReport.Write(_folder.At("a.html"), [folder])).Message, StringComparison.Ordinal);
    }

    [BrowserFact]
    public void It_opens_without_a_message_or_a_request_and_fits_a_phone_in_light_and_dark()
    {
        var folder = Recorded.Run(_folder, ["ant", "bee", "a name that is much longer than the picture"]);
        var run = InspectedRun.Open(folder);
        SamplesPage.Write(_folder.At("page.html"), run, run.OpenSamples(), null, 24);
        RunReport.Write(_folder.At("report.html"), [folder]);
        foreach (var (page, script, pictures) in new[] { ("page.html", false, 24), ("report.html", true, 24) })
        {
            foreach (var (width, dark) in new[] { (1280, false), (390, false), (390, true) })
            {
                browser.Open(_folder.At(page), width, dark, script);
                Assert.Equal(width, browser.Script<long>("return document.documentElement.scrollWidth"));
                Assert.Equal(dark, browser.Script<string>("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)");

                // The browser is the other reader of our PNGs.
                Assert.True(browser.Script<long>("return [...document.querySelectorAll('#samples img')].filter(image => image.naturalWidth === 8 && image.naturalHeight === 8).length") >= pictures);
                Assert.Equal(0L, browser.Script<long>("return [...document.images].filter(image => image.naturalWidth !== 8).length"));
            }
        }
    }

    [BrowserFact]
    public void Names_that_are_meant_to_break_out_do_nothing()
    {
        var run = InspectedRun.Open(Recorded.Run(_folder, ["ant", PageTests.Hostile, "cat"]));
        SamplesPage.Write(_folder.At("page.html"), run, run.OpenSamples(), null, 24);
        browser.Open(_folder.At("page.html"), script: false);
        Assert.Null(browser.Script<object?>("return window.hacked ?? null"));
        Assert.Equal(0L, browser.Script<long>("return document.scripts.length"));
        Assert.Contains(browser.All("#samples b"), static name => name.GetAttribute("textContent") == PageTests.Hostile);
        Assert.All(browser.All("img"), static image => Assert.StartsWith("data:image/png;base64,", image.GetAttribute("src"), StringComparison.Ordinal));
    }

    // Strict: whatever the parser would have to mend is a failure.
    private static IHtmlDocument Parse(string html) => new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(html);
}
