using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Winnow.Report.Plots;
using Winnow.Report.Reading;
using Winnow.Report.Sections;
using Winnow.Report.Text;

namespace Winnow.Report;

/// <summary>Lays out the page: one file with its style, its scripts and its data inside, which asks for nothing from anywhere.</summary>
internal static class ReportPage
{
    /// <summary>How every report begins.</summary>
    public const string Beginning = "<!DOCTYPE html>\n<!-- Winnow report -->\n";

    public static string Of(IReadOnlyList<RecordedFolder> folders, Markup samples)
    {
        var arms = ReportArm.Of(folders);
        var data = PlotDataBuilder.Of(arms, folders.Select(static folder => folder.Dataset?.ClassNames).FirstOrDefault(static names => names is not null));
        var title = Title(folders);
        string[] scripts = [Resource("plot.js"), Resource("figures.js"), Resource("report.js")];
        return Beginning + Markup.Of($"""
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Policy(scripts)}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} - Winnow report</title>
            <link rel="icon" href="data:,">
            <style>
            {new Markup(Resource("report.css"))}</style>
            </head>
            <body>
            <header>
            <p class="kind">Winnow report</p>
            <h1>{title}</h1>
            </header>
            <main>
            <section id="found">
            <h2>What was found</h2>
            {Found(folders)}</section>
            {Arms(folders)}{Curves(data)}{OneRun(data)}{SparsityTable.Of(arms)}{samples}<section>
            <h2>Runs</h2>
            {RunsTable.Of(arms)}</section>
            <section>
            <h2>How to do it again</h2>
            {Provenance.Of(folders)}</section>
            </main>
            <footer>
            <details><summary>Drawn with Observable Plot; licences</summary><pre>{Resource("plot-licences.txt")}</pre></details>
            <noscript><p>The plots and the sorting of tables need JavaScript; all text and tables above don't.</p></noscript>
            </footer>
            <script type="application/json" id="data">{new Markup(JsonSerializer.Serialize(data, PlotJson.Default.PlotData))}</script>
            {Markup.Join(scripts.Select(static script => Markup.Of($"<script>{new Markup(script)}</script>\n")))}            </body>
            </html>

            """).Html;
    }

    private static string Title(IReadOnlyList<RecordedFolder> folders)
    {
        string[] subjects = [.. folders.Select(static folder => folder is { Dataset: { } data, Recipe: { } recipe }
            ? Numbers.Invariant($"{data.Name}, {recipe.Model}, {(folder.Epochs == 1 ? "1 epoch" : $"{folder.Epochs} epochs")}")
            : folder.Name).Distinct()];
        return subjects.Length <= 3 ? string.Join("; ", subjects) : Numbers.Invariant($"{folders.Count} run folders");
    }

    // Only the scripts of this file run, and nothing is fetched: even if something from data got into the page, it could do nothing.
    private static string Policy(string[] scripts) =>
        $"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src {string.Join(' ', scripts.Select(static text => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'"))}";

    private static Markup Found(IReadOnlyList<RecordedFolder> folders)
    {
        var several = folders.Count > 1;
        return Markup.Join(
        [
            .. folders.Where(static folder => folder.Training is null).Select(folder => Found(folder, several)),
            .. folders.Where(static folder => folder.Training is not null).Take(several ? 0 : 1).Select(folder => Found(folder, several)),
            several && folders.Any(static folder => folder.Training is not null)
                ? Markup.Of($"<p class=\"headline\">{Numbers.Invariant($"{folders.Count(static folder => folder.Training is not null)} runs of winnow train stand side by side below. Nothing is concluded from their differences, which weren't paired with controls: winnow compare does that.")}</p>\n")
                : Markup.Empty,
            several && folders.Select(static folder => (folder.Dataset?.Fingerprint, folder.Recipe)).Distinct().Count() > 1
                ? Markup.Of($"<p class=\"warning\">The folders differ in data, model or recipe, or not all have a result: curves of different folders aren't comparable by themselves.</p>\n")
                : Markup.Empty,
        ]);
    }

    private static Markup Found(RecordedFolder folder, bool several)
    {
        return Markup.Of($"""
            {(several ? Markup.Of($"<h3>{folder.Name}</h3>\n") : Markup.Empty)}<p class="headline">{Headline.Of(folder)}</p>
            {Warning(folder.Note)}{Warning(folder.Interrupted ? "The comparison was interrupted: only seeds that every arm finished count." : null)}{List(folder.Notes)}
            """);
    }

    private static Markup Warning(string? text) => text is null ? Markup.Empty : Markup.Of($"<p class=\"warning\">{text}</p>\n");

    private static Markup List(IReadOnlyList<string> notes) => notes.Count == 0 ? Markup.Empty : Markup.Of($"""
        <details><summary>Everything that the numbers show ({notes.Count} sentences)</summary>
        <ul>
        {Markup.Join(notes.Select(static note => Markup.Of($"<li>{note}</li>\n")))}</ul>
        </details>

        """);

    private static Markup Arms(IReadOnlyList<RecordedFolder> folders)
    {
        RecordedFolder[] compared = [.. folders.Where(static folder => folder.Comparison is { Arms.Count: > 0 } || folder.Networks is { Arms.Count: > 0 })];
        return Markup.Join(compared.Select((folder, index) => Markup.Of($"""
            <section>
            <h2>{(folder.Networks is null ? "Arms" : "Networks")}{(compared.Length > 1 ? $" of {folder.Name}" : "")}</h2>
            {(folder.Networks is { } networks ? NetworksTable.Of($"networks-{index + 1}", networks) : ArmsTable.Of($"arms-{index + 1}", folder.Comparison!))}</section>

            """)));
    }

    private static Markup Curves(PlotData data) => Section("arms-plots", "Plots", data.Arms.Count > 1 ? Markup.Of($"<fieldset id=\"legend\" class=\"screen\"><legend>Arms shown</legend></fieldset>\n") : Markup.Empty, Figures.OfArms(data));

    private static Markup OneRun(PlotData data) => Section(
        "run-plots",
        data.Runs.Count > 1 ? "One run" : "The run",
        data.Runs.Count > 1 ? Markup.Of($"<p><label for=\"run\">Run: </label><select id=\"run\"></select></p>\n") : Markup.Empty,
        Figures.OfRun(data));

    private static Markup Section(string id, string title, Markup controls, IReadOnlyList<Figure> figures) => figures.Count == 0 ? Markup.Empty : Markup.Of($"""
        <section id="{id}">
        <h2>{title}</h2>
        {controls}<div class="figures">
        {Markup.Join(figures.Select(static figure => figure.Html))}</div>
        </section>

        """);

    /// <summary>A file of the page's that the assembly carries.</summary>
    public static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the resource {name} isn't in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
