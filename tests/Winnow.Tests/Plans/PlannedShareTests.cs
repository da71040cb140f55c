using FsCheck;
using FsCheck.Fluent;
using Winnow.Plans;

namespace Winnow.Tests.Plans;

public class PlannedShareTests
{
    [Fact]
    public void Shares_are_the_batch_in_its_order_of_one_length_and_lose_neither_sample_nor_weight() =>
        Prop.ForAll(Gen.Choose(1, 300).ToArbitrary(), Gen.Choose(1, 64).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), static (count, size, ranks) =>
        {
            EpochPlan plan = EpochPlanTests.Make(weights: [.. Enumerable.Range(0, count).Select(static i => 0.5f + (i % 5))]);
            return plan.Batches(size).All(batch =>
            {
                PlannedShare[] shares = [.. Enumerable.Range(0, ranks).Select(rank => batch.Share(rank, ranks))];
                float[] weights = [.. shares.SelectMany(static share => Weights(share))];
                return shares.SelectMany(static share => share.Real.Ids.ToArray()).SequenceEqual(batch.Ids.ToArray())
                    && shares.All(share => share.Count == (batch.Count + ranks - 1) / ranks && share.Padding is 0 or 1)
                    && shares.Sum(static share => share.Real.Count) == batch.Count
                    && weights.Where(static weight => weight != 0).SequenceEqual(batch.Ids.ToArray().Select(id => plan.Weights[id]));
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Over_an_epoch_all_ranks_take_the_same_number_of_steps_and_their_weights_sum_to_the_plans()
    {
        EpochPlan plan = EpochPlanTests.Make(weights: [.. Enumerable.Range(0, 1003).Select(static i => i % 3 * 0.75f)]);
        double sum = 0;
        for (int rank = 0; rank < 4; rank++) sum += plan.Batches(16).Sum(batch => Weights(batch.Share(rank, 4)).Sum(static weight => (double)weight));
        Assert.Equal(plan.WeightSum, sum);
    }

    [Fact]
    public void The_padding_repeats_the_sample_that_follows_or_the_last()
    {
        EpochPlan plan = EpochPlanTests.Make(weights: [1, 1, 1, 1, 1]);
        int[] order = plan.Order.ToArray();
        PlannedBatch batch = plan.Batch(0, 5);
        Assert.Equal([order[0], order[1], order[2]], Ids(batch.Share(0, 2)).Concat(Ids(batch.Share(1, 2))).Take(3));
        Assert.Equal([[order[0], order[1], order[2]], [order[2], order[3], order[4]]], new[] { Ids(batch.Share(0, 2)), Ids(batch.Share(1, 2)) });
        Assert.Equal([1f, 1f, 0f], Weights(batch.Share(0, 2)));
    }

    [Fact]
    public void With_fewer_samples_than_ranks_some_ranks_only_compute_padding()
    {
        EpochPlan plan = EpochPlanTests.Make(weights: [1, 1]);
        PlannedShare[] shares = [.. Enumerable.Range(0, 3).Select(rank => plan.Batch(0, 2).Share(rank, 3))];
        Assert.Equal([0, 1, 1], shares.Select(static share => share.Real.Count));
        Assert.All(shares, static share => Assert.Equal(1, share.Count));
        Assert.Equal([0f], Weights(shares[0]));
        Assert.Contains(Ids(shares[0])[0], plan.Order.ToArray());
    }

    [Fact]
    public void One_rank_has_the_batch_itself()
    {
        EpochPlan plan = EpochPlanTests.Make(weights: [.. Enumerable.Repeat(1f, 10)]);
        Assert.Equal(plan.Batch(1, 4), plan.Batch(1, 4).Share(0, 1).Real);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(-1, 2)]
    [InlineData(0, 0)]
    public void Refuses_ranks_there_are_not(int rank, int ranks)
    {
        PlannedBatch all = EpochPlanTests.Make(weights: [1, 1]).All;
        Assert.Throws<ArgumentOutOfRangeException>(() => all.Share(rank, ranks));
        Assert.Throws<ArgumentException>(() => all.Share(0, 1).CopyIds(new int[1]));
    }

    static int[] Ids(PlannedShare share)
    {
        int[] ids = new int[share.Count];
        share.CopyIds(ids);
        return ids;
    }

    static float[] Weights(PlannedShare share)
    {
        float[] weights = new float[share.Count];
        share.CopyWeights(weights);
        return weights;
    }
}
