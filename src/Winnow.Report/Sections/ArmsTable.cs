using Winnow.Records.Comparisons;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>A comparison's arms, an arm a row.</summary>
internal static class ArmsTable
{
    private static (string Head, Func<ArmResult, Cell> Cell)[] Columns(Judgement judgement) =>
    [
        ("arm", static arm => ArmText.Of(arm)),
        ("samples saved", static arm => Cell.Percent(arm.Saved.Samples)),
        ("wall-clock saved", static arm => Cell.Percent(arm.Saved.Wall)),
        ($"test {judgement.Words}", arm => Cell.Mean(judgement, arm.Judged)),
        (judgement.IsShare ? "points to full" : "less full", arm => Cell.Difference(judgement, arm.DeltaFull)),
        ("to shortened", arm => Cell.Difference(judgement, arm.DeltaShortened)),
        ("seconds", static arm => Cell.Number(arm.WallSeconds.Average())),
        ("plan + observe", static arm => new(Numbers.Invariant($"{arm.OverheadShare:P2}"), arm.OverheadShare)),
        ("asked", static arm => Cell.Percent(arm.AskedSave)),
        ("worst class", static arm => Cell.Mean(Judgement.Accuracy, arm.WorstClassAccuracy)),
        ("worst class to full's", static arm => Cell.Difference(Judgement.Accuracy, arm.DeltaFullWorstClass)),
        ("kept of the class pruned most", static arm => Cell.Percent(arm.ClassKeep.Min())),
        ("to equal compute", arm => Cell.Difference(judgement, arm.DeltaEqualCompute)),
        ("to shortened × lr", arm => Cell.Difference(judgement, arm.DeltaShortenedLr)),
        ("to random", arm => Cell.Difference(judgement, arm.DeltaRandom)),
        ("to rs2", arm => Cell.Difference(judgement, arm.DeltaRs2)),
        ("to itself without weights", arm => Cell.Difference(judgement, arm.DeltaWithoutWeights)),
        ("to itself without annealing", arm => Cell.Difference(judgement, arm.DeltaWithoutAnnealing)),
        ("steps saved", static arm => Cell.Percent(arm.Saved.Steps)),
        ("compute saved", static arm => Cell.Percent(arm.Saved.Compute)),
        ("wall-clock saved without evaluation", static arm => Cell.Percent(arm.Saved.WallTraining)),
    ];

    public static Markup Of(string id, ComparisonResult comparison)
    {
        double[] targets = comparison.Arms.Count == 0 ? [] : [.. comparison.Arms[0].TimeToAccuracy.Select(static time => time.Target)];
        var judgement = comparison.Arms.Count == 0 ? Judgement.Accuracy : comparison.Arms[0].Judgement;
        var columns = Columns(judgement);
        var arms = Table.Of(
            id,
            [.. columns.Select(static column => column.Head)],
            [.. comparison.Arms.Select(arm => (IReadOnlyList<Cell>)[.. columns.Select(column => column.Cell(arm))])]);
        var seeds = comparison.Arms.Count == 0 ? 0 : comparison.Arms[0].Seeds.Count;
        return Markup.Of($"""
            {arms}<p class="note">{judgement.Heading} is {(seeds > 1 ? "mean ± standard deviation" : "of one run")}; {judgement.Explanation}{(seeds >= Difference.SeedsForInterval ? ", [95 % interval], paired by seed" : "")}. Savings are against full data; wall-clock is the median over seeds.</p>
            {(targets.Length == 0 ? Markup.Empty : Targets(id, judgement, targets, comparison.Arms))}
            """);
    }

    private static Markup Targets(string id, Judgement judgement, double[] targets, IReadOnlyList<ArmResult> arms) => Markup.Of($"""
        <h3>Time to {judgement.Words}</h3>
        {Table.Of(
            $"{id}-targets",
            ["arm", .. targets.Select(target => judgement.IsShare ? Numbers.Invariant($"{target:P1}") : judgement.Value(target)).SelectMany(static target => new[] { $"seconds to {target}", $"visits to {target}", $"seeds that reached {target}" })],
            [.. arms.Select(static arm => (IReadOnlyList<Cell>)[ArmText.Of(arm), .. arm.TimeToAccuracy.SelectMany(time => new Cell[]
            {
                time.Seconds is { } seconds ? Cell.Number(seconds) : new("never", double.MaxValue),
                time.Samples is { } samples ? Cell.Count((long)samples) : new("never", double.MaxValue),
                new(Numbers.Invariant($"{time.ReachedSeeds} of {arm.Seeds.Count}"), time.ReachedSeeds),
            })])])}<p class="note">Seconds of training without evaluation, and visits, until an epoch first ended at that test {judgement.Words}; median over seeds, where a seed that never got there counts as infinitely long.</p>

        """);
}
