using Winnow.Data;
using Winnow.Records.Inspection;
using Winnow.Records.Labels;
using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>A page of the samples whose labels may be wrong, the most doubtful first.</summary>
public static class LabelsPage
{
    private const string Beginning = "<!DOCTYPE html>\n<!-- Winnow labels -->\n", Kind = "page of labels";

    /// <summary>Refuses a place where the page may not be written, before it is made.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReportException">It is a folder or another file, or lies in no folder.</exception>
    public static void Check(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PageFile.Check(path, Beginning, Kind);
    }

    /// <summary>Writes the page to a file, whole or not at all. A file that is there is replaced only if it is such a page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">The samples.</param>
    /// <param name="labels">All of them, with what is said of their labels.</param>
    /// <param name="method">How the labels were looked for, as a spec.</param>
    /// <param name="top">How many samples it shows, at least 1.</param>
    /// <exception cref="ReportException">The file may not or can't be written.</exception>
    public static void Write(string path, SampleSet set, IReadOnlyList<DoubtfulLabel> labels, string method, int top)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(labels);
        PageFile.Write(path, Beginning, Kind, Html(set, labels, method, top));
    }

    internal static string Html(SampleSet set, IReadOnlyList<DoubtfulLabel> labels, string method, int top)
    {
        DoubtfulLabel[] doubted = [.. labels.Where(static label => label.Issue is not null).OrderBy(static label => label.Issue)];
        return PlainPage.Html(Beginning, "Winnow labels", Numbers.Invariant($"{set.Name}, {method}"), Markup.Of($"""
            <p class="headline">{Numbers.Invariant($"{doubted.Length:N0} of {labels.Count:N0} labels may be wrong.")}</p>
            <p class="note">Below each sample: the label that it was given, what networks that weren't trained on it take it for, and how well the label fits, from 0 to 1. These are candidates to be looked at: a hard sample with the right label stands among them.{(doubted.Length > top ? Numbers.Invariant($" The first {top} are shown.") : "")}</p>
            <section id="samples">
            <h2>Doubtful labels</h2>
            <ol class="samples">
            {Markup.Join(doubted.Take(top).Select(label => Markup.Of($"""
                <li>{SampleFace.Of(set, label.Place, label.Id)}
                <b>{Name(label.Label)}</b><span class="wrong">taken for {Name(label.Predicted)}</span>
                <small>fits {Numbers.Invariant($"{label.Quality:0.000}")}<br>no. {label.Id}</small></li>

                """)))}</ol>
            </section>
            <section>
            <h2>Classes</h2>
            {Table.Of("classes", ["class", "samples", "labels that may be wrong", "share"], [.. labels.GroupBy(static label => label.Label).OrderBy(static group => group.Key).Select(group => (IReadOnlyList<Cell>)
            [
                Name(group.Key), Cell.Count(group.Count()), Cell.Count(group.Count(static label => label.Issue is not null)), Cell.Percent(group.Average(static label => label.Issue is null ? 0.0 : 1)),
            ])])}</section>

            """));

        string Name(int c) => SampleExport.NameOrNumber(c, set.ClassNames);
    }
}
