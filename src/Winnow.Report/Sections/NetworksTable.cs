using Winnow.Records.Comparisons;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>Smaller networks beside dense ones of their size, a network a row; and the widths of each, layer by layer.</summary>
internal static class NetworksTable
{
    public static Markup Of(string id, NetworkComparisonResult comparison)
    {
        var dense = comparison.Arms.FirstOrDefault(static arm => arm.Kind == "dense") ?? comparison.Arms[0];
        var judgement = dense.Judgement;
        (int Batch, int Threads)[] speeds = [.. comparison.Arms.SelectMany(static arm => arm.Milliseconds).Select(static speed => (speed.Batch, speed.Threads)).Distinct()];
        (string Head, Func<NetworkArmResult, Cell> Cell)[] columns =
        [
            ("network", static arm => NetworkText.Of(arm)),
            ("multiplications", static arm => Mean(arm.Macs)),
            ("left", arm => Cell.Percent(arm.Macs.Average() / dense.Macs.Average())),
            ("parameters", static arm => Mean(arm.Parameters)),
            ("bytes", static arm => Mean(arm.Bytes)),
            .. speeds.Select(speed => (Numbers.Invariant($"ms, batch {speed.Batch}, {(speed.Threads == 1 ? "1 thread" : $"{speed.Threads} threads")}"), (Func<NetworkArmResult, Cell>)(arm => Milliseconds(arm, speed)))),
            ("accuracy of the cut", static arm => Cell.Mean(Judgement.Accuracy, arm.Cut)),
            ($"test {judgement.Words}", arm => Cell.Mean(judgement, arm.Judged)),
            (judgement.IsShare ? "points to dense" : "less dense", arm => Cell.Difference(judgement, arm.DeltaDense)),
            ("to scratch-B", arm => Cell.Difference(judgement, arm.DeltaScratchB)),
            ("to dense at that width", arm => Cell.Difference(judgement, arm.DeltaWidth)),
            ("to random channels", arm => Cell.Difference(judgement, arm.DeltaRandom)),
            ("to scratch-E", arm => Cell.Difference(judgement, arm.DeltaScratchE)),
            ("epochs", static arm => Cell.Number(arm.Epochs.Average())),
            ("training compute to dense", arm => Cell.Percent(arm.TrainingMacs.Average() / dense.TrainingMacs.Average())),
            ("parameters, mean over training", static arm => Cell.Number(arm.AverageParameters.Average(), "N0")),
        ];
        var seeds = dense.Seeds.Count;
        return Markup.Of($"""
            {Table.Of(id, [.. columns.Select(static column => column.Head)], [.. comparison.Arms.Select(arm => (IReadOnlyList<Cell>)[.. columns.Select(column => column.Cell(arm))])])}<p class="note">Of a batch sent forward in float32, by turns with the dense network, median over seeds; {judgement.Heading} is {(seeds > 1 ? "mean ± standard deviation" : "of one run")}; {judgement.Explanation}{(seeds >= Difference.SeedsForInterval ? ", [95 % interval], paired by seed" : "")}. A cut network's training is that of the dense one, the choice of channels and {comparison.Recover} {(comparison.Recover == 1 ? "epoch" : "epochs")} of what is left{(comparison.Method == "full" ? "" : $" by {comparison.Method}")}, in multiplications, a pass backward counted as two forward. Scratch-B has the same widths, drawn anew and trained for as many multiplications: the line to beat.</p>
            {Widths(id, comparison.Arms)}
            """);
    }

    private static Markup Widths(string id, IReadOnlyList<NetworkArmResult> arms)
    {
        NetworkArmResult[] cut = [.. arms.Where(static arm => arm.Widths.Count > 0)];
        return cut.Length == 0 ? Markup.Empty : Markup.Of($"""
            <h3>Widths before and after</h3>
            {Table.Of(
                $"{id}-widths",
                ["channels made first by", "before", .. cut.Select(static arm => arm.Name)],
                [.. cut[0].Widths.Select((group, g) => (IReadOnlyList<Cell>)[group.Name, Cell.Count(group.Before), .. cut.Select(arm => After(arm.Widths[g]))])])}<p class="note">Channels that go together are one row: those of layers that are added are named by the first. Mean over seeds, and from the least to the most where seeds differ.</p>

            """);
    }

    private static Cell After(NetworkWidth width)
    {
        var (mean, least, most) = (width.After.Average(), width.After.Min(), width.After.Max());
        return new(least == most ? Numbers.Invariant($"{least}") : Numbers.Invariant($"{mean:F1} ({least} to {most})"), mean);
    }

    private static Cell Milliseconds(NetworkArmResult arm, (int Batch, int Threads) of) =>
        arm.Milliseconds.FirstOrDefault(speed => (speed.Batch, speed.Threads) == of) is { } speed ? new(Numbers.Invariant($"{speed.Median:N2} ({speed.ToDense:P0})"), speed.Median) : new("");

    private static Cell Mean(IReadOnlyList<long> values) => Cell.Count((long)Math.Round(values.Average()));
}
