using Winnow.Numerics;
using Winnow.Policies;

namespace Winnow.Tests.Policies;

public class EpochContextTests
{
    [Theory]
    [InlineData(100, 0.29, 29)]
    [InlineData(200, 0.875, 175)]
    [InlineData(100, 0.875, 87)]
    [InlineData(10, 0.7, 7)]
    [InlineData(3, 1.0, 3)]
    [InlineData(3, 0.0, 0)]
    public void Is_annealing_from_the_floor_of_the_share_on(int epochs, double until, int first)
    {
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            Assert.Equal(epoch >= first, new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = 1 }.IsAnnealing(until));
        }
    }

    [Fact]
    public void Gives_streams_by_seed_epoch_and_name() =>
        Assert.Equal(Rng.Derive(7, 3, "x"), new EpochContext { Epoch = 3, TotalEpochs = 9, Seed = 7 }.Rng("x"));
}
