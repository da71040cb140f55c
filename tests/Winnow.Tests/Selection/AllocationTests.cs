using FsCheck;
using FsCheck.Fluent;
using Winnow.Selection;
using Winnow.Selection.Allocation;

namespace Winnow.Tests.Selection;

public sealed class AllocationTests
{
    [Theory]
    [InlineData(new[] { 3, 50, 7, 40, 0 }, 20, new[] { 3, 6, 5, 6, 0 })]
    [InlineData(new[] { 1, 2, 100, 100 }, 11, new[] { 1, 2, 4, 4 })]
    [InlineData(new int[0], 0, new int[0])]
    [InlineData(new[] { 5 }, 5, new[] { 5 })]
    public void Water_filling_gives_the_known_shares(int[] sizes, int places, int[] shares) => Assert.Equal(shares, WaterFilling.Share(sizes, places));

    [Fact]
    public void The_projection_gives_the_known_shares()
    {
        // C = (.02, .04, .06, .08) at temperature .05 and 150 places.
        double[] weights = [.. new[] { .02, .04, .06, .08 }.Select(static c => Math.Exp(c / .05))], wanted = [.. weights.Select(w => 150 * w / weights.Sum())];
        int[] least = [1, 1, 1, 1], most = [100, 100, 30, 100];
        var exact = CappedProjection.Of(wanted, [1, 1, 1, 1], [100, 100, 30, 100], 150);
        Assert.Equal([22.507, 31.686, 30, 65.807], exact.Select(static share => Math.Round(share, 3)));
        Assert.Equal([22, 32, 30, 66], CappedProjection.Share(wanted, least, most, 150));
    }

    [Fact]
    public void Whatever_is_shared_out_adds_up_and_fits() => Prop.ForAll(Gen.Choose(0, 40).ArrayOf().ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), static (sizes, permille) =>
    {
        var places = (int)((long)sizes.Sum() * permille / 1000);
        double[] claims = [.. sizes.Select(static (size, g) => (double)((g * 7) % 5))];
        foreach (var shares in new[] { WaterFilling.Share(sizes, places), Proportional.Share(sizes, places), Proportional.Share(claims, sizes, places), CappedProjection.Share(claims, new int[sizes.Length], sizes, places) })
        {
            Assert.Equal(places, shares.Sum());
            Assert.All(shares.Zip(sizes), static pair => Assert.InRange(pair.First, 0, pair.Second));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_projection_is_the_nearest_point() => Prop.ForAll(Gen.Choose(-50, 50).ArrayOf(5).ToArbitrary(), Gen.Choose(0, 100).ToArbitrary(), static (wished, total) =>
    {
        double[] wanted = [.. wished.Select(static w => w / 3.0)], least = [0, 1, 0, 2, 0], most = [30, 40, 10, 20, 50];
        var sum = 3 + (total * 147 / 100.0);
        var nearest = CappedProjection.Of(wanted, least, most, sum);
        Assert.Equal(sum, nearest.Sum(), 6);
        // Moving a little from one group to another, where bounds allow it, is never nearer.
        for (var a = 0; a < 5; a++)
        {
            for (var b = 0; b < 5; b++)
            {
                const double Step = 1e-3;
                if (a != b && nearest[a] - Step >= least[a] && nearest[b] + Step <= most[b])
                {
                    var change = Square(nearest[a] - Step - wanted[a]) - Square(nearest[a] - wanted[a]) + Square(nearest[b] + Step - wanted[b]) - Square(nearest[b] - wanted[b]);
                    Assert.True(change >= -1e-9);
                }
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_can_not_be_shared_out_is_refused()
    {
        Assert.Contains("0 to 5", Assert.Throws<SelectionException>(static () => WaterFilling.Share([2, 3], 6)).Message, StringComparison.Ordinal);
        Assert.Throws<SelectionException>(static () => Proportional.Share([2, 3], -1));
        Assert.Throws<SelectionException>(static () => Proportional.Share([double.NaN, 1], [2, 3], 1));
        Assert.Throws<SelectionException>(static () => CappedProjection.Of([1, 1], [0, 0], [1, 1], 3));
        Assert.Throws<SelectionException>(static () => CappedProjection.Of([1, double.NaN], [0, 0], [1, 1], 1));
        Assert.Throws<SelectionException>(static () => CappedProjection.Of([1], [2], [1], 1));
    }

    private static double Square(double x) => x * x;
}
