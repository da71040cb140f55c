using FsCheck;
using FsCheck.Fluent;
using Winnow.Plans;

namespace Winnow.Tests.Plans;

/// <summary>What ranks compute when their parts are padded to one length; the parts themselves are looked at in <see cref="KeyedPlanTests"/>.</summary>
public class RankShareTests
{
    [Fact]
    public void Padded_parts_are_of_one_length_and_lose_neither_sample_nor_weight() =>
        Prop.ForAll(Gen.Choose(1, 300).ToArbitrary(), Gen.Choose(1, 64).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), static (count, size, ranks) =>
        {
            var plan = EpochPlanTests.Make(weights: [.. Enumerable.Range(0, count).Select(static i => 0.5f + (i % 5))]);
            RankShare[] shares = [.. Enumerable.Range(0, ranks).Select(rank => plan.Share(rank, ranks, size))];
            return Enumerable.Range(0, shares[0].Steps).All(step =>
            {
                var ids = plan.Batch(step, size).Ids.ToArray();
                return shares.All(share => share.Length(step) == (ids.Length + ranks - 1) / ranks && share.Length(step) - share.At(step).Count is 0 or 1)
                    && shares.SelectMany(share => Ids(share, step).Take(share.At(step).Count)).SequenceEqual(ids)
                    && shares.SelectMany(share => Ids(share, step)).All(ids.Contains)
                    && shares.SelectMany(share => Weights(share, step)).Where(static weight => weight != 0).SequenceEqual(ids.Select(id => plan.Weights[id]));
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Over_an_epoch_the_ranks_weights_sum_to_the_plans()
    {
        var plan = EpochPlanTests.Make(weights: [.. Enumerable.Range(0, 1003).Select(static i => i % 3 * 0.75f)]);
        double sum = 0;
        for (var rank = 0; rank < 4; rank++)
        {
            var share = plan.Share(rank, 4, 16);
            sum += Enumerable.Range(0, share.Steps).Sum(step => Weights(share, step).Sum(static weight => (double)weight));
        }

        Assert.Equal(plan.WeightSum, sum);
    }

    [Fact]
    public void The_padding_repeats_the_sample_that_follows_or_the_last()
    {
        var plan = EpochPlanTests.Make(weights: [1, 1, 1, 1, 1]);
        var order = plan.Order.ToArray();
        Assert.Equal([[order[0], order[1], order[2]], [order[2], order[3], order[4]]], new[] { Ids(plan.Share(0, 2, 5), 0), Ids(plan.Share(1, 2, 5), 0) });
        Assert.Equal([1f, 1f, 0f], Weights(plan.Share(0, 2, 5), 0));
    }

    [Fact]
    public void With_fewer_samples_than_ranks_some_ranks_only_compute_padding()
    {
        var plan = EpochPlanTests.Make(weights: [1, 1]);
        RankShare[] shares = [.. Enumerable.Range(0, 3).Select(rank => plan.Share(rank, 3, 2))];
        Assert.Equal([0, 1, 1], shares.Select(static share => share.At(0).Count));
        Assert.All(shares, static share => Assert.Equal(1, share.Length(0)));
        Assert.Equal([0f], Weights(shares[0], 0));
        Assert.Contains(Ids(shares[0], 0)[0], plan.Order.ToArray());
    }

    [Fact]
    public void Padding_a_keyed_plans_parts_writes_no_order_down()
    {
        var plan = KeyedPlanTests.Make([.. Enumerable.Repeat(1f, 1001)]);
        Assert.Equal(334, Ids(plan.Share(0, 3, 1001), 0).Length);
        Assert.False(plan.HasList);
    }

    [Fact]
    public void Refuses_ranks_there_are_not_and_too_little_room()
    {
        var plan = EpochPlanTests.Make(weights: [1, 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => RankShare.Part(2, 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RankShare.Part(-1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RankShare.LongestPart(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Share(0, 1, 2).Length(1));
        Assert.Throws<ArgumentException>(() => plan.Share(0, 1, 2).CopyIds(0, new int[1]));
        Assert.Throws<ArgumentException>(() => plan.Share(0, 1, 2).CopyWeights(0, new float[1]));
    }

    private static int[] Ids(RankShare share, int step)
    {
        var ids = new int[share.Length(step)];
        share.CopyIds(step, ids);
        return ids;
    }

    private static float[] Weights(RankShare share, int step)
    {
        var weights = new float[share.Length(step)];
        share.CopyWeights(step, weights);
        return weights;
    }
}
