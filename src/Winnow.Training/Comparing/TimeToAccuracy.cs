using MathNet.Numerics.Statistics;

namespace Winnow.Training.Comparing;

/// <summary>What it took an arm until the test accuracy at the end of an epoch was first at least so high: medians over the seeds.</summary>
public sealed record TimeToAccuracy
{
    /// <summary>The accuracy to reach, in (0, 1).</summary>
    public required double Target { get; init; }

    /// <summary>How many seeds reached it.</summary>
    public required int ReachedSeeds { get; init; }

    /// <summary>Seconds of the epochs so far without their evaluations; null when too few seeds ever reached the target for a median.</summary>
    public double? Seconds { get; init; }

    /// <summary>Sample visits so far; null when too few seeds ever reached the target for a median.</summary>
    public double? Samples { get; init; }

    /// <summary>The medians over runs. A run that never reached the target counts as infinitely long.</summary>
    public static TimeToAccuracy Of(double target, IReadOnlyList<TrainingOutcome> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var first = runs.Select(run => First(target, run)).ToArray();
        return new TimeToAccuracy
        {
            Target = target,
            ReachedSeeds = first.Count(static at => at is not null),
            Seconds = Median(first.Select(static at => at?.Seconds)),
            Samples = Median(first.Select(static at => (double?)at?.Samples)),
        };
    }

    private static (double Seconds, long Samples)? First(double target, TrainingOutcome run)
    {
        double seconds = 0;
        long samples = 0;
        foreach (var epoch in run.History)
        {
            seconds += epoch.Seconds.Total - epoch.Seconds[Phase.Evaluate];
            samples += epoch.Visited;
            if (epoch.Accuracy >= target)
            {
                return (seconds, samples);
            }
        }

        return null;
    }

    private static double? Median(IEnumerable<double?> values)
    {
        var median = values.Select(static value => value ?? double.PositiveInfinity).Median();
        return double.IsFinite(median) ? median : null;
    }
}
