namespace Winnow.Training.Schedules;

/// <summary>The parts that schedules have in common.</summary>
internal static class Shape
{
    /// <summary>Linear rise from <paramref name="from"/> to 1 as <paramref name="t"/> goes from 0 to 1.</summary>
    public static double Line(double from, double to, double t) => from + ((to - from) * t);

    /// <summary>Half a cosine from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static double HalfCosine(double from, double to, double t) => to + ((from - to) * (1 + Math.Cos(Math.PI * t)) / 2);

    /// <summary>Splits progress at the end of the warm-up and applies a curve to each side.</summary>
    public static double WarmUpThenDecay(double progress, double warmup, Func<double, double> rise, Func<double, double> fall)
    {
        if (progress is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(progress), progress, "progress is a share of the run in [0, 1].");
        }

        return progress < warmup ? rise(progress / warmup) : fall((progress - warmup) / (1 - warmup));
    }
}
