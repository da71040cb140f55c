using Winnow.Geometry;
using Winnow.Selection;
using Winnow.Selection.Allocation;

namespace Winnow.Tests.Selection;

/// <summary>Selectors over embeddings, held against their rules written down plainly.</summary>
public sealed class EmbeddingSelectorTests
{
    private const int Count = 300;

    private readonly float[] _rows = SelectionInputs.Rows(Count, 4), _scores = SelectionInputs.Scores(Count, 4);
    private readonly int[] _labels = SelectionInputs.Labels(Count, 4);

    private SelectionInput Input => SelectionInputs.Of(Count, 4);

    [Fact]
    public void K_center_takes_the_farthest_again_and_again()
    {
        var order = Order("k-center", 40);
        var near = Enumerable.Range(0, Count).Select(i => Distance(i, order[0])).ToArray();
        foreach (var next in order.Skip(1))
        {
            Assert.Equal(near.Max(), near[next], 1e-5);
            for (var i = 0; i < Count; i++)
            {
                near[i] = Math.Min(near[i], Distance(i, next));
            }
        }
    }

    [Theory]
    [InlineData("moderate", true)]
    [InlineData("moderate:centre=mean", false)]
    public void Moderate_keeps_the_middle_by_the_distance_from_the_centre_of_the_class(string spec, bool median)
    {
        var distances = Enumerable.Range(0, Count).Select(i => Math.Sqrt(Enumerable.Range(0, SelectionInputs.Width).Sum(k => Square(Row(i, k) - Centre(_labels[i], k))))).ToArray();
        int[] sorted = [.. Enumerable.Range(0, Count).OrderBy(i => (float)distances[i]).ThenBy(static i => i)];
        var skip = (int)Math.Round((Count - 100) / 2.0, MidpointRounding.ToEven);
        Assert.Equal(sorted[skip..(skip + 100)].Order(), Order(spec, 100));

        double Centre(int c, int k)
        {
            double[] column = [.. Enumerable.Range(0, Count).Where(i => _labels[i] == c).Select(i => (double)Row(i, k)).Order()];
            return median ? (column[(column.Length - 1) / 2] + column[column.Length / 2]) / 2 : column.Average();
        }
    }

    /// <summary>Medians are taken of 64 columns at once.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(150)]
    public void Medians_are_those_of_every_column(int width)
    {
        const int Members = 20;
        var random = Winnow.Numerics.Rng.Derive(4, 0, "test/medians").Sequence();
        float[] rows = [.. Enumerable.Range(0, Members * width).Select(_ => (float)random.NextDouble())];
        int[] labels = [.. Enumerable.Range(0, Members).Select(static i => i < 7 ? 0 : 1)];
        var input = new SelectionInput(Members) { Labels = labels, Embeddings = EmbeddingMatrix.Of(rows, width) };
        var distances = ClassCentres.Distances(input, Metric.Euclidean, median: true);
        for (var i = 0; i < Members; i++)
        {
            Assert.Equal(Math.Sqrt(Enumerable.Range(0, width).Sum(k => Square(rows[(i * width) + k] - Centre(labels[i], k)))), distances[i], 1e-5);
        }

        double Centre(int c, int k)
        {
            double[] column = [.. Enumerable.Range(0, Members).Where(i => labels[i] == c).Select(i => (double)rows[(i * width) + k]).Order()];
            return (column[(column.Length - 1) / 2] + column[column.Length / 2]) / 2;
        }
    }

