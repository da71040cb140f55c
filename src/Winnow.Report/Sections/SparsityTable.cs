using Winnow.Records;
using Winnow.Report.Plots;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>What was dropped of networks while they trained: an arm a row, and what is left of each layer.</summary>
internal static class SparsityTable
{
    /// <summary>Nothing where no run dropped weights.</summary>
    public static Markup Of(IReadOnlyList<ReportArm> arms)
    {
        (ReportArm Arm, NetworkTotals[] Totals)[] told = [.. arms.Select(static arm => (arm, (NetworkTotals[])[.. arm.Runs.Select(static run => run.End?.Network).OfType<NetworkTotals>()])).Where(static entry => entry.Item2.Length > 0)];
        (ReportArm Arm, NetworkTotals[] Totals)[] sparse = [.. told.Where(static entry => entry.Totals.All(static totals => totals.Layers.Count > 0))];
        if (sparse.Length == 0)
        {
            return Markup.Empty;
        }

        // Dense arms stand beside them: by the mean over training they are compared.
        return Markup.Of($"""
            <section>
            <h2>Weights dropped</h2>
            {Table.Of("sparsity", ["arm", "how", "asked", "weights left", "parameters", "left of them", "parameters, mean over training"], [.. told.Select(static entry => Row(entry.Arm.Label, entry.Totals))])}<p class="note">Weights of linear layers and convolutions can be dropped; parameters are all that is trained. The mean is over the steps of training, of the parameters that took part: what training cost in them, and by what runs of different densities are compared (The Journey Matters, 2025). A mask makes nothing faster. Means over seeds.</p>
            <h3>What is left of each layer</h3>
            {Table.Of(
                "sparsity-layers",
                ["weight", "before", .. sparse.Select(static entry => entry.Arm.Label)],
                [.. sparse.SelectMany(static entry => entry.Totals[0].Layers).DistinctBy(static layer => layer.Name).Select(layer => (IReadOnlyList<Cell>)[layer.Name, Cell.Count(layer.Elements), .. sparse.Select(entry => Left(entry.Totals, layer.Name))])])}</section>

            """);
    }

    private static IReadOnlyList<Cell> Row(string arm, NetworkTotals[] totals)
    {
        var dropped = totals.Average(static one => one.Layers.Sum(static layer => layer.Elements - layer.Kept));
        var parameters = totals.Average(static one => one.Parameters);
        return
        [
            arm, totals[0].Sparsify ?? "", Cell.Percent(totals[0].Density), Cell.Percent(totals.All(static one => one.Kept is not null) ? totals.Average(static one => one.Kept!.Value) : null),
            Cell.Number(parameters, "N0"), Cell.Number(parameters - dropped, "N0"), Cell.Number(totals.Average(static one => one.AverageParameters), "N0"),
        ];
    }

    private static Cell Left(NetworkTotals[] totals, string name)
    {
        LayerDensity[] own = [.. totals.Select(one => one.Layers.FirstOrDefault(layer => layer.Name == name)).OfType<LayerDensity>()];
        if (own.Length == 0)
        {
            return new("");
        }

        var (kept, share) = (own.Average(static layer => layer.Kept), own.Average(static layer => (double)layer.Kept / layer.Elements));
        return new(Numbers.Invariant($"{kept:N0} ({share:P1})"), kept);
    }
}
