using Winnow.Data;
using Winnow.Records.Inspection;
using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>A page of a run's samples: one file with its style and its pictures inside, which runs no script and asks for nothing from anywhere.</summary>
public static class SamplesPage
{
    private const string Beginning = "<!DOCTYPE html>\n<!-- Winnow samples -->\n";

    // Of each class as many lists as of all; with more classes, or more samples a list, the page would get too large for a phone.
    private const int MostClasses = 20, TopOfClass = 12;

    /// <summary>Writes the page to a file, whole or not at all. A file that is there is replaced only if it is such a page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="run">What was recorded.</param>
    /// <param name="set">The samples that the run was trained on.</param>
    /// <param name="label">Only samples of this class; null for all.</param>
    /// <param name="top">How many samples a list shows, at least 1.</param>
    /// <exception cref="ReportException">The file may not or can't be written.</exception>
    public static void Write(string path, InspectedRun run, SampleSet set, int? label, int top)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(set);
        PageFile.Write(path, Beginning, "page of samples", Html(run, set, label, top));
    }

    internal static string Html(InspectedRun run, SampleSet set, int? label, int top)
    {
        SampleNumbers[] samples = [.. run.Numbers.Where(sample => label is null || sample.Label == label)];
        var grid = new SampleGrid(run, set);
        var title = Numbers.Invariant($"{run.Plan.Dataset.Name}, {run.Plan.Recipe.Model}, {run.Name}{(label is { } only ? $", class {Name(only, run)}" : "")}");
        return PlainPage.Html(Beginning, "Winnow samples", title, Markup.Of($"""
            <p class="headline">{Numbers.Invariant($"{samples.Length:N0} samples, {run.History.Recorded.Count} of {run.History.Epochs} epochs recorded.")}</p>
            {Note(run)}<section id="samples">
            <h2>The samples</h2>
            {Lists(grid, samples, top)}</section>
            <section>
            <h2>Samples by visits</h2>
            {Visits(samples)}</section>
            <section>
            <h2>Classes</h2>
            {Classes(run, samples, grid, label is null && run.Plan.Dataset.Classes <= MostClasses ? Math.Min(top, TopOfClass) : 0)}</section>
            """));
    }

    /// <summary>All lists of these samples.</summary>
    internal static Markup Lists(SampleGrid grid, IReadOnlyList<SampleNumbers> samples, int top) => Markup.Join([SampleGrid.Legend, .. SampleList.Of(samples, top).Select(grid.Of)]);

    /// <summary>What there is to say of the samples' ids, if there is anything.</summary>
    internal static Markup Note(InspectedRun run) => run.IdNote is { } note ? Markup.Of($"<p class=\"note\">{note}</p>\n") : Markup.Empty;

    private static Markup Visits(SampleNumbers[] samples) => Table.Of(
        "visits",
        ["visits", "samples", "share", "mean loss", "never learned"],
        [.. samples.GroupBy(static sample => sample.Visits).OrderByDescending(static group => group.Key).Select(group => (IReadOnlyList<Cell>)
        [
            Numbers.Invariant($"{group.Key}"), Cell.Count(group.Count()), Cell.Percent((double)group.Count() / samples.Length), Loss(group), Cell.Count(group.Count(static sample => sample.NeverLearned)),
        ])]);

    private static Markup Classes(InspectedRun run, SampleNumbers[] samples, SampleGrid grid, int top)
    {
        IGrouping<int, SampleNumbers>[] classes = [.. samples.GroupBy(static sample => sample.Label).OrderBy(static group => group.Key)];
        var table = Table.Of(
            "classes",
            ["class", "samples", "visits a sample", "mean loss", "never learned", "forgotten at least once"],
            [.. classes.Select(group => (IReadOnlyList<Cell>)
            [
                Name(group.Key, run), Cell.Count(group.Count()), Cell.Number(group.Average(static sample => sample.Visits), "F2"), Loss(group),
                Cell.Percent(group.Average(static sample => sample.NeverLearned ? 1.0 : 0)), Cell.Percent(group.Average(static sample => sample.Forgotten > 0 ? 1.0 : 0)),
            ])]);
        return top == 0 ? table : Markup.Join([table, .. classes.Select(group => Markup.Of($"""
            <details><summary>{Name(group.Key, run)}</summary>
            {Markup.Join(SampleList.Of([.. group], top).Select(grid.Of))}</details>

            """))]);
    }

    private static Cell Loss(IEnumerable<SampleNumbers> samples) => Cell.Number(samples.Where(static sample => sample.MeanLoss is { } loss && double.IsFinite(loss)).Average(static sample => sample.MeanLoss), "F3");

    private static string Name(int label, InspectedRun run) => SampleExport.NameOrNumber(label, run.ClassNames);
}
