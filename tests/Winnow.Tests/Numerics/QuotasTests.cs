using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class QuotasTests
{
    [Theory]
    [InlineData(10, new[] { 60, 30, 10 }, new[] { 6, 3, 1 })]
    // Exact shares 4.7, 3.1, 1.6, 0.6: whole parts 4, 3, 1, 0, two left for the remainders .7 and .6 of the larger class.
    [InlineData(10, new[] { 47, 31, 16, 6 }, new[] { 4, 3, 2, 1 })]
    [InlineData(5, new[] { 10, 10, 10 }, new[] { 2, 2, 1 })]
    [InlineData(3, new[] { 0, 5, 0, 1 }, new[] { 0, 2, 0, 1 })]
    // A share of 0.03 is no place, but there is one for each.
    [InlineData(3, new[] { 98, 1, 1 }, new[] { 1, 1, 1 })]
    [InlineData(2, new[] { 98, 1, 1 }, new[] { 2, 0, 0 })]
    [InlineData(0, new[] { 3, 4 }, new[] { 0, 0 })]
    [InlineData(0, new[] { 0, 0 }, new[] { 0, 0 })]
    [InlineData(0, new int[0], new int[0])]
    [InlineData(1_500_000_000, new[] { 1_000_000_000, 1_000_000_000 }, new[] { 750_000_000, 750_000_000 })]
    public void Go_to_the_largest_remainders(int places, int[] sizes, int[] quotas) => Assert.Equal(quotas, Quotas.Of(places, sizes));

    [Fact]
    public void Sum_to_the_places_stay_within_one_of_the_exact_share_and_leave_nobody_out()
    {
        var random = Rng.Derive(1, 0, "quotas").Sequence();
        for (var trial = 0; trial < 3000; trial++)
        {
            int[] sizes = [.. Enumerable.Range(0, 1 + (int)random.Next(12)).Select(_ => (int)random.Next(trial % 2 == 0 ? 6u : 200u))];
            int total = sizes.Sum(), places = (int)random.Next((uint)total + 1), filled = sizes.Count(static s => s > 0);
            var quotas = Quotas.Of(places, sizes);
            Assert.Equal(places, quotas.Sum());
            var moved = false;
            for (var g = 0; g < sizes.Length; g++)
            {
                Assert.InRange(quotas[g], 0, sizes[g]);
                if (places >= filled && sizes[g] > 0)
                {
                    Assert.True(quotas[g] >= 1);
                }

                moved |= total > 0 && quotas[g] == 1 && (double)places * sizes[g] / total < 1;
            }
            // Unless a place was given to a group that has less than one by its share, nobody is a whole place away from it.
            for (var g = 0; g < sizes.Length && !moved; g++)
            {
                Assert.True(Math.Abs(quotas[g] - ((double)places * sizes[g] / Math.Max(1, total))) < 1);
            }
        }
    }
}
