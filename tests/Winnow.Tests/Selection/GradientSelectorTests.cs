using Winnow.Geometry;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Selectors by the last layer's gradients and by probabilities, held against their rules on gradients that are written down in full.</summary>
public sealed class GradientSelectorTests
{
    private const int Count = 160, Keep = 48, Classes = 4, Width = SelectionInputs.Width;

    private readonly float[] _rows = SelectionInputs.Rows(Count, 9), _p;
    private readonly int[] _labels = SelectionInputs.Labels(Count, 9);

    public GradientSelectorTests() => _p = SelectionInputs.Probabilities(_labels, 9);

    private SelectionInput Input => SelectionInputs.Of(Count, 9);

    [Fact]
    public void Craig_weighs_each_by_how_many_of_its_class_it_stands_for()
    {
        var gradients = Gradients(_p);
        var chosen = SelectorCatalog.Parse("craig").Choose(Input, KeepBudget.Count(Keep));
        var offByOne = 0;
        for (var c = 0; c < Classes; c++)
        {
            int[] members = Members(c), kept = [.. chosen.Order.Where(id => _labels[id] == c)];
            Assert.InRange(kept.Length, Math.Floor((double)Keep * members.Length / Count), Math.Ceiling((double)Keep * members.Length / Count));
            var largest = members.Max(i => members.Max(j => Distance(gradients[i], gradients[j])));
            // Its picks by their gains, largest first: what greedy selection takes.
            var covered = members.ToDictionary(static i => i, static _ => 0.0);
            HashSet<int> before = [];
            foreach (var id in kept.OrderByDescending(Gained))
            {
                double Gain(int j) => members.Sum(i => Math.Max(0, largest - Distance(gradients[i], gradients[j]) - covered[i]));
                var best = members.Where(j => !before.Contains(j)).Max(Gain);
                Assert.Equal(best, Gain(id), 0.02);
                Assert.Equal(best, Gained(id), 0.02);
                before.Add(id);
                foreach (var i in members)
                {
                    covered[i] = Math.Max(covered[i], largest - Distance(gradients[i], gradients[id]));
                }
            }

            var sizes = kept.ToDictionary(static id => id, static _ => 0);
            foreach (var i in members)
            {
                sizes[kept.Contains(i) ? i : kept.MinBy(id => (Math.Round(Distance(gradients[i], gradients[id]), 4), id))]++;
            }

            foreach (var id in kept)
            {
                // One sample in doubt where two kept ones are equally near but for rounding.
                Assert.InRange(Weight(id), (sizes[id] - 1.01) * Keep / Count, (sizes[id] + 1.01) * Keep / Count);
                offByOne += Math.Abs(Weight(id) - ((double)sizes[id] * Keep / Count)) < 1e-3 ? 0 : 1;
            }

            Assert.Equal((double)members.Length * Keep / Count, kept.Sum(Weight), 1e-3);
        }

        // DeepCore's would be one higher for every sample.
        Assert.InRange(offByOne, 0, 4);
        double Weight(int id) => chosen.Weights[Array.IndexOf(chosen.Order, id)];
        double Gained(int id) => chosen.Scores[Array.IndexOf(chosen.Order, id)];
    }

    [Fact]
    public void Craig_counts_a_sample_that_stands_for_nobody_else_once()
    {
        // Three equal samples and one far away: clusters of three and one, and not four and two.
        var input = new SelectionInput(4)
        {
            Labels = new int[4],
            Probabilities = new[] { 0.8f, 0.2f, 0.8f, 0.2f, 0.8f, 0.2f, 0.1f, 0.9f },
            Embeddings = EmbeddingMatrix.Of(new float[] { 1, 1, 1, 5 }, 1),
        };
        var chosen = SelectorCatalog.Parse("craig").Choose(input, KeepBudget.Count(2));
        Assert.Equal([0, 3], chosen.Order);
        Assert.Equal([1.5f, 0.5f], chosen.Weights);
    }

