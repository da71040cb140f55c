using Winnow.Catalog;
using Winnow.Training.Schedules;

namespace Winnow.Training.Tests;

public class ScheduleTests
{
    [Theory]
    [InlineData("linear", 0, 0.1)]
    [InlineData("linear", 0.125, 0.55)]
    [InlineData("linear", 0.25, 1)]
    [InlineData("linear", 0.625, 0.501)]
    [InlineData("linear", 1, 0.002)]
    [InlineData("linear:warmup=0,end=0", 0, 1)]
    [InlineData("linear:warmup=0,end=0", 0.5, 0.5)]
    [InlineData("cosine", 0, 1)]
    [InlineData("cosine", 0.5, 0.5)]
    [InlineData("cosine", 1, 0)]
    [InlineData("cosine:warmup=0.5,end=0.2", 0.25, 0.5)]
    [InlineData("cosine:warmup=0.5,end=0.2", 0.75, 0.6)]
    [InlineData("onecycle", 0, 0.04)]
    [InlineData("onecycle", 0.15, 0.52)]
    [InlineData("onecycle", 0.3, 1)]
    [InlineData("onecycle", 1, 4e-6)]
    public void Has_these_values(string spec, double progress, double share) =>
        Assert.Equal(share, ScheduleCatalog.Parse(spec).At(progress), 9);

    // A pruned epoch's batches are fewer and its progress steps larger: the rate must stay within bounds wherever it is asked for.
    [Fact]
    public void Never_leaves_zero_to_one_on_the_way()
    {
        foreach (var method in ScheduleCatalog.All)
        {
            var schedule = ScheduleCatalog.Parse(method.Name);
            for (var k = 0; k <= 1000; k++)
            {
                Assert.InRange(schedule.At(k / 1000.0), 0, 1);
            }
        }
    }

    [Theory]
    [InlineData(-0.001)]
    [InlineData(1.001)]
    [InlineData(double.NaN)]
    public void Progress_outside_the_run_is_an_error_and_not_a_negative_rate(double progress)
    {
        foreach (var method in ScheduleCatalog.All)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => ScheduleCatalog.Parse(method.Name).At(progress));
        }
    }

    [Theory]
    [InlineData("lineal", "linear")]
    [InlineData("linear:warmup=1", "[0, 1)")]
    [InlineData("cosine:end=2", "[0, 1]")]
    public void A_wrong_spec_says_what_is_right(string spec, string hint) =>
        Assert.Contains(hint, Assert.Throws<MethodSpecException>(() => ScheduleCatalog.Parse(spec)).Message, StringComparison.Ordinal);
}
