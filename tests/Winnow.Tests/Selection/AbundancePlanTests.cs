using Winnow.Numerics;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

public class AbundancePlanTests
{
    private static readonly double[] s_sizes = [500, 1000, 2000, 4000];

    // Hard ones fall faster from higher up: they cross where scale/scale = n^(difference of exponents), 6^(1/0.3) of what follows.
    [Theory]
    [InlineData(200, false)]
    [InlineData(390, false)]
    [InlineData(394, true)]
    [InlineData(60_000, true)]
    public void Planted_laws_cross_where_their_formula_says(double samples, bool hard)
    {
        var (hardLaw, easyLaw) = (new ScalingLaw(12, 0.7, 0), new ScalingLaw(2, 0.4, 0));
        var plan = Plan(hardLaw, easyLaw, samples);
        Assert.Equal((hard, true), (plan.KeepHard, plan.Settled));
        Assert.Equal(Math.Pow(6, 1 / 0.3), plan.HardFrom!.Value, 0.01);
        Assert.Equal((0.7, 0.4), (Math.Round(plan.Hard.Exponent, 4), Math.Round(plan.Easy.Exponent, 4)));
        Assert.Equal(samples / 4000, plan.Extrapolation);
    }

    [Fact]
    public void Laws_that_do_not_cross_towards_the_hard_ones_have_no_such_place()
    {
        var better = Plan(new(2, 0.5, 0.02), new(4, 0.5, 0.02), 10_000);
        Assert.Equal((true, true, null), (better.KeepHard, better.Settled, better.HardFrom));
        var worse = Plan(new(2, 0.4, 0), new(12, 0.7, 0), 10_000);
        Assert.Equal((false, true, null), (worse.KeepHard, worse.Settled, worse.HardFrom));
    }

    [Fact]
    public void Pilots_of_which_one_size_decides_leave_it_open()
    {
        // Without the last size the hard ones are far ahead, with it far behind.
        var plan = AbundancePlan.Of(s_sizes, [0.4, 0.2, 0.1, 0.3], s_sizes, [0.3, 0.25, 0.21, 0.18], 8000);
        Assert.False(plan.Settled);
        Assert.False(Plan(new(2, 0.5, 0.02), new(2, 0.5, 0.02), 8000).Settled);
    }

    [Fact]
    public void Pilots_of_different_sizes_and_no_samples_are_refused()
    {
        var error = Assert.Throws<SelectionException>(() => AbundancePlan.Of([100, 200, 400], [0.3, 0.2, 0.1], [100, 200, 800], [0.3, 0.2, 0.1], 1000));
        Assert.Contains("kept hard samples are of 100, 200, 400 samples and those that kept easy ones of 100, 200, 800", error.Message, StringComparison.Ordinal);
        foreach (var samples in new[] { 0, double.NaN, double.PositiveInfinity })
        {
            Assert.Contains("is no number to choose from", Assert.Throws<SelectionException>(() => Plan(new(2, 0.5, 0), new(2, 0.4, 0), samples)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("at least 3 different", Assert.Throws<SelectionException>(() => AbundancePlan.Of([100, 200], [0.3, 0.2], [100, 200], [0.3, 0.2], 1000)).Message, StringComparison.Ordinal);
    }

    // The model of the paper's theory: a perceptron taught by another, samples hard that lie near to the teacher's border, the student the one of the largest margin. Few samples a dimension: easy ones
    // teach more; many: hard ones. Pilots foretell it beyond their largest size, and where they say that it turns, trainings of that size turn.
    [Fact]
    public void Of_a_perceptron_taught_by_another_pilots_foretell_what_larger_trainings_show()
    {
        double[] sizes = [20, 40, 80, 160, 320];
        var (hard, easy) = (Array.ConvertAll(sizes, static size => Perceptron((int)size, hard: true)), Array.ConvertAll(sizes, static size => Perceptron((int)size, hard: false)));
        var many = AbundancePlan.Of(sizes, hard, sizes, easy, 1280);
        var few = AbundancePlan.Of(sizes, hard, sizes, easy, 30);
        Assert.Equal((false, true), (few.KeepHard, few.Settled));
        Assert.Equal((true, true), (many.KeepHard, many.Settled));
        Assert.All(sizes.Index().Take(3), size => Assert.True(hard[size.Index] > easy[size.Index]));
        Assert.InRange(many.HardFrom!.Value, 80, 320);
        Assert.True(hard[^1] < easy[^1]);
        Assert.True(Perceptron(1280, hard: true) < Perceptron(1280, hard: false));

        // What turns steeply, pilots that all lie before it don't foretell.
        Assert.False(AbundancePlan.Of(sizes.AsSpan(0, 3), hard.AsSpan(0, 3), sizes.AsSpan(0, 3), easy.AsSpan(0, 3), 1280).KeepHard);
    }

    private static AbundancePlan Plan(ScalingLaw hard, ScalingLaw easy, double samples) =>
        AbundancePlan.Of(s_sizes, Array.ConvertAll(s_sizes, hard.At), s_sizes, Array.ConvertAll(s_sizes, easy.At), samples);

    /// <summary>The mean error of students that were taught by the hard, or the easy, third of so many samples in 20 dimensions.</summary>
    private static double Perceptron(int samples, bool hard)
    {
        const int Width = 20, Trials = 15;
        double error = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var draws = Rng.Derive((ulong)trial, samples, "perceptron").Sequence();
            var teacher = Normal();
            var points = Enumerable.Range(0, samples).Select(_ => Normal()).OrderBy(x => (hard ? 1 : -1) * Math.Abs(Dot(x, teacher))).Take((samples + 2) / 3)
                .Select(x => Dot(x, teacher) > 0 ? x : Array.ConvertAll(x, static v => -v)).ToArray();

            // The largest margin by coordinate ascent in the dual.
            var (student, duals) = (new double[Width], new double[points.Length]);
            for (var sweep = 0; sweep < 150; sweep++)
            {
                for (var i = 0; i < points.Length; i++)
                {
                    var dual = Math.Max(0, duals[i] + ((1 - Dot(student, points[i])) / Dot(points[i], points[i])));
                    for (var d = 0; d < Width; d++)
                    {
                        student[d] += (dual - duals[i]) * points[i][d];
                    }

                    duals[i] = dual;
                }
            }

            error += Math.Acos(Dot(student, teacher) / Math.Sqrt(Dot(student, student) * Dot(teacher, teacher))) / Math.PI / Trials;

            double[] Normal() => [.. Enumerable.Range(0, Width).Select(_ => Math.Sqrt(-2 * Math.Log(1 - draws.NextDouble())) * Math.Cos(2 * Math.PI * draws.NextDouble()))];
        }

        return error;

        static double Dot(double[] x, double[] y) => x.Zip(y).Sum(static pair => pair.First * pair.Second);
    }
}
