using System.IO.Compression;
using System.Text.Json;
using Winnow.Geometry;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Herding, facility location and graph cut: held against their rules, and against what apricot's tests store.</summary>
public sealed class SubmodularSelectorTests
{
    private const int Count = 150, Keep = 40, Digits = 1797, Pixels = 64;

    private readonly float[] _rows = SelectionInputs.Rows(Count, 6);

    private SelectionInput Input => SelectionInputs.Of(Count, 6);

    [Theory]
    [InlineData("facility-location", "euclidean", "squared-distance")]
    [InlineData("facility-location", "cosine", "squared-cosine")]
    [InlineData("graph-cut", "euclidean", "squared-distance")]
    [InlineData("graph-cut", "cosine", "squared-cosine")]
    public void It_keeps_what_apricot_keeps_by_the_same_gains(string method, string metric, string similarity)
    {
        using var golden = JsonDocument.Parse(Repository.File("tests/Golden/apricot/submodular.json"));
        var stored = golden.RootElement.GetProperty(method).GetProperty(metric);
        int[] ranking = [.. stored.GetProperty("ranking").EnumerateArray().Select(static id => id.GetInt32())];
        double[] gains = [.. stored.GetProperty("gains").EnumerateArray().Select(static gain => gain.GetDouble())];
        foreach (var optimizer in new[] { "lazy", "naive" })
        {
            var chosen = SelectorCatalog.Parse($"{method}:similarity={similarity},optimizer={optimizer}").Choose(DigitsInput(), KeepBudget.Count(ranking.Length));
            // Of equal gains, of which it stores a few, apricot takes either one first, and here it is the smaller id.
            Assert.Equal(ByGains(ranking, gains), ByGains(chosen.Order, gains));
            for (var i = 0; i < gains.Length; i++)
            {
                // They are stored with four decimals; squares of whole numbers are exact.
                Assert.Equal(gains[i], chosen.Scores[i], metric == "euclidean" ? 0 : 1e-4 + (2e-7 * gains[i]));
            }
        }
    }

    private static int[] ByGains(int[] order, double[] gains) => [.. Enumerable.Range(0, order.Length).OrderByDescending(i => gains[i]).ThenBy(i => order[i]).Select(i => order[i])];

    [Theory]
    [InlineData("cosine")]
    [InlineData("distance")]
    [InlineData("squared-distance")]
    [InlineData("squared-cosine")]
    public void Facility_location_makes_the_sum_of_largest_similarities_large(string similarity)
    {
        var s = Similarities(similarity);
        var chosen = SelectorCatalog.Parse($"facility-location:similarity={similarity}").Choose(Input, KeepBudget.Count(Keep));
        var covered = new double[Count];
        HashSet<int> kept = [];
        for (var n = 0; n < Keep; n++)
        {
            double Gain(int j) => Enumerable.Range(0, Count).Sum(i => Math.Max(0, s[i][j] - covered[i]));
            var best = Enumerable.Range(0, Count).Where(j => !kept.Contains(j)).Max(Gain);
            Assert.Equal(best, Gain(chosen.Order[n]), 1e-3);
            Assert.Equal(best, chosen.Scores[n], 1e-3);
            Assert.True(kept.Add(chosen.Order[n]));
            for (var i = 0; i < Count; i++)
            {
                covered[i] = Math.Max(covered[i], s[i][chosen.Order[n]]);
            }
        }
    }

