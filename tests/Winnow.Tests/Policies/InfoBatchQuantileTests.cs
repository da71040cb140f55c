using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class InfoBatchQuantileTests
{
    private static readonly InfoBatchQuantilePolicy s_policy = new();

    [Fact]
    public void Keeps_exactly_the_rounded_share_of_each_part()
    {
        // 0 … 1000: the 20th percentile is 200 and the 85th 850; a loss equal to a percentile belongs below it.
        float[] losses = [.. Enumerable.Range(0, 1001).Select(static i => (float)(i * 617 % 1001))];
        var weights = Tables.Plan(s_policy, Tables.Seen(s_policy, losses));
        var pairs = losses.Zip(weights).ToArray();
        Assert.Equal(50, pairs.Count(static p => p.First <= 200 && p.Second == (float)(201.0 / 50)));
        Assert.Equal(151, pairs.Count(static p => p.First <= 200 && p.Second == 0));
        Assert.Equal(325, pairs.Count(static p => p.First is > 200 and <= 850 && p.Second == 2f));
        Assert.Equal(325, pairs.Count(static p => p.First is > 200 and <= 850 && p.Second == 0));
        Assert.All(pairs.Where(static p => p.First > 850), static p => Assert.Equal(1f, p.Second));
        Assert.Equal(1001, weights.Sum(static w => (double)w), 3);
    }

    [Fact]
    public void Saves_the_same_share_whatever_the_losses_look_like()
    {
        float[] skewed = Tables.Skewed(10_000), shifted = [.. skewed.Select(static l => (l * l * l) - 5)];
        foreach (var losses in new[] { skewed, shifted })
        {
            Assert.Equal(0.525, Tables.Plan(s_policy, Tables.Seen(s_policy, losses)).Count(static w => w > 0) / 10_000.0, 3);
        }
    }

    [Fact]
    public void Prunes_nothing_when_no_loss_is_above_the_low_percentile()
    {
        foreach (var count in new[] { 1, 2, 1000, 100_000 })
        {
            var losses = new float[count];
            Array.Fill(losses, 0.1f);
            Assert.All(Tables.Plan(s_policy, Tables.Seen(s_policy, losses)), static w => Assert.Equal(1f, w));
        }
        // One sample of another kind doesn't change that: it takes no part.
        var odd = new float[100];
        odd[3] = float.NaN;
        Assert.All(Tables.Plan(s_policy, Tables.Seen(s_policy, odd)), static w => Assert.Equal(1f, w));
    }

    [Fact]
    public void Puts_ties_into_the_part_below()
    {
        // Half the losses are 0: the low percentile is 0, and all of them are low.
        float[] losses = [.. Enumerable.Range(0, 1000).Select(static i => i % 2 == 0 ? 0f : i)];
        var weights = Tables.Plan(s_policy, Tables.Seen(s_policy, losses));
        Assert.Equal(125, losses.Zip(weights).Count(static p => p.First == 0 && p.Second == 4f));
        Assert.Equal(375, losses.Zip(weights).Count(static p => p.First == 0 && p.Second == 0f));
    }

    [Fact]
    public void Always_visits_never_seen_and_non_finite_samples()
    {
        var losses = Tables.Skewed(1000);
        for (var i = 0; i < 1000; i += 10)
        {
            losses[i] = i % 20 == 0 ? float.NaN : float.NegativeInfinity;
        }

        var table = Tables.Seen(s_policy, losses);
        for (var i = 5; i < 1000; i += 10)
        {
            table.Flags[i] = SampleFlags.None;
        }

        var weights = Tables.Plan(s_policy, table);
        for (var i = 0; i < 1000; i += 5)
        {
            Assert.Equal(1f, weights[i]);
        }

        Assert.Equal(1000, weights.Sum(static w => (double)w), 3);
        // 800 take part: 160 low of which 40 stay, 520 in the middle of which 260 stay, 120 on top.
        Assert.Equal(200 + 40 + 260 + 120, weights.Count(static w => w > 0));
    }

    [Fact]
    public void Plans_by_the_last_loss_alone()
    {
        var losses = Tables.Skewed(300);
        SampleTable once = Tables.Seen(s_policy, losses), twice = Tables.Seen(s_policy, Tables.Skewed(300, 9));
        Tables.Observe(s_policy, twice, [.. Enumerable.Range(0, 300).Select(static i => (long)i)], losses);
        Assert.Equal(Tables.Plan(s_policy, once), Tables.Plan(s_policy, twice));
    }

    [Fact]
    public void Is_full_in_epoch_0_and_after_until()
    {
        var table = Tables.Seen(s_policy, Tables.Skewed(100));
        foreach (var epoch in new[] { 0, 8, 9 })
        {
            Assert.All(Tables.Plan(s_policy, table, epoch), static w => Assert.Equal(1f, w));
        }

        Assert.Contains(0f, Tables.Plan(s_policy, table, 7));
    }

    [Fact]
    public void Refuses_percentiles_out_of_order_or_range()
    {
        var crossed = new InfoBatchQuantilePolicy { Low = 50, High = 50 };
        Assert.Throws<InvalidOperationException>(() => Tables.Plan(crossed, Tables.Seen(crossed, 1f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoBatchQuantilePolicy { High = 101 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoBatchQuantilePolicy { KeepLow = 0 });
    }
}
