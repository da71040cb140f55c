using Winnow.Geometry;
using Winnow.Numerics;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>ZCore, held against its rule written down plainly: all distances put in order for each draw.</summary>
public sealed class ZeroShotSelectorTests
{
    [Theory]
    [InlineData(120, 7, 10, 400)]
    [InlineData(120, 7, 1000, 300)]
    [InlineData(3000, 5, 40, 200)]
    [InlineData(700, 1, 25, 200)]
    [InlineData(2, 3, 1000, 50)]
    public void Scores_are_what_the_draws_give_and_take(int count, int width, int neighbours, int draws)
    {
        var rows = Rows(count, width);
        var chosen = SelectorCatalog.Parse($"zcore:draws={draws},neighbours={neighbours}").Choose(new(count) { Embeddings = EmbeddingMatrix.Of(rows, width), Seed = 5 }, KeepBudget.Count(count));
        var scores = Plain(rows, count, width, neighbours, draws);
        double low = scores.Min(), high = scores.Max();
        for (var n = 0; n < count; n++)
        {
            Assert.Equal((scores[chosen.Order[n]] - low) / (high - low), chosen.Scores[n], 1e-6);
            Assert.True(n == 0 || chosen.Scores[n] <= chosen.Scores[n - 1]);
        }

        Assert.Equal(1, chosen.Scores[0]);
        Assert.Equal(0, chosen.Scores[^1]);
    }

    [Fact]
    public void Neighbours_are_found_also_where_those_looked_at_first_are_unlike_the_rest()
    {
        // Every sixteenth sample is far away, and those are what the guess is made from.
        const int N = 8192;
        var rows = Rows(N, 2);
        for (var i = 0; i < N; i += 16)
        {
            (rows[2 * i], rows[(2 * i) + 1]) = (1000 + i, -1000 - i);
        }

        var chosen = SelectorCatalog.Parse("zcore:draws=30,neighbours=100").Choose(new(N) { Embeddings = EmbeddingMatrix.Of(rows, 2), Seed = 5 }, KeepBudget.Count(N));
        var scores = Plain(rows, N, 2, 100, 30);
        double low = scores.Min(), high = scores.Max();
        Assert.All(Enumerable.Range(0, N), n => Assert.Equal((scores[chosen.Order[n]] - low) / (high - low), chosen.Scores[n], 1e-6));
    }

    [Fact]
    public void It_is_the_same_at_any_number_of_threads_and_another_for_another_seed()
    {
        var input = new SelectionInput(2000) { Embeddings = EmbeddingMatrix.Of(Rows(2000, 6), 6), Seed = 1 };
        var selector = SelectorCatalog.Parse("zcore:draws=20000,neighbours=50");
        var one = selector.Choose(input with { Threads = 1 }, KeepBudget.Count(2000));
        foreach (var threads in new[] { 2, 3, 8 })
        {
            var other = selector.Choose(input with { Threads = threads }, KeepBudget.Count(2000));
            Assert.Equal(one.Order, other.Order);
            Assert.Equal(one.Scores, other.Scores);
        }

        Assert.NotEqual(one.Order, selector.Choose(input with { Seed = 2 }, KeepBudget.Count(2000)).Order);
    }

    [Fact]
    public void A_duplicate_loses_to_the_one_that_is_alone_and_the_work_can_be_ended()
    {
        // 0 and 1 are equal; each draw nearest to 0 takes 1 from 1.
        var input = new SelectionInput(3) { Embeddings = EmbeddingMatrix.Of(new float[] { 0, 0, 0, 0, 5, 5 }, 2) };
        var chosen = SelectorCatalog.Parse("zcore:draws=2000").Choose(input, KeepBudget.Count(3));
        Assert.Equal(1, chosen.Order[^1]);
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => SelectorCatalog.Parse("zcore").Choose(input with { Stop = stop.Token }, KeepBudget.Count(1)));
        Assert.Contains("row 1", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("zcore").Choose(input with { Embeddings = EmbeddingMatrix.Of(new float[] { 0, 0, 0, float.NaN, 5, 5 }, 2) }, KeepBudget.Count(1))).Message, StringComparison.Ordinal);
        Assert.Equal([0], SelectorCatalog.Parse("zcore").Choose(new(1) { Embeddings = EmbeddingMatrix.Of(new float[] { 3, 4 }, 2) }, KeepBudget.Count(1)).Order);
    }

    private static float[] Rows(int count, int width)
    {
        var random = Rng.Derive(3, 0, "test/zcore").Sequence();
        return [.. Enumerable.Range(0, count * width).Select(_ => random.Next(20) == 0 ? 0.5f : (float)(random.NextDouble() * random.NextDouble()))];
    }

    private static double[] Plain(float[] rows, int count, int width, int neighbours, int draws)
    {
        float At(int i, int k) => rows[(i * width) + k];
        float[][] sorted = [.. Enumerable.Range(0, width).Select(k => Enumerable.Range(0, count).Select(i => At(i, k)).Order().ToArray())];
        var begin = Rng.Derive(5, 0, "select/zcore begin");
        double[] scores = [.. Enumerable.Range(0, count).Select(i => begin.UInt32At((ulong)i) / 4294967296.0)];
        for (var draw = 0; draw < draws; draw++)
        {
            var random = Rng.Derive(5, 0, "select/zcore").Sequence((uint)draw);
            var a = (int)random.Next((uint)width);
            int[] others = [.. Enumerable.Range(0, width).Where(k => k != a)];
            var b = width == 1 ? a : others[(int)random.Next((uint)width - 1)];
            float x = Triangular(a, random.NextDouble()), y = Triangular(b, random.NextDouble());
            float Away(int i, float u, float v) => Math.Abs(At(i, a) - u) + Math.Abs(At(i, b) - v);
            var nearest = Enumerable.Range(0, count).MinBy(i => (Away(i, x, y), i));
            scores[nearest]++;
            var around = Enumerable.Range(0, count).Where(i => i != nearest).Select(i => (Distance: Away(i, At(nearest, a), At(nearest, b)), Id: i)).Order().Take(neighbours).ToArray();
            if (around[0].Distance == 0)
            {
                scores[around[0].Id]--;
                continue;
            }

            var sum = around.Sum(static one => Math.Pow(one.Distance, -4));
            foreach (var (distance, id) in around)
            {
                scores[id] -= Math.Pow(distance, -4) / sum;
            }
        }

        return scores;

        float Triangular(int k, double share)
        {
            double low = sorted[k][0], high = sorted[k][^1], median = ((double)sorted[k][(count - 1) / 2] + sorted[k][count / 2]) / 2;
            var turn = (median - low) / (high - low);
            return (float)(share < turn ? low + Math.Sqrt(share * (high - low) * (median - low)) : high - Math.Sqrt((1 - share) * (high - low) * (high - median)));
        }
    }
}