    [Fact]
    public void Prototypes_go_by_the_distance_from_the_centre_of_the_cluster_or_the_class()
    {
        var clusters = KMeans.Run(EmbeddingMatrix.Of(_rows, SelectionInputs.Width), 4, new KMeansOptions { Metric = Metric.Cosine, Seed = 4 });
        var distances = clusters.Distances.ToArray();
        Assert.Equal([.. Enumerable.Range(0, Count).OrderByDescending(i => distances[i]).ThenBy(static i => i).Take(50)], Order("prototypes", 50));
        Assert.Equal([.. Enumerable.Range(0, Count).OrderBy(i => distances[i]).ThenBy(static i => i).Take(50)], Order("prototypes:keeps=near,clusters=4", 50));

        var centres = Enumerable.Range(0, 4).Select(c => Enumerable.Range(0, SelectionInputs.Width).Select(k => Enumerable.Range(0, Count).Where(i => _labels[i] == c).Average(i => Row(i, k) / Length(i))).ToArray()).ToArray();
        double[] cosines = [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, SelectionInputs.Width).Sum(k => Row(i, k) * centres[_labels[i]][k]) / Length(i) / Math.Sqrt(centres[_labels[i]].Sum(Square)))];
        Assert.Equal([.. Enumerable.Range(0, Count).OrderBy(i => (float)(1 - cosines[i])).ThenBy(static i => i).Take(50)], Order("class-prototypes:keeps=near", 50));
        Assert.Equal(50, Order("prototypes+class-minimum", 50).Length);
    }

    [Fact]
    public void K_means_keeps_the_nearest_of_each_cluster()
    {
        var clusters = KMeans.Run(EmbeddingMatrix.Of(_rows, SelectionInputs.Width), 30, new KMeansOptions { Seed = 4 });
        var order = Order("k-means", 30);
        for (var c = 0; c < 30; c++)
        {
            int[] members = [.. Enumerable.Range(0, Count).Where(i => clusters.Assignments[i] == c)];
            Assert.True(members.Length == 0 || order.Contains(members.OrderBy(i => clusters.Distances[i]).ThenBy(static i => i).First()));
        }
    }

    [Fact]
    public void Equal_samples_leave_fewer_clusters_and_the_largest_fill_up()
    {
        var input = new SelectionInput(10) { Embeddings = EmbeddingMatrix.Of(new float[] { 0, 0, 0, 0, 0, 0, 5, 5, 9, 9 }, 1) };
        var order = SelectorCatalog.Parse("k-means").Choose(input, KeepBudget.Count(5)).Order;
        Assert.Equal([0, 1, 6, 7, 8], order);
    }

    /// <summary>Keeping a sample whose score has fallen below 0 raises its neighbours' scores.</summary>
    [Theory]
    [InlineData(120)]
    [InlineData(270)]
    public void D2_passes_messages_forward_and_back(int keep)
    {
        const int Neighbours = 6;
        var chosen = SelectorCatalog.Parse("d2:neighbours=6,cutoff=0.1").Choose(Input, KeepBudget.Count(keep));
        Assert.Equal(keep, chosen.Order.Distinct().Count());
        Assert.Contains(chosen.Scores, static score => score < 0);
        int[][] near = [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Count).Where(j => j != i).OrderBy(j => (float)Distance(i, j)).ThenBy(static j => j).Take(Neighbours).ToArray())];
        double[] s = [.. Enumerable.Range(0, Count).Select(i => Math.Max(1e-7, _scores[i] + near[i].Sum(j => Math.Exp(-(float)Distance(i, j)) * _scores[j])))];
        HashSet<int> left = [.. Enumerable.Range(0, Count).OrderByDescending(i => _scores[i]).ThenBy(static i => i).Take(30)];
        for (var n = 0; n < keep; n++)
        {
            var best = Enumerable.Range(0, Count).Where(i => !left.Contains(i)).OrderByDescending(i => s[i]).First();
            Assert.Equal(s[best], s[chosen.Order[n]], 1e-9);
            Assert.Equal((float)s[chosen.Order[n]], chosen.Scores[n], 1e-5f);
            left.Add(chosen.Order[n]);
            foreach (var j in near[chosen.Order[n]].Where(j => !left.Contains(j)))
            {
                s[j] -= Math.Exp(-0.1 * (float)Distance(chosen.Order[n], j)) * s[chosen.Order[n]];
            }
        }
    }

    [Fact]
    public void D2_refuses_scores_that_would_count_against_neighbours()
    {
        float[] negative = [.. _scores.Select(static score => -score - 1)];
        var input = Input with { Scores = negative };
        Assert.Contains("scale=min-max", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("d2").Choose(input, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        Assert.Equal(9, SelectorCatalog.Parse("d2:scale=min-max").Choose(input, KeepBudget.Count(9)).Order.Length);
        negative[3] = float.NegativeInfinity;
        Assert.Contains("sample 3", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("d2:scale=min-max").Choose(input, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Density_based_pruning_follows_its_formula()
    {
        const int K = 6, Keep = 120;
        var clusters = KMeans.Run(EmbeddingMatrix.Of(_rows, SelectionInputs.Width), K, new KMeansOptions { Metric = Metric.Cosine, Seed = 4 });
        var (assignments, distances) = (clusters.Assignments.ToArray(), clusters.Distances.ToArray());
        double[][] centres = [.. Enumerable.Range(0, K).Select(c => clusters.Centroid(c).ToArray().Select(static x => (double)x).ToArray())];
        double[] complexities = [.. Enumerable.Range(0, K).Select(c =>
            Enumerable.Range(0, Count).Where(i => assignments[i] == c).Average(i => (double)distances[i])
            * Enumerable.Range(0, K).Where(o => o != c).Select(o => 1 - centres[c].Zip(centres[o], static (a, b) => a * b).Sum()).Order().Take(3).Average())];
        double[] weights = [.. complexities.Select(static c => Math.Exp(c / 0.05))];
        var sizes = clusters.Sizes.ToArray();
        var budgets = CappedProjection.Share([.. weights.Select(w => w / weights.Sum() * Keep)], [.. sizes.Select(static size => Math.Min(size, 10))], sizes, Keep);
        var order = Order($"dbp:clusters={K},tau=0.05,neighbours=3", Keep);
        for (var c = 0; c < K; c++)
        {
            Assert.Equal(Enumerable.Range(0, Count).Where(i => assignments[i] == c).OrderByDescending(i => distances[i]).ThenBy(static i => i).Take(budgets[c]).Order(), order.Where(id => assignments[id] == c));
        }
    }

    [Fact]
    public void Deduplication_keeps_those_least_like_an_earlier_one()
    {
        var clusters = KMeans.Run(EmbeddingMatrix.Of(_rows, SelectionInputs.Width), 5, new KMeansOptions { Metric = Metric.Cosine, Seed = 4 });
        var (assignments, distances) = (clusters.Assignments.ToArray(), clusters.Distances.ToArray());
        var chosen = SelectorCatalog.Parse("semdedup:clusters=5").Choose(Input, KeepBudget.Count(200));
        float[] most = [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Count)
            .Where(j => assignments[j] == assignments[i] && (distances[j] > distances[i] || (distances[j] == distances[i] && j < i)))
            .Select(j => (float)(Enumerable.Range(0, SelectionInputs.Width).Sum(k => (double)Row(i, k) * Row(j, k)) / Length(i) / Length(j))).DefaultIfEmpty(-1).Max())];
        Assert.Equal(most.Order().Take(200), chosen.Scores, static (a, b) => Math.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void Rows_that_can_not_be_used_are_named()
    {
        var rows = (float[])_rows.Clone();
        rows[(20 * SelectionInputs.Width) + 2] = float.NaN;
        foreach (var spec in new[] { "k-center", "moderate", "prototypes", "class-prototypes", "k-means", "d2", "dbp", "semdedup" })
        {
            var input = Input with { Embeddings = EmbeddingMatrix.Of(rows, SelectionInputs.Width) };
            Assert.Contains("20", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        }

        rows = (float[])_rows.Clone();
        rows.AsSpan(20 * SelectionInputs.Width, SelectionInputs.Width).Clear();
        foreach (var spec in new[] { "k-center:metric=cosine", "prototypes", "class-prototypes", "dbp", "semdedup" })
        {
            var input = Input with { Embeddings = EmbeddingMatrix.Of(rows, SelectionInputs.Width) };
            Assert.Contains("20", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        }

        Assert.Contains("299 embeddings for 300", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("k-center").Choose(Input with { Embeddings = EmbeddingMatrix.Of(_rows.AsMemory(SelectionInputs.Width), SelectionInputs.Width) }, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
        Assert.Contains("clusters=301", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("dbp:clusters=301").Choose(Input, KeepBudget.Count(9))).Message, StringComparison.Ordinal);
    }

    private int[] Order(string spec, int keep) => SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(keep)).Order;

    private float Row(int i, int k) => _rows[(i * SelectionInputs.Width) + k];

    private double Length(int i) => Math.Sqrt(Enumerable.Range(0, SelectionInputs.Width).Sum(k => Square(Row(i, k))));

    private double Distance(int i, int j) => Math.Sqrt(Enumerable.Range(0, SelectionInputs.Width).Sum(k => Square((double)Row(i, k) - Row(j, k))));

    private static double Square(double x) => x * x;
}
