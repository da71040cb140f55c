using System.Xml.Linq;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

/// <summary>The page as a person gets it.</summary>
public sealed class BrowserTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private static readonly string[] s_ofArms =
        ["accuracy-time", "accuracy-samples", "accuracy-compute", "pareto", "to-shortened", "saved", "time", "overhead", "class-accuracy", "class-keep"];

    private static readonly string[] s_ofRun = ["run-loss", "run-accuracy", "run-kept", "run-rate", "run-time", "run-losses", "run-cut"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserFact]
    public void Every_plot_draws_and_has_its_numbers_behind_it()
    {
        foreach (var (folder, figures) in new[] { (RecordedRuns.Methods, s_ofArms.Concat(s_ofRun[..5])), (RecordedRuns.Train(_folder.At("train")), s_ofRun), (RecordedRuns.WithNetwork(_folder.At("train"), _folder.At("sparse"), "gmp", [("a.weight", 20, 100)], 200), (IEnumerable<string>)["density"]) })
        {
            browser.Open(Report(folder));
            var there = browser.All("figure").Select(static figure => figure.GetAttribute("id")!).ToArray();
            Assert.Superset(figures.ToHashSet(), there.ToHashSet());
            foreach (var id in there)
            {
                Assert.True(browser.All($"#{id} svg :is(path, rect, circle)").Count > 0, $"{id} is empty");
                browser.One($"#{id} summary").Click();
                Assert.True(browser.Script<bool>("return new Promise(done => requestAnimationFrame(() => setTimeout(() => done(document.querySelectorAll(`#${arguments[0]} tbody tr`).length > 0))))", id), $"{id} has no table");
            }
        }
    }

    [BrowserFact]
    public void Pointing_at_a_plot_shows_the_numbers_there()
    {
        browser.Open(Report(RecordedRuns.Methods));
        foreach (var (id, x, y, text) in new[]
        {
            ("accuracy-samples", 0.6, 0.25, "epoch"), ("pareto", 0.8, 0.5, "points to full data"), ("to-shortened", 0.6, 0.5, "points to the shortened schedule"),
            ("class-keep", 0.6, 0.4, "% kept"), ("time", 0.5, 0.4, "train: "), ("run-loss", 0.5, 0.5, "epoch"),
        })
        {
            browser.PointAt(browser.One($"#{id} svg"), x, y);
            Assert.Contains(text, browser.One($"#{id} svg [aria-label=tip]").Text, StringComparison.Ordinal);
        }
    }

    [BrowserFact]
    public void A_click_on_its_head_sorts_a_table_and_another_turns_it_round()
    {
        browser.Open(Report(RecordedRuns.Methods));
        double[] Column() => [.. browser.Script<IReadOnlyCollection<object>>("return [...document.querySelectorAll('#arms-1 tbody tr')].map(row => Number(row.cells[arguments[0]].dataset.value))", At("test accuracy")).Select(Convert.ToDouble)];
        int At(string head) => browser.All("#arms-1 thead th").Select(static cell => cell.Text).ToList().FindIndex(text => text.StartsWith(head, StringComparison.Ordinal));

        var before = Column();
        var button = browser.All("#arms-1 thead button")[At("test accuracy")];
        browser.Script<object?>("arguments[0].click()", button);
        Assert.Equal(before.Order(), Column());
        Assert.NotEqual(before, Column());
        browser.Script<object?>("arguments[0].click()", button);
        Assert.Equal(before.OrderDescending(), Column());
        Assert.Equal("descending", browser.All("#arms-1 thead th")[At("test accuracy")].GetAttribute("aria-sort"));

        // Texts by letters; where there is nothing comes last.
        browser.Script<object?>("arguments[0].click()", browser.All("#arms-1 thead button")[0]);
        var names = browser.All("#arms-1 tbody th").Select(static cell => cell.Text).ToArray();
        Assert.Equal(names.Order(StringComparer.OrdinalIgnoreCase), names);
    }

    [BrowserFact]
    public void Arms_can_be_hidden_and_another_run_chosen()
    {
        browser.Open(Report(RecordedRuns.Methods));
        int Lines() => browser.All("#accuracy-time svg [aria-label=line]").Count;
        Assert.Equal(15, Lines());
        browser.All("#legend input")[3].Click();
        Assert.Equal(14, Lines());
        browser.All("#legend button")[1].Click();
        Assert.Contains("None of the arms", browser.One("#accuracy-time .plot").Text, StringComparison.Ordinal);
        browser.All("#legend button")[0].Click();
        Assert.Equal(15, Lines());

        var before = browser.One("#run-loss svg").GetAttribute("innerHTML");
        Assert.Equal("infobatch:save=0.3, seed 1", browser.One("#run option:checked").Text);
        browser.All("#run option").Single(static option => option.Text == "ucb:save=0.3, seed 2").Click();
        Assert.NotEqual(before, browser.One("#run-loss svg").GetAttribute("innerHTML"));
    }

    [BrowserFact]
    public void A_plot_is_saved_as_a_picture_of_its_own()
    {
        browser.Open(Report(RecordedRuns.Methods));
        foreach (var button in browser.All("#pareto [data-save]"))
        {
            browser.Script<object?>("arguments[0].click()", button);
        }

        var svg = XDocument.Load(browser.Downloaded("pareto.svg")).Root!;
        Assert.Equal(XName.Get("svg", "http://www.w3.org/2000/svg"), svg.Name);
        Assert.Contains(svg.Descendants().Where(static node => node.Name.LocalName == "text"), static node => node.Value == "the line to beat");
        Assert.True(svg.Descendants().Count(static node => node.Name.LocalName == "circle") >= 13);
        var png = File.ReadAllBytes(browser.Downloaded("pareto.png"));
        Assert.Equal("\u0089PNG"u8[2..].ToArray(), png[1..4]);
        Assert.True(png.Length > 10_000);
    }

    [BrowserFact]
    public void It_fits_a_phone_and_is_dark_where_the_reader_wants_it()
    {
        foreach (var (name, folder) in new[] { ("compare", RecordedRuns.Methods), ("train", RecordedRuns.At("2026-11-21_report-screenshots/train")) })
        {
            var file = Report(folder);
            foreach (var (kind, width, height, dark) in new[] { ("desktop", 1280, 3400, false), ("phone", 390, 3400, false), ("dark", 1280, 3400, true) })
            {
                browser.Open(file, width, dark);
                Assert.Equal(width, browser.Script<long>("return document.documentElement.scrollWidth"));
                Assert.Equal(dark, browser.Script<string>("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)");
                if (Environment.GetEnvironmentVariable("WINNOW_UPDATE_SCREENSHOTS") == "1" && (kind, name) is not ("dark", "train"))
                {
                    File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(RecordedRuns.At("2026-11-21_report-screenshots")).FullName, $"{name}-{kind}.png"), browser.Screenshot(width, height));
                }
            }
        }
    }

    [BrowserFact]
    public void Names_that_are_meant_to_break_out_do_nothing()
    {
        browser.Open(Report(PageTests.HostileFolder(_folder)));
        browser.PointAt(browser.One("#accuracy-time svg"), 0.6, 0.3);
        foreach (var summary in browser.All("summary"))
        {
            browser.Script<object?>("arguments[0].click()", summary);
        }

        Assert.Null(browser.Script<object?>("return window.hacked ?? null"));
        Assert.Empty(browser.All("img"));
        Assert.Equal(4L, browser.Script<long>("return document.scripts.length"));
        Assert.Contains(browser.All("#legend label"), static label => label.GetAttribute("textContent") == PageTests.Hostile);
    }

    [BrowserFact]
    public void A_hundred_runs_of_two_hundred_epochs_open_in_three_seconds_from_less_than_15_MB()
    {
        var file = Report(RecordedRuns.Many(_folder.At("many"), runs: 100, epochs: 200));
        Assert.InRange(new FileInfo(file).Length, 1_000_000, 15_000_000);
        Assert.InRange(browser.Open(file), 0.01, 3);
        Assert.Equal(20, browser.All("#accuracy-time svg [aria-label=line]").Count);
        Assert.Equal(100, browser.All("#run option").Count);
    }

    private string Report(string folder)
    {
        var file = _folder.At(Path.GetRandomFileName() + ".html");
        RunReport.Write(file, [folder]);
        return file;
    }
}