    [Theory]
    [InlineData("graph-cut", 1, true)]
    [InlineData("graph-cut:lambda=2.5", 2.5, true)]
    [InlineData("graph-cut:own=left-out", 1, false)]
    public void Graph_cut_counts_all_samples_against_those_kept(string spec, double lambda, bool own)
    {
        var s = Similarities("cosine");
        var chosen = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep));
        for (var n = 0; n < Keep; n++)
        {
            var kept = chosen.Order[..n];
            double Gain(int j) => (lambda * Enumerable.Range(0, Count).Sum(i => s[i][j])) - (2 * kept.Sum(i => s[i][j])) - (own ? s[j][j] : 0);
            var best = Enumerable.Range(0, Count).Except(kept).Max(Gain);
            Assert.Equal(best, Gain(chosen.Order[n]), 1e-3);
            Assert.Equal(best, chosen.Scores[n], 1e-3);
        }
    }

    [Theory]
    [InlineData("facility-location")]
    [InlineData("graph-cut:lambda=2")]
    public void Stochastic_selection_is_near_to_the_best_and_no_ranking(string spec)
    {
        var greedy = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep)).Scores.Sum();
        var stochastic = SelectorCatalog.Parse($"{spec}{(spec.Contains(':', StringComparison.Ordinal) ? ',' : ':')}optimizer=stochastic");
        Assert.False(stochastic.IsRanked);
        var chosen = stochastic.Choose(Input, KeepBudget.Count(Keep));
        Assert.Equal(chosen.Order.Order(), chosen.Order);
        Assert.Equal(Keep, chosen.Order.Distinct().Count());
        Assert.InRange(chosen.Scores.Sum(), 0.95f * greedy, greedy * 1.0001f);
        Assert.NotEqual(chosen.Order, stochastic.Choose(Input with { Seed = 7 }, KeepBudget.Count(Keep)).Order);
        Assert.Equal(Count, stochastic.Choose(Input, KeepBudget.Count(Count)).Order.Length);
    }

    [Theory]
    [InlineData("herding", false)]
    [InlineData("herding:takes=farthest", true)]
    public void Herding_goes_by_the_mean_of_what_is_kept(string spec, bool farthest)
    {
        double[] mean = [.. Enumerable.Range(0, SelectionInputs.Width).Select(k => Enumerable.Range(0, Count).Average(i => (double)Row(i, k)))];
        var chosen = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep));
        for (var n = 0; n < Keep; n++)
        {
            var kept = chosen.Order[..n];
            double Away(int j) => Math.Sqrt(Enumerable.Range(0, mean.Length).Sum(k => Square(((kept.Sum(i => (double)Row(i, k)) + Row(j, k)) / (n + 1)) - mean[k])));
            var left = Enumerable.Range(0, Count).Except(kept);
            var best = farthest ? left.Max(Away) : left.Min(Away);
            Assert.Equal(best, Away(chosen.Order[n]), 1e-9);
            Assert.Equal(best, chosen.Scores[n], 1e-6);
        }
    }

    [Fact]
    public void Rows_that_can_not_be_used_are_named()
    {
        var rows = (float[])_rows.Clone();
        rows[(20 * SelectionInputs.Width) + 2] = float.PositiveInfinity;
        foreach (var spec in new[] { "herding", "facility-location", "facility-location:similarity=distance", "graph-cut" })
        {
            Assert.Contains("row 20", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse(spec).Choose(Input with { Embeddings = EmbeddingMatrix.Of(rows, SelectionInputs.Width) }, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        }

        rows.AsSpan(20 * SelectionInputs.Width, SelectionInputs.Width).Clear();
        foreach (var spec in new[] { "facility-location", "graph-cut:similarity=squared-cosine" })
        {
            Assert.Contains("row 20", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse(spec).Choose(Input with { Embeddings = EmbeddingMatrix.Of(rows, SelectionInputs.Width) }, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        }
    }

    private static SelectionInput DigitsInput()
    {
        using GZipStream packed = new(File.OpenRead(Path.Combine(Repository.Root, "tests/Golden/apricot/digits.gz")), CompressionMode.Decompress);
        var bytes = new byte[Digits * Pixels];
        packed.ReadExactly(bytes);
        return new(Digits) { Embeddings = EmbeddingMatrix.Of(Array.ConvertAll(bytes, static value => (float)value), Pixels) };
    }

    private double[][] Similarities(string similarity)
    {
        var angle = similarity.EndsWith("cosine", StringComparison.Ordinal);
        double[][] away = [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Count).Select(j => angle ? 1 - (Product(i, j) / Math.Sqrt(Product(i, i) * Product(j, j))) : Distance(i, j)).ToArray())];
        var largest = away.Max(static row => row.Max());
        return [.. away.Select(row => row.Select(value => similarity switch
        {
            "cosine" => 1 - (value / 2),
            "squared-cosine" => Square(1 - value),
            "distance" => largest - value,
            _ => Square(largest) - Square(value),
        }).ToArray())];
    }

    private float Row(int i, int k) => _rows[(i * SelectionInputs.Width) + k];

    private double Product(int i, int j) => Enumerable.Range(0, SelectionInputs.Width).Sum(k => (double)Row(i, k) * Row(j, k));

    private double Distance(int i, int j) => Math.Sqrt(Enumerable.Range(0, SelectionInputs.Width).Sum(k => Square((double)Row(i, k) - Row(j, k))));

    private static double Square(double x) => x * x;
}
