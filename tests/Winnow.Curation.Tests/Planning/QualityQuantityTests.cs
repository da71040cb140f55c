using Winnow.Curation.Planning;

namespace Winnow.Curation.Tests.Planning;

public class QualityQuantityTests
{
    private static readonly QualityPool s_good = new(-0.2, 2), s_fair = new(-0.1, 4);

    [Fact]
    public void One_epoch_or_less_is_a_power_law()
    {
        Assert.Equal(0.1 + Math.Pow(0.02 * 64, -0.2), QualityQuantity.Error([s_good], 6.4e6, 12.8e6, 0.02), 14);
        Assert.Equal(0.3 + Math.Pow(0.02 * 128, -0.2), QualityQuantity.Error([s_good], 12.8e6, 12.8e6, 0.02, 0.3), 14);
        Assert.Equal(0.1 + Math.Pow(0.02 * 200, -0.15), QualityQuantity.Error([s_good, s_fair], 20e6, 12.8e6, 0.02), 14);
    }

    [Fact]
    public void Repetitions_are_worth_less_by_their_half_lives()
    {
        var first = 0.1 + Math.Pow(0.02 * 128, -0.2);
        // The second epoch whole, half of the third.
        var expected = first * Math.Pow(2, -0.2 * Math.Pow(0.5, 0.5)) * Math.Pow(2.5 / 2, -0.2 * 0.5);
        Assert.Equal(expected, QualityQuantity.Error([s_good], 32e6, 12.8e6, 0.02), 14);
        // Two pools: an epoch is twice as long and half-lives twice as many repetitions.
        var mixed = (0.1 + Math.Pow(0.02 * 256, -0.15)) * Math.Pow(1.25, ((-0.2 * Math.Pow(0.5, 0.25)) + (-0.1 * Math.Pow(0.5, 0.125))) / 2);
        Assert.Equal(mixed, QualityQuantity.Error([s_good, s_fair], 32e6, 12.8e6, 0.02), 14);
    }

    [Fact]
    public void Without_loss_by_repeating_only_the_number_of_samples_counts()
    {
        QualityPool lasting = new(-0.2, double.PositiveInfinity);
        Assert.Equal((0.1 + Math.Pow(0.02 * 128, -0.2)) * Math.Pow(640 / 12.8, -0.2), QualityQuantity.Error([lasting], 640e6, 12.8e6, 0.02), 12);
    }

    [Fact]
    public void Little_training_wants_the_best_pool_and_much_wants_more()
    {
        QualityPool[] pools = [new(-0.12, 3), new(-0.2, 1.5), new(-0.17, 2), new(-0.15, 2)];
        Assert.Equal(1, QualityQuantity.Plan(pools, 6.4e6, 12.8e6, 0.03).Pools);
        var much = QualityQuantity.Plan(pools, 640e6, 12.8e6, 0.03);
        Assert.InRange(much.Pools, 2, 4);
        Assert.Equal(much.Errors.Min(), much.Errors[much.Pools - 1]);
        Assert.Equal(QualityQuantity.Error([pools[1], pools[2]], 640e6, 12.8e6, 0.03), much.Errors[1]);
    }

    [Fact]
    public void Numbers_without_meaning_are_refused()
    {
        Assert.Throws<CurationException>(static () => QualityQuantity.Error([], 1, 1, 1));
        Assert.Throws<CurationException>(static () => QualityQuantity.Error([new(0.1, 1)], 1, 1, 1));
        Assert.Throws<CurationException>(static () => QualityQuantity.Error([s_good], 0, 1, 1));
        Assert.Throws<CurationException>(static () => QualityQuantity.Plan([s_good], 1, double.NaN, 1));
    }
}
