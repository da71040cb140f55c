using Winnow.Numerics;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

public class ScalingLawTests
{
    private static readonly double[] s_sizes = [1000, 2000, 4000, 8000, 16000, 32000];

    [Theory]
    [InlineData(3, 0.5, 0)]
    [InlineData(40, 0.9, 0.05)]
    [InlineData(0.8, 0.12, 0.01)]
    [InlineData(1e6, 2.5, 0.2)]
    public void Planted_laws_come_back(double scale, double exponent, double floor)
    {
        var planted = new ScalingLaw(scale, exponent, floor);
        var found = ScalingLaw.Fit(s_sizes, Array.ConvertAll(s_sizes, planted.At));
        Assert.Equal(exponent, found.Exponent, 1e-4 * exponent);
        Assert.Equal(scale, found.Scale, 1e-3 * scale);
        Assert.Equal(floor, found.Floor, 1e-4);
        Assert.Equal(planted.At(1e6), found.At(1e6), 1e-4 * planted.At(1e6));
    }

    // Errors off by a hundredth, five seeds a size: the exponent within a tenth, what is foretold of eight times as many samples within a twentieth.
    [Fact]
    public void Through_noise_they_come_back_nearly()
    {
        var (planted, draws) = (new ScalingLaw(12, 0.45, 0.03), Rng.Derive(3, 0, "noise").Sequence());
        for (var trial = 0; trial < 20; trial++)
        {
            double[] sizes = [.. s_sizes.SelectMany(static size => Enumerable.Repeat(size, 5))];
            double[] errors = [.. sizes.Select(size => planted.At(size) * (1 + (0.01 * (draws.NextDouble() - 0.5) * Math.Sqrt(12))))];
            var found = ScalingLaw.Fit(sizes, errors);
            Assert.Equal(planted.Exponent, found.Exponent, 0.1);
            Assert.Equal(planted.At(256_000), found.At(256_000), 0.05 * planted.At(256_000));
        }
    }

    // No law of a fine grid over all three numbers lies nearer to data that no law goes through.
    [Fact]
    public void Nothing_on_a_grid_lies_nearer()
    {
        double[] errors = [0.31, 0.27, 0.19, 0.17, 0.139, 0.131];
        var found = ScalingLaw.Fit(s_sizes, errors);
        var least = Residual(found);
        for (var exponent = 0.02; exponent < 3; exponent *= 1.05)
        {
            for (var floor = 0.0; floor < 0.13; floor += 0.005)
            {
                for (var first = 0.1; first < 0.4; first += 0.005)
                {
                    Assert.True(Residual(new(first * Math.Pow(1000, exponent), exponent, floor)) >= least);
                }
            }
        }

        double Residual(ScalingLaw law) => s_sizes.Zip(errors).Sum(pair => Math.Pow((law.At(pair.First) / pair.Second) - 1, 2));
    }

    [Fact]
    public void Of_three_sizes_the_floor_is_0_and_what_does_not_fall_stays_as_it_is()
    {
        var found = ScalingLaw.Fit([100, 200, 400], [0.4, 0.2, 0.1]);
        Assert.Equal((0, 1.0, 40.0), (found.Floor, Math.Round(found.Exponent, 6), Math.Round(found.Scale, 3)));
        var flat = ScalingLaw.Fit(s_sizes, [0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
        Assert.Equal(0.2, flat.At(1e6), 1e-6);
        var rising = ScalingLaw.Fit(s_sizes, [0.1, 0.11, 0.12, 0.13, 0.14, 0.15]);
        Assert.Equal((0, true), (rising.Scale, rising.Floor is > 0.1 and < 0.15));
    }

    [Theory]
    [InlineData("100 200", "0.2 0.1", "at least 3 different numbers of samples, and there are 2 (100, 200)")]
    [InlineData("100 100 100 100", "0.2 0.1 0.2 0.2", "and there is 1 (100)")]
    [InlineData("100 200 400", "0.2 0.1", "3 numbers of samples and 2 errors")]
    [InlineData("100 0 400", "0.2 0.1 0.1", "pilot 1 has 0 samples")]
    [InlineData("100 200 400", "0.2 0 0.1", "pilot 1, of 200 samples, has the error 0")]
    [InlineData("100 200 400", "0.2 NaN 0.1", "has the error NaN")]
    [InlineData("100 200 400", "0.2 Infinity 0.1", "has the error")]
    [InlineData("", "", "and there are 0")]
    public void What_tells_no_law_is_refused(string samples, string errors, string problem) =>
        Assert.Contains(problem, Assert.Throws<SelectionException>(() => ScalingLaw.Fit(Numbers(samples), Numbers(errors))).Message, StringComparison.Ordinal);

    private static double[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
