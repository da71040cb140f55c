using Winnow.Catalog;
using Winnow.Networks.Schedules;

namespace Winnow.Networks.Tests.Schedules;

public class DensityScheduleTests
{
    private const int Steps = 1000;

    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in DensityScheduleCatalog.All)
        {
            specs.Add(method.Name == "rounds" ? "rounds:count=30" : method.Name);
            foreach (var parameter in method.Parameters.Where(static p => p.Example.Length > 0 && p.Name != "keep"))
            {
                specs.Add($"{method.Name}:{parameter.Name}={parameter.Example}");
            }
        }

        return specs;
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void Every_schedule_ends_where_it_shall_and_falls_only(string spec)
    {
        var schedule = DensityScheduleCatalog.Parse(spec);
        foreach (var (steps, density) in new[] { (Steps, 0.1), (Steps, 0.5), (30, 0.1), (7_919, 0.3) })
        {
            var last = schedule.At(steps, steps, density);
            Assert.Equal(density, last.Density);
            var before = 1.0;
            for (var step = 0; step <= steps; step++)
            {
                var now = schedule.At(step, steps, density);
                Assert.Equal(now, schedule.At(step, steps, density));
                Assert.InRange(now.Density, density, 1);
                Assert.True(now.Density <= before);
                Assert.True(now.IsUpdate || now.Density == before, $"{step}: {before} to {now.Density} without an update");
                Assert.InRange(now.Regrow, 0, schedule.Regrows ? 0.5 : 0);
                Assert.True(now.IsUpdate || now.Regrow == 0);
                before = now.Density;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void What_is_out_of_range_is_refused(string spec)
    {
        var schedule = DensityScheduleCatalog.Parse(spec);
        Assert.Throws<NetworkPruningException>(() => schedule.At(-1, Steps, 0.5));
        Assert.Throws<NetworkPruningException>(() => schedule.At(Steps + 1, Steps, 0.5));
        Assert.Throws<NetworkPruningException>(() => schedule.At(0, 0, 0.5));
        Assert.Throws<NetworkPruningException>(() => schedule.At(0, Steps, 0));
        Assert.Throws<NetworkPruningException>(() => schedule.At(0, Steps, double.NaN));
        var canonical = DensityScheduleCatalog.Canonical(spec);
        Assert.Equal(canonical, DensityScheduleCatalog.Canonical(canonical));
        Assert.Equal(schedule, DensityScheduleCatalog.Parse(canonical));
    }

    [Fact]
    public void Cubic_is_its_closed_form_at_each_step()
    {
        // t0 = 100, updates at 100, 110, …, 700.
        var schedule = new CubicSchedule(0.1, 0.705, 10, 0.95);
        for (var step = 0; step <= Steps; step++)
        {
            var now = schedule.At(step, Steps, 0.1);
            double held = Math.Clamp((step - 100) / 10 * 10, 0, 600);
            var sparsity = 0.9 + ((0.05 - 0.9) * Math.Pow(1 - (held / 600), 3));
            Assert.Equal(1 - sparsity, now.Density, 12);
            Assert.Equal(step == 0 || (step is >= 100 and <= 700 && step % 10 == 0), now.IsUpdate);
        }
    }

    [Fact]
    public void Linear_cosine_and_window_are_theirs()
    {
        for (var step = 0; step <= Steps; step++)
        {
            var t = Math.Clamp((step - 200) / 400.0, 0, 1);
            Assert.Equal(1 - (0.8 * t), new LinearSchedule(0.2, 0.6, 1).At(step, Steps, 0.2).Density, 12);
            Assert.Equal(0.2 + (0.8 * (1 + Math.Cos(Math.PI * t)) / 2), new CosineSchedule(0.2, 0.6, 1).At(step, Steps, 0.2).Density, 12);
            var w = Math.Clamp((step - 250) / 500.0, 0, 1);
            Assert.Equal(0.2 + (0.8 * Math.Pow(1 - w, 3)), new WindowSchedule(Every: 1).At(step, Steps, 0.2).Density, 12);
        }

        Assert.Equal(1, new WindowSchedule().At(250, Steps, 0.2).Density);
        Assert.Equal(0.2, new WindowSchedule().At(750, Steps, 0.2).Density);
    }

    [Theory]
    [InlineData(128, 4)]
    [InlineData(1000, 37)]
    [InlineData(100_000, 100)]
    [InlineData(3, 1)]
    public void Updates_are_a_hundred_steps_apart_and_in_short_runs_a_twentieth_of_the_ramp(int steps, int every)
    {
        foreach (var step in Enumerable.Range(0, Math.Min(steps, 2000)))
        {
            Assert.Equal(new CubicSchedule(Every: every).At(step, steps, 0.1), new CubicSchedule().At(step, steps, 0.1));
        }
    }

    [Fact]
    public void One_shot_is_one_update()
    {
        IDensitySchedule start = new OneShotSchedule(), middle = new OneShotSchedule(0.5);
        Assert.Equal([0], Updates(start));
        Assert.Equal([500], Updates(middle));
        Assert.Equal((1, 0.2, 0.2), (middle.At(499, Steps, 0.2).Density, middle.At(500, Steps, 0.2).Density, start.At(0, Steps, 0.2).Density));
    }

    [Fact]
    public void Geometric_rounds_keep_the_same_share_each()
    {
        var schedule = new GeometricSchedule(4, 0.2, 1);
        Assert.Equal([200, 400, 600, 800], Updates(schedule));
        for (var k = 1; k <= 4; k++)
        {
            Assert.Equal(Math.Pow(0.2, k / 4.0), schedule.At(200 * k, Steps, 0.2).Density, 12);
            Assert.Equal(Math.Pow(0.2, (k - 1) / 4.0), schedule.At((200 * k) - 1, Steps, 0.2).Density, 12);
        }

        Assert.Contains("11 rounds", Assert.Throws<NetworkPruningException>(static () => new GeometricSchedule(11).At(0, 10, 0.5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rounds_are_trainings_the_first_of_them_dense()
    {
        // As (1-p)^n, with p a fifth, until 0.5 is reached: 1, .8, .64, .512, .5, .5.
        var schedule = new RoundsSchedule(6);
        double[] expected = [1, 0.8, 0.64, 0.512, 0.5, 0.5];
        for (var step = 0; step < 60; step++)
        {
            Assert.Equal(expected[step / 10], schedule.At(step, 60, 0.5).Density, 12);
            Assert.Equal(step is 10 or 20 or 30 or 40, schedule.At(step, 60, 0.5).IsUpdate);
        }

        Assert.Equal(0.512, new RoundsSchedule(4).At(39, 40, 0.512).Density, 12);
        Assert.Contains("take 12 trainings", Assert.Throws<NetworkPruningException>(static () => new RoundsSchedule(5).At(0, 100, 0.1)).Message, StringComparison.Ordinal);
        Assert.Equal(0.1, new RoundsSchedule(12).At(100, 100, 0.1).Density);
    }

    [Fact]
    public void Cycle_exchanges_along_a_cosine_and_keeps_the_count_where_densities_are_equal()
    {
        var rigl = new CycleSchedule(Every: 100) { Stop = 0.75, Regrow = 0.3, RegrowEnd = 0 };
        for (var step = 0; step <= Steps; step++)
        {
            var now = rigl.At(step, Steps, 0.2);
            Assert.Equal(0.2, now.Density);
            var exchange = step % 100 == 0 && step <= 700;
            Assert.Equal(exchange, now.IsUpdate);
            Assert.Equal(exchange ? 0.3 * (1 + Math.Cos(Math.PI * step / Steps)) / 2 : 0, now.Regrow, 12);
        }

        var granet = new CycleSchedule(0.5, Every: 100);
        Assert.Equal(0.1 + (0.4 * Math.Pow(1 - 0.4, 3)), granet.At(250, Steps, 0.1).Density, 12);
        Assert.Equal(0.5, granet.At(0, Steps, 0.1).Regrow);
        Assert.Equal(0.2525, granet.At(500, Steps, 0.1).Regrow, 12);
        Assert.Equal(0, granet.At(Steps, Steps, 0.1).Regrow);
    }

    [Theory]
    [InlineData("cubic:from=0.8,until=0.2")]
    [InlineData("cycle:stop=0.2")]
    [InlineData("cubic:every=1.5")]
    [InlineData("cubics")]
    public void A_wrong_spec_is_refused(string spec) => Assert.Throws<MethodSpecException>(() => DensityScheduleCatalog.Parse(spec));

    [Fact]
    public void A_first_density_below_the_last_is_refused() =>
        Assert.Contains("0.5", Assert.Throws<NetworkPruningException>(static () => new CubicSchedule(First: 0.5).At(0, Steps, 0.6)).Message, StringComparison.Ordinal);

    private static int[] Updates(IDensitySchedule schedule) => [.. Enumerable.Range(0, Steps + 1).Where(step => schedule.At(step, Steps, 0.2).IsUpdate)];
}
