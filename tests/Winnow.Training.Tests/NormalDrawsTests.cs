using Winnow.Numerics;

namespace Winnow.Training.Tests;

public sealed class NormalDrawsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(784)]
    [InlineData(3072)]
    public void They_are_what_box_and_muller_make_of_the_streams_numbers(int count)
    {
        var stream = Rng.Derive(7, 3, "noise");
        var numbers = new float[count];
        NormalDraws.Fill(stream, 1024, numbers);
        for (var k = 0; k < count; k++)
        {
            var (block, place) = ((ulong)(k / 512 * 512), k % 512);
            var u = (stream.UInt32At(1024 + block + (ulong)(place % 256)) + 0.5) / 4294967296.0;
            var v = stream.UInt32At(1024 + block + 256 + (ulong)(place % 256)) / 4294967296.0;
            var radius = Math.Sqrt(-2 * Math.Log(u));
            Assert.Equal(radius * (place < 256 ? Math.Cos(2 * Math.PI * v) : Math.Sin(2 * Math.PI * v)), numbers[k], 2e-5);
        }
    }

    [Fact]
    public void How_many_are_taken_changes_none_of_them()
    {
        var stream = Rng.Derive(1, 0, "noise");
        var (all, some) = (new float[3000], new float[3000]);
        NormalDraws.Fill(stream, 0, all);
        foreach (var taken in new[] { 1, 7, 255, 257, 512, 784, 2999 })
        {
            NormalDraws.Fill(stream, 0, some.AsSpan(0, taken));
            Assert.Equal(all[..taken], some[..taken]);
        }

        Assert.Equal((512ul, 512ul, 1024ul, 1024ul), (NormalDraws.Places(1), NormalDraws.Places(512), NormalDraws.Places(513), NormalDraws.Places(784)));
    }

    [Fact]
    public void They_are_normal()
    {
        var numbers = new float[1 << 20];
        NormalDraws.Fill(Rng.Derive(5, 2, "noise"), 0, numbers);
        Assert.All(numbers, static value => Assert.True(Math.Abs(value) < 6.8));
        double Moment(int power) => numbers.Average(value => Math.Pow(value, power));
        Assert.InRange(Moment(1), -0.005, 0.005);
        Assert.InRange(Moment(2), 0.99, 1.01);
        Assert.InRange(Moment(3), -0.02, 0.02);
        Assert.InRange(Moment(4), 2.94, 3.06);

        // Kolmogorov and Smirnov: at most 1.95 / √n with a probability of 0.999.
        Array.Sort(numbers);
        var furthest = Enumerable.Range(0, 1000).Max(k => Math.Abs(((k * 1000.0) / numbers.Length) - Below(numbers[k * 1000])));
        Assert.InRange(furthest, 0, 1.95 / Math.Sqrt(numbers.Length) + 1e-6);

        // Neighbours, and the two of a pair, don't go together.
        var draws = new float[1 << 20];
        NormalDraws.Fill(Rng.Derive(5, 2, "noise"), 0, draws);
        foreach (var distance in new[] { 1, 2, 256, 512 })
        {
            Assert.InRange(Enumerable.Range(0, draws.Length - distance).Average(k => (double)draws[k] * draws[k + distance]), -0.005, 0.005);
        }

        // By Simpson's rule over the density.
        static double Below(double z)
        {
            const int Parts = 200;
            double Density(int k) => Math.Exp(-Math.Pow(z * k / Parts, 2) / 2) / Math.Sqrt(2 * Math.PI);
            return 0.5 + (z / Parts / 3 * Enumerable.Range(0, Parts + 1).Sum(k => Density(k) * (k is 0 or Parts ? 1 : k % 2 == 1 ? 4 : 2)));
        }
    }
}
