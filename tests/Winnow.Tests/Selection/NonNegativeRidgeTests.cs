using Winnow.Numerics;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Non-negative least squares with a ridge.</summary>
public sealed class NonNegativeRidgeTests
{
    [Theory]
    [InlineData(1, 3, 1)]
    [InlineData(8, 3, 0.001)]
    [InlineData(40, 60, 0)]
    [InlineData(120, 30, 1e-4)]
    [InlineData(120, 30, 0)]
    public void No_weight_can_be_changed_for_the_better(int n, int width, double ridge)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var random = Rng.Derive(seed, 0, "test/ridge").Sequence();
            double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.4)];
            double[][] rows = [.. Enumerable.Range(0, n).Select(_ => Draw(width))];
            var to = Draw(width);
            double Dot(double[] x, double[] y) => x.Zip(y, static (a, b) => a * b).Sum();
            double[] wanted = [.. rows.Select(row => Dot(row, to))];
            var weights = NonNegativeRidge.Solve([.. rows.SelectMany(x => rows.Select(y => Dot(x, y)))], wanted, ridge, CancellationToken.None);
            double[] sum = [.. Enumerable.Range(0, width).Select(k => rows.Select((row, i) => row[k] * weights[i]).Sum())];
            for (var i = 0; i < n; i++)
            {
                var slope = Dot(rows[i], sum) + (ridge * weights[i]) - wanted[i];
                Assert.True(weights[i] >= 0);
                Assert.True(weights[i] > 0 ? Math.Abs(slope) < 1e-6 : slope > -1e-6, $"{slope} at {i} with {weights[i]}");
            }
        }
    }

    [Fact]
    public void Equal_rows_and_rows_of_0_are_borne()
    {
        Assert.Equal([0.5, 0, 0], NonNegativeRidge.Solve([4, 4, 0, 4, 4, 0, 0, 0, 0], [2, 2, 0], 0, CancellationToken.None));
        Assert.Equal([0, 0], NonNegativeRidge.Solve([1, 0, 0, 1], [-1, -2], 1, CancellationToken.None));
        Assert.Empty(NonNegativeRidge.Solve([], [], 1, CancellationToken.None));
    }
}
