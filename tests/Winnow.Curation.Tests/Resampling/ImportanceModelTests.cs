using Winnow.Curation.Resampling;

namespace Winnow.Curation.Tests.Resampling;

public class ImportanceModelTests
{
    [Fact]
    public void Ratios_by_hand()
    {
        var model = new ImportanceModel(new([2L, 2, 0]), new([3L, 0, 0]), smoothing: 1);
        Assert.Equal(Math.Log((4.0 / 6) + 1e-8) - Math.Log(0.5 + 1e-8), model.LogRatios[0], 14);
        Assert.Equal(Math.Log((1.0 / 6) + 1e-8) - Math.Log(0.5 + 1e-8), model.LogRatios[1], 14);
        Assert.Equal(Math.Log((1.0 / 6) + 1e-8) - Math.Log(1e-8), model.LogRatios[2], 13);
        Assert.Equal(Math.Log(1e-8) - Math.Log(0.5 + 1e-8), new ImportanceModel(new([2L, 2, 0]), new([3L, 0, 0])).LogRatios[1], 13);
    }

    [Fact]
    public void A_model_is_read_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var model = new ImportanceModel(new([5L, 1, 7]), new([1L, 2, 3]), 0.5);
        var path = Path.Combine(folder.Path, "model.npz");
        model.Save(path);
        var again = ImportanceModel.Load(path);
        Assert.Equal(model.LogRatios.ToArray(), again.LogRatios.ToArray());
        Assert.Equal(13, again.Raw.Total);
        Assert.Equal(0.5, again.Smoothing);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        Assert.Throws<CurationException>(static () => new ImportanceModel(new(3), new([1L, 2, 3])));
        Assert.Throws<CurationException>(static () => new ImportanceModel(new([1L, 2]), new([1L, 2, 3])));
        Assert.Throws<CurationException>(static () => new ImportanceModel(new([1L]), new([1L]), -1));
        Assert.Throws<CurationException>(static () => KullbackLeibler.Divergence(new(3), new([1L, 2, 3])));
    }

    [Fact]
    public void Histograms_of_parts_add_up()
    {
        var whole = new BucketHistogram(4);
        whole.Add([0, 1, 1, 3]);
        var part = new BucketHistogram(4);
        part.Add([0, 1]);
        var rest = new BucketHistogram(4);
        rest.Add([1, 3]);
        part.Add(rest);
        Assert.Equal(whole.Counts.ToArray(), part.Counts.ToArray());
        Assert.Equal(4, part.Total);
    }

    [Fact]
    public void Divergences_by_hand()
    {
        BucketHistogram target = new([1L, 1, 0]), random = new([1L, 1, 2]), selected = new([2L, 2, 0]);
        Assert.Equal(Math.Log(2), KullbackLeibler.Divergence(target, random), 7);
        Assert.Equal(0, KullbackLeibler.Divergence(target, selected));
        Assert.Equal(Math.Log(2), KullbackLeibler.Reduction(target, random, selected), 7);
    }

    [Fact]
    public void Logarithms_are_those_of_the_system_to_two_units_in_the_last_place()
    {
        var rng = Numerics.Rng.Derive(1, 0, "test");
        for (ulong i = 0; i < 100_000; i++)
        {
            var x = BitConverter.Int64BitsToDouble((long)(((ulong)rng.UInt32At(2 * i) << 32 | rng.UInt32At((2 * i) + 1)) >> 1));
            if (double.IsFinite(x))
            {
                var expected = Math.Log(x);
                Assert.True(Math.Abs(NaturalLogarithm.Of(x) - expected) <= 2 * (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected)), $"{x:R}");
            }

            x = 1 + ((rng.UInt32At(i) - (double)(1u << 31)) / (1UL << 33));
            Assert.True(Math.Abs(NaturalLogarithm.Of(x) - Math.Log(x)) <= 2 * (Math.BitIncrement(Math.Abs(Math.Log(x))) - Math.Abs(Math.Log(x))), $"{x:R}");
        }

        Assert.Equal(double.NegativeInfinity, NaturalLogarithm.Of(0));
        Assert.Equal(0, NaturalLogarithm.Of(1));
    }

    [Fact]
    public void Shares_of_targets_round_down_and_the_last_takes_the_rest()
    {
        Assert.Equal([3, 3, 4], TargetShares.Of(10, [1, 1, 1]));
        Assert.Equal([0, 5], TargetShares.Of(5, [0.1, 0.9]));
        Assert.Throws<CurationException>(static () => TargetShares.Of(5, [0, 0]));
        Assert.Throws<CurationException>(static () => TargetShares.Of(5, [1, -1]));
    }
}
