namespace Winnow.Networks.Schedules;

/// <summary>
/// A way from a first to a last density, in updates at even distances. With t0 = ⌈from · steps⌉ and t1 = ⌊until · steps⌋, updates are at t0, t0 + every, …, t0 + n·every, the last at most t1; the
/// density after update k is the curve's at k/n, and holds until the next. Before t0 it is the first density (where that is below 1, step 0 is an update, too), from the last update on the last one, exactly. Where
/// t0 to t1 isn't as long as one distance, there is one update, at t0, to the last density.
/// </summary>
internal static class Ramp
{
    /// <summary>What holds at a step.</summary>
    /// <param name="run">The step, the run's length and the last density, as the schedule was asked.</param>
    /// <param name="first">The first density.</param>
    /// <param name="from">The share of the run after which updates begin, in [0, 1].</param>
    /// <param name="until">The share at which they end, at least <paramref name="from"/>.</param>
    /// <param name="every">Steps from update to update, at least 1; null: <see cref="Interval"/> of at most 100.</param>
    /// <param name="curve">From first (at 0) to last (at 1): a density of a share in [0, 1].</param>
    public static PruningStep At((long Step, long Steps, double Density) run, double first, double from, double until, long? every, Func<double, double, double, double> curve)
    {
        Check(run.Step, run.Steps, run.Density, first);
        var interval = every ?? Interval(run.Steps, from, until, most: 100);
        var (start, updates) = Updates(run.Steps, from, until, interval);
        if (run.Step < start)
        {
            return new(first, IsUpdate: run.Step == 0 && first < 1);
        }

        var k = Math.Min(updates, (run.Step - start) / interval);
        var isUpdate = k * interval == run.Step - start;
        return new(k == updates ? run.Density : curve(first, run.Density, (double)k / updates), isUpdate);
    }

    /// <summary>Where updates begin, and how many follow the first.</summary>
    public static (long Start, long More) Updates(long steps, double from, double until, long every)
    {
        var (start, end) = Window(steps, from, until);
        return (start, Math.Max(0, end - start) / every);
    }

    /// <summary>How far updates are apart where nobody says it: as many steps as the papers take, and in runs so short that this would be a leap or two, a twentieth of the window.</summary>
    public static long Interval(long steps, double from, double until, long most)
    {
        var (start, end) = Window(steps, from, until);
        return Math.Clamp((end - start) / 20, 1, most);
    }

    // A share of a run that is a whole step but for rounding is that step.
    private static (long Start, long End) Window(long steps, double from, double until) => ((long)Math.Ceiling((from * steps) - 1e-9), (long)Math.Floor((until * steps) + 1e-9));

    /// <summary>Refuses what no schedule takes.</summary>
    public static void Check(long step, long steps, double density, double first = 1)
    {
        if (steps < 1 || step < 0 || step > steps)
        {
            throw new NetworkPruningException($"step {step} of {steps} is none; a run has at least one step, and steps done are 0 to all of them.");
        }

        if (density is not (> 0 and <= 1))
        {
            throw new NetworkPruningException(FormattableString.Invariant($"the last density {density} is not in (0, 1]; it is the kept share at the end."));
        }

        if (first < density)
        {
            throw new NetworkPruningException(FormattableString.Invariant($"the first density {first} is below the last, {density}; a schedule only drops weights. Begin with {density} or more."));
        }
    }

    public static double Line(double first, double last, double t) => last + ((first - last) * (1 - t));

    public static double Cubic(double first, double last, double t) => last + ((first - last) * Math.Pow(1 - t, 3));

    public static double HalfCosine(double first, double last, double t) => last + ((first - last) * (1 + Math.Cos(Math.PI * t)) / 2);

    public static double Geometric(double first, double last, double t) => first * Math.Pow(last / first, t);
}