    [Theory]
    [InlineData("gradmatch", 1)]
    [InlineData("gradmatch:ridge=0.01", 0.01)]
    public void Gradmatch_pursues_the_mean_gradient_with_weights_of_at_least_0(string spec, double ridge)
    {
        var gradients = Gradients(_p);
        var chosen = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep));
        Assert.Equal(Keep, chosen.Order.Length);
        for (var c = 0; c < Classes; c++)
        {
            var members = Members(c);
            double[] mean = [.. Enumerable.Range(0, gradients[0].Length).Select(k => members.Average(i => gradients[i][k]))];
            int[] kept = [.. chosen.Order.Where(id => _labels[id] == c)];
            // The order isn't told, but the pursuit can be gone over again.
            List<int> support = [];
            for (var step = 0; step < kept.Length; step++)
            {
                var weights = Solve(support, gradients, mean, ridge);
                double[] left = [.. mean.Select((m, k) => m - support.Select((id, s) => weights[s] * gradients[id][k]).Sum())];
                var next = members.Where(i => !support.Contains(i)).MaxBy(i => (Math.Round(Dot(gradients[i], left), 9), -i));
                Assert.Contains(next, kept);
                Assert.Equal(Dot(gradients[next], left), chosen.Scores[Array.IndexOf(chosen.Order, next)], 1e-4);
                support.Add(next);
            }

            // Weights are the best there are but for one factor a class: where one is above 0, the derivative is 0; where it is 0, it isn't below.
            double[] w = [.. kept.Select(id => (double)chosen.Weights[Array.IndexOf(chosen.Order, id)])];
            double[] sum = [.. mean.Select((_, k) => kept.Select((id, s) => w[s] * gradients[id][k]).Sum())];
            var factor = kept.Select((id, s) => w[s] * Dot(gradients[id], mean)).Sum() / (Dot(sum, sum) + (ridge * Dot(w, w)));
            for (var s = 0; s < kept.Length; s++)
            {
                var slope = (factor * (Dot(gradients[kept[s]], sum) + (ridge * w[s]))) - Dot(gradients[kept[s]], mean);
                Assert.True(w[s] > 0 ? Math.Abs(slope) < 1e-3 : slope > -1e-3, $"{slope} at {kept[s]} with {w[s]}");
            }

            Assert.Equal((double)members.Length * Keep / Count, w.Sum(), 1e-3);
        }
    }

    [Fact]
    public void Gradmatch_keeps_as_many_as_asked_for_where_no_gradient_helps()
    {
        // Every sample is right for certain: all gradients are 0.
        var input = new SelectionInput(6) { Labels = new int[6], Probabilities = new float[] { 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 }, Embeddings = EmbeddingMatrix.Of(new float[] { 1, 2, 3, 4, 5, 6 }, 1) };
        foreach (var spec in new[] { "gradmatch", "gradmatch:ridge=0" })
        {
            var chosen = SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(3));
            Assert.Equal([0, 1, 2], chosen.Order);
            Assert.Equal([1, 1, 1], chosen.Weights);
        }

        // One that points the other way is kept, and counts nothing.
        var mixed = input with { Labels = new[] { 0, 0, 0 }, Count = 3, Probabilities = new[] { 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f }, Embeddings = EmbeddingMatrix.Of(new float[] { 4, 4, -1 }, 1) };
        var all = SelectorCatalog.Parse("gradmatch:ridge=100").Choose(mixed, KeepBudget.Count(3));
        Assert.Equal([0, 1, 2], all.Order);
        Assert.Equal(0, all.Weights[2]);
        Assert.Equal(3, all.Weights.Sum(), 1e-5);
    }

    [Theory]
    [InlineData("cal", 10, true)]
    [InlineData("cal:neighbours=3", 3, true)]
    [InlineData("cal:keeps=lowest", 10, false)]
    public void Cal_goes_by_how_otherwise_neighbours_of_the_class_are_predicted(string spec, int neighbours, bool highest)
    {
        var scores = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            var near = Members(_labels[i]).Where(j => j != i).OrderBy(j => (float)Distance(Row(i), Row(j))).ThenBy(static j => j).Take(neighbours).ToArray();
            scores[i] = near.Length == 0 ? 0 : near.Average(j => (Divergence(i, j) + Divergence(j, i)) / 2);
        }

        var chosen = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep));
        int[] expected = [.. Enumerable.Range(0, Count).OrderBy(i => highest ? -(float)scores[i] : (float)scores[i]).ThenBy(static i => i).Take(Keep)];
        Assert.Equal(expected.Select(i => scores[i]), chosen.Order.Select(i => scores[i]), static (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(chosen.Order.Select(i => (float)scores[i]), chosen.Scores, static (a, b) => Math.Abs(a - b) < 1e-6);

        double Divergence(int i, int j) => Enumerable.Range(0, Classes).Sum(c => _p[(i * Classes) + c] * Math.Log(_p[(i * Classes) + c] / _p[(j * Classes) + c]));
    }

    [Fact]
    public void Cal_bears_probabilities_of_0_and_equal_samples()
    {
        var input = new SelectionInput(4) { Labels = new[] { 0, 0, 0, 1 }, Probabilities = new float[] { 1, 0, 0, 1, 1, 0, 0.5f, 0.5f }, Embeddings = EmbeddingMatrix.Of(new float[] { 1, 1, 1, 9 }, 1) };
        var chosen = SelectorCatalog.Parse("cal").Choose(input, KeepBudget.Count(4));
        Assert.Equal([1, 0, 2, 3], chosen.Order);
        Assert.Equal(Math.Log(1e12), chosen.Scores[0], 1e-3);
        Assert.Equal(0, chosen.Scores[3]);
    }

    [Theory]
    [InlineData("glister:batch=0.05", 8, 0.1)]
    [InlineData("glister:eta=2,batch=0", 1, 2)]
    [InlineData("glister:update=never", Keep, 0.1)]
    public void Glister_goes_by_the_mean_gradient_as_it_becomes(string spec, int batch, double eta)
    {
        var gradients = Gradients(_p);
        var chosen = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Keep));
        List<int> kept = [];
        while (kept.Count < Keep)
        {
            // The layer after a step from 0 by the mean gradient of those kept; its outputs come on top of the logarithms.
            double[] layer = [.. Enumerable.Range(0, gradients[0].Length).Select(k => kept.Count == 0 ? 0 : -eta * kept.Average(i => gradients[i][k]))];
            var p = new float[_p.Length];
            for (var i = 0; i < Count; i++)
            {
                double[] e = [.. Enumerable.Range(0, Classes).Select(c => _p[(i * Classes) + c] * Math.Exp(Enumerable.Range(0, Width + 1).Sum(k => layer[(c * (Width + 1)) + k] * (k < Width ? _rows[(i * Width) + k] : 1))))];
                for (var c = 0; c < Classes; c++)
                {
                    p[(i * Classes) + c] = (float)(e[c] / e.Sum());
                }
            }

            var now = Gradients(p);
            double[] mean = [.. Enumerable.Range(0, now[0].Length).Select(k => now.Average(g => g[k]))];
            double[] products = [.. gradients.Select(g => Dot(g, mean))];
            var best = Enumerable.Range(0, Count).Except(kept).OrderByDescending(i => Math.Round(products[i], 8)).ThenBy(static i => i).Take(Math.Min(batch, Keep - kept.Count)).ToArray();
            var actual = chosen.Order[kept.Count..(kept.Count + best.Length)];
            Assert.Equal(best.Select(i => products[i]), actual.Select(i => products[i]), static (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(actual.Select(i => (float)products[i]), chosen.Scores[kept.Count..(kept.Count + best.Length)], static (a, b) => Math.Abs(a - b) < 1e-4);
            kept.AddRange(actual);
        }

        Assert.NotEqual(SelectorCatalog.Parse("glister:update=never").Choose(Input, KeepBudget.Count(Keep)).Order, SelectorCatalog.Parse("glister:eta=2,batch=0").Choose(Input, KeepBudget.Count(Keep)).Order);
    }

    [Fact]
    public void Numbers_that_are_no_probabilities_and_rows_that_can_not_be_used_are_named()
    {
        foreach (var spec in new[] { "craig", "gradmatch", "cal", "glister" })
        {
            Assert.Contains("sample 7 is NaN", Refused(spec, Input with { Probabilities = With(_p, 7 * Classes, float.NaN) }), StringComparison.Ordinal);
            Assert.Contains("sample 7 is -0.5", Refused(spec, Input with { Probabilities = With(_p, 7 * Classes, -0.5f) }), StringComparison.Ordinal);
            Assert.Contains("sample 7 add up to", Refused(spec, Input with { Probabilities = With(With(_p, 7 * Classes, 1), (7 * Classes) + 1, 1) }), StringComparison.Ordinal);
            Assert.Contains("probabilities for 4 classes", Refused(spec, Input with { Labels = (int[])[.. _labels[..^1], 4] }), StringComparison.Ordinal);
            Assert.Contains("row 20", Refused(spec, Input with { Embeddings = EmbeddingMatrix.Of(With(_rows, (20 * Width) + 1, float.NaN), Width) }), StringComparison.Ordinal);
        }

        static string Refused(string spec, SelectionInput input) => Assert.Throws<SelectionException>(() => SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(9))).Message;
        static float[] With(float[] values, int at, float value)
        {
            var copy = (float[])values.Clone();
            copy[at] = value;
            return copy;
        }
    }

    [Theory]
    [InlineData("craig")]
    [InlineData("gradmatch")]
    public void Weights_are_those_of_the_samples_whatever_their_order(string spec)
    {
        int[] turned = [.. Enumerable.Range(0, Count).OrderBy(static i => (i * 37) % Count)];
        float[] Take(float[] values, int width) => [.. turned.SelectMany(i => values.Skip(i * width).Take(width))];
        var before = SelectorCatalog.Parse(spec).Choose(Input, KeepBudget.Count(Count));
        var after = SelectorCatalog.Parse(spec).Choose(new(Count) { Labels = (int[])[.. turned.Select(i => _labels[i])], Probabilities = Take(_p, Classes), Embeddings = EmbeddingMatrix.Of(Take(_rows, Width), Width) }, KeepBudget.Count(Count));
        Assert.Equal(before.Order.Select(id => before.Weights[id]), Enumerable.Range(0, Count).Select(id => after.Weights[Array.IndexOf(turned, id)]), static (a, b) => Math.Abs(a - b) < 1e-3);
    }

    // Ridge least squares on the support by Gaussian elimination.
    private static double[] Solve(List<int> support, double[][] gradients, double[] mean, double ridge)
    {
        var n = support.Count;
        double[][] a = [.. support.Select((i, r) => support.Select((j, c) => Dot(gradients[i], gradients[j]) + (r == c ? ridge : 0)).Append(Dot(gradients[i], mean)).ToArray())];
        for (var p = 0; p < n; p++)
        {
            for (var r = 0; r < n; r++)
            {
                var factor = r == p ? 0 : a[r][p] / a[p][p];
                for (var c = p; c <= n && factor != 0; c++)
                {
                    a[r][c] -= factor * a[p][c];
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(r => a[r][n] / a[r][r])];
    }

    private double[][] Gradients(float[] p) => [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Classes)
        .SelectMany(c => Enumerable.Range(0, Width + 1).Select(k => ((double)p[(i * Classes) + c] - (c == _labels[i] ? 1 : 0)) * (k < Width ? _rows[(i * Width) + k] : 1))).ToArray())];

    private int[] Members(int c) => [.. Enumerable.Range(0, Count).Where(i => _labels[i] == c)];

    private double[] Row(int i) => [.. _rows.Skip(i * Width).Take(Width).Select(static x => (double)x)];

    private static double Dot(double[] x, double[] y) => x.Zip(y, static (a, b) => a * b).Sum();

    private static double Distance(double[] x, double[] y) => Math.Sqrt(x.Zip(y, static (a, b) => (a - b) * (a - b)).Sum());
}
