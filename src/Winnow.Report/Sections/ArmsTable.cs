using Winnow.Records.Comparisons;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>A comparison's arms, an arm a row.</summary>
internal static class ArmsTable
{
    private static readonly (string Head, Func<ArmResult, Cell> Cell)[] s_columns =
    [
        ("arm", static arm => ArmText.Of(arm)),
        ("samples saved", static arm => Cell.Percent(arm.Saved.Samples)),
        ("wall-clock saved", static arm => Cell.Percent(arm.Saved.Wall)),
        ("test accuracy", static arm => new(Numbers.Percent(arm.Accuracy), arm.Accuracy.Mean)),
        ("points to full", static arm => Cell.Points(arm.DeltaFull)),
        ("to shortened", static arm => Cell.Points(arm.DeltaShortened)),
        ("seconds", static arm => Cell.Number(arm.WallSeconds.Average())),
        ("plan + observe", static arm => new(Numbers.Invariant($"{arm.OverheadShare:P2}"), arm.OverheadShare)),
        ("asked", static arm => Cell.Percent(arm.AskedSave)),
        ("worst class", static arm => arm.WorstClassAccuracy is { } worst ? new(Numbers.Percent(worst), worst.Mean) : new("")),
        ("worst class to full's", static arm => Cell.Points(arm.DeltaFullWorstClass)),
        ("kept of the class pruned most", static arm => Cell.Percent(arm.ClassKeep.Min())),
        ("to equal compute", static arm => Cell.Points(arm.DeltaEqualCompute)),
        ("to shortened × lr", static arm => Cell.Points(arm.DeltaShortenedLr)),
        ("to random", static arm => Cell.Points(arm.DeltaRandom)),
        ("to rs2", static arm => Cell.Points(arm.DeltaRs2)),
        ("to itself without weights", static arm => Cell.Points(arm.DeltaWithoutWeights)),
        ("to itself without annealing", static arm => Cell.Points(arm.DeltaWithoutAnnealing)),
        ("steps saved", static arm => Cell.Percent(arm.Saved.Steps)),
        ("compute saved", static arm => Cell.Percent(arm.Saved.Compute)),
        ("wall-clock saved without evaluation", static arm => Cell.Percent(arm.Saved.WallTraining)),
    ];

    public static Markup Of(string id, ComparisonResult comparison)
    {
        double[] targets = comparison.Arms.Count == 0 ? [] : [.. comparison.Arms[0].TimeToAccuracy.Select(static time => time.Target)];
        var arms = Table.Of(
            id,
            [.. s_columns.Select(static column => column.Head)],
            [.. comparison.Arms.Select(static arm => (IReadOnlyList<Cell>)[.. s_columns.Select(column => column.Cell(arm))])]);
        var seeds = comparison.Arms.Count == 0 ? 0 : comparison.Arms[0].Seeds.Count;
        return Markup.Of($"""
            {arms}<p class="note">Accuracy is {(seeds > 1 ? "mean ± standard deviation" : "of one run")}; points are percentage points of accuracy{(seeds >= Difference.SeedsForInterval ? ", [95 % interval], paired by seed" : "")}. Savings are against full data; wall-clock is the median over seeds.</p>
            {(targets.Length == 0 ? Markup.Empty : Targets(id, targets, comparison.Arms))}
            """);
    }

    private static Markup Targets(string id, double[] targets, IReadOnlyList<ArmResult> arms) => Markup.Of($"""
        <h3>Time to accuracy</h3>
        {Table.Of(
            $"{id}-targets",
            ["arm", .. targets.SelectMany(static target => new[] { Numbers.Invariant($"seconds to {target:P1}"), Numbers.Invariant($"visits to {target:P1}"), Numbers.Invariant($"seeds that reached {target:P1}") })],
            [.. arms.Select(static arm => (IReadOnlyList<Cell>)[ArmText.Of(arm), .. arm.TimeToAccuracy.SelectMany(time => new Cell[]
            {
                time.Seconds is { } seconds ? Cell.Number(seconds) : new("never", double.MaxValue),
                time.Samples is { } samples ? Cell.Count((long)samples) : new("never", double.MaxValue),
                new(Numbers.Invariant($"{time.ReachedSeeds} of {arm.Seeds.Count}"), time.ReachedSeeds),
            })])])}<p class="note">Seconds of training without evaluation, and visits, until an epoch first ended at that test accuracy; median over seeds, where a seed that never got there counts as infinitely long.</p>

        """);
}
