using Winnow.Report.Text;

namespace Winnow.Report.Plots;

/// <summary>A plot's place in the page. The script finds it by its id, draws into it, and fills the table behind it.</summary>
/// <param name="Id">The script's name for it.</param>
/// <param name="Title">The heading.</param>
/// <param name="Caption">How to read it.</param>
internal sealed record Figure(string Id, string Title, string Caption)
{
    public Markup Html => Markup.Of($"""
        <figure id="{Id}">
        <h3>{Title}</h3>
        <div class="plot" role="img" aria-label="{Title}"></div>
        <figcaption>{Caption}</figcaption>
        <details class="numbers"><summary>The numbers of this plot</summary><div class="wide"></div></details>
        <p class="tools"><button type="button" data-save="svg">Save as SVG</button> <button type="button" data-save="png">Save as PNG</button></p>
        </figure>

        """);
}

/// <summary>Which plots there are, by what the data has to show.</summary>
internal static class Figures
{
    /// <summary>Those that lay all arms over each other.</summary>
    public static IReadOnlyList<Figure> OfArms(PlotData data)
    {
        var (curves, metric) = (data.Runs.Count > 0, data.Metric);

        // A pass through a smaller network isn't one through the whole.
        var networks = data.Arms.Any(static arm => arm.Network is not null);
        var batch = data.Arms.Select(static arm => arm.Network?.Batch ?? 0).DefaultIfEmpty().Max();
        const string Line = "Filled: networks that were cut and trained on. Hollow: what they are held against. The dashed line, through the dense network and its smaller widths for as much compute, is the one to beat: nothing has to be pruned for it. Bars: from the lowest to the highest seed.";
        var band = data.Runs.Count == data.Arms.Count ? "A point an epoch. The first epochs may lie below the picture." : "Line: mean over seeds; band, while at most five arms are shown: from the lowest to the highest seed; a point an epoch. The first epochs may lie below the picture.";
        return
        [
            .. When(networks, "network-time", $"Test {metric.Words} against milliseconds", Numbers.Invariant($"Milliseconds of a batch of {batch} sent forward on one thread: the dense network's, times what each took of them by turns with it. {Line}")),
            .. When(networks, "network-macs", $"Test {metric.Words} against multiplications", $"Multiplications for one sample, of the dense network's. {Line}"),
            .. When(curves, "accuracy-time", $"Test {metric.Words} against training time", $"{band} Seconds of training without evaluation, which pruning doesn't touch: planning, observing and refreshing are in them.{(networks ? " Of cut networks those of what was left alone." : "")}"),
            .. When(curves, "accuracy-samples", $"Test {metric.Words} against samples visited", band + (networks ? " Of cut networks those of what was left alone." : "")),
            .. When(curves && !networks, "accuracy-compute", $"Test {metric.Words} against compute", $"{band} Compute is forwards + 2 · backwards, refreshes and candidates within batches included, in units of a full epoch."),
            .. When(data.Arms.Any(static arm => arm is { Kind: not "full", ToFull: not null, Saved: not null }), "pareto", "What saving costs",
                $"{(metric.HigherIsBetter ? "Up" : "Down")} is better, right is cheaper. {(metric.IsShare ? "Points" : "Dots")}: {metric.Words} less that of full data at the same seeds; bars: 95 % intervals where there are three seeds. The dashed line is the one to beat: full data under an equally shortened schedule, which anybody can have without a method. Arms that saved nearly the same stand side by side; pointing at one tells what it saved."),
            .. When(data.Arms.Any(static arm => arm.ToShortened is not null), "to-shortened", "Against the shortened schedule",
                $"{metric.Heading} less that of full data under a schedule shortened to the same steps, the line to beat at 0. A method beats it only where its whole 95 % interval lies {(metric.HigherIsBetter ? "right" : "left")} of 0."),
            .. When(curves && !networks && data.Arms.Any(static arm => arm.Kind == "method"), "saved", "Saving reached, epoch by epoch", "Share of the visits saved by the run so far; dashed where a saving was asked for. Full epochs at the end, which most methods take, bring it down again."),
            .. When(data.Runs.Any(static run => run.Density.Any(static share => share is not null)), "density", "Weights left, epoch by epoch", "Of the weights of linear layers and convolutions, at the end of each epoch; of networks that dropped some."),
            .. When(data.Arms.Any(static arm => arm.Seconds.Any(static spent => spent > 0)), "time", "Where the time went", "Seconds of a run, mean over its seeds."),
            .. When(!networks && data.Arms.Any(static arm => arm is { Kind: "method", Overhead: not null }), "overhead", "What choosing samples took", "Planning, observing and refreshing as a share of the run."),
            .. When(data.Arms.Any(static arm => arm.ClassAccuracy.Count > 0), "class-accuracy", "Test accuracy by class", "Final, mean over seeds. Pruning can hide its price in one class: look for a column whose rows differ."),
            .. When(data.Arms.Any(static arm => arm.ClassKeep.Count > 0), "class-keep", "Kept by class", "How often a class was trained on, over how often full epochs would have; mean over seeds."),
        ];
    }

    /// <summary>Those that show one run, which the reader chooses.</summary>
    public static IReadOnlyList<Figure> OfRun(PlotData data) => data.Runs.Count == 0 ? [] :
    [
        .. When(true, "run-loss", "Loss", "Visited: mean over the samples of the epoch. Weighted: the same with the plan's weights, an estimate over all data. Last known: mean over all samples seen, however old, when the epoch was planned. Test: on the test set, without label smoothing."),
        .. When(true, "run-accuracy", $"Test {data.Metric.Words}", "At the end of each epoch."),
        .. When(true, "run-kept", "Samples visited", "Share of the training set that each epoch visited, and saved so far."),
        .. When(true, "run-rate", "Learning rate", "Of the last step of each epoch."),
        .. When(true, "run-time", "Time of each epoch", "Training is batches, forward, backward and optimiser."),
        .. When(data.BinEdges.Count > 0, "run-losses", "Losses when each epoch was planned", "Samples by their last known loss, in half powers of two; darker is more of them. The line is their mean."),
        .. When(data.BinEdges.Count > 0, "run-cut", "Who was visited, by last known loss", "Share of the samples of each bin that the epoch visited: where the colour changes is where the method cut."),
    ];

    private static Figure[] When(bool there, string id, string title, string caption) => there ? [new(id, title, caption)] : [];
}
