using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class RandomSubsetTests
{
    [Theory]
    [InlineData(1, 0.01, 1)]
    [InlineData(5, 0.5, 3)]
    [InlineData(1000, 0.3, 300)]
    [InlineData(100_001, 0.5, 50_001)]
    [InlineData(100_000, 0.00001, 1)]
    [InlineData(100_000, 1.0, 100_000)]
    public void Keeps_exactly_the_rounded_share_and_at_least_one(int count, double keep, int kept)
    {
        var policy = new RandomSubsetPolicy { Keep = keep };
        var weights = Tables.Plan(policy, new SampleTable(count, policy.Columns), epoch: 0);
        Assert.Equal(kept, weights.Count(static w => w == 1f));
        Assert.Equal(count - kept, weights.Count(static w => w == 0f));
    }

    [Fact]
    public void Draws_a_new_subset_each_epoch_and_for_each_seed()
    {
        var policy = new RandomSubsetPolicy();
        var table = new SampleTable(50, policy.Columns);
        var counts = new int[50];
        var draws = new HashSet<string>();
        for (var epoch = 0; epoch < 20; epoch++)
        {
            for (ulong seed = 0; seed < 20; seed++)
            {
                var weights = Tables.Plan(policy, table, epoch, 20, seed);
                Assert.True(draws.Add(string.Join(',', weights)));
                for (var i = 0; i < 50; i++)
                {
                    counts[i] += (int)weights[i];
                }
            }
        }

        Statistics.AssertUniform(counts, 50);
    }

    [Fact]
    public void Is_full_after_until()
    {
        var policy = new RandomSubsetPolicy { Until = 0.5 };
        var table = new SampleTable(50, policy.Columns);
        Assert.Equal(25, Tables.Plan(policy, table, 4).Sum());
        Assert.Equal(50, Tables.Plan(policy, table, 5).Sum());
    }
}
