using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments;

/// <summary>What runs over several seeds come to, in numbers.</summary>
public static class Statistics
{
    /// <summary>Mean and spread of at least one value.</summary>
    public static Spread SpreadOf(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new Spread { Mean = values.Mean(), Std = values.Count > 1 ? values.StandardDeviation() : null, Values = values };
    }

    /// <summary>The paired difference <paramref name="values"/> - <paramref name="reference"/>, seed by seed, with its 95 % interval by Student's t.</summary>
    /// <exception cref="ArgumentException">The two differ in length or are empty.</exception>
    public static Difference PairedDifference(IReadOnlyList<double> values, IReadOnlyList<double> reference)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(reference);
        if (values.Count != reference.Count || values.Count == 0)
        {
            throw new ArgumentException($"{values.Count} values can't be paired with {reference.Count}.", nameof(reference));
        }

        var differences = values.Zip(reference, static (value, other) => value - other).ToArray();
        var mean = differences.Mean();
        if (differences.Length < Difference.SeedsForInterval)
        {
            return new Difference { Mean = mean };
        }

        var half = StudentT.InvCDF(0, 1, differences.Length - 1, 0.975) * differences.StandardDeviation() / Math.Sqrt(differences.Length);
        return new Difference { Mean = mean, Low = mean - half, High = mean + half };
    }

    /// <summary>What it took runs to reach a value of the deciding metric: the medians. A run that never reached it counts as infinitely long.</summary>
    /// <param name="target">The value, such as an accuracy in (0, 1).</param>
    /// <param name="runs">A run a seed.</param>
    public static TimeToAccuracy TimeTo(double target, IReadOnlyList<TrainingOutcome> runs)
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

    /// <summary>Each metric over the seeds; those that a run has no number for are left out.</summary>
    internal static Metrics MetricsOf(IReadOnlyList<TrainingOutcome> runs) => new(runs[0].Metrics.All
        .Where(entry => runs.All(run => run.Metrics.Value(entry.Key) is not null))
        .Select(entry =>
        {
            var spread = SpreadOf([.. runs.Select(run => run.Metrics.Value(entry.Key)!.Value)]);
            return KeyValuePair.Create(entry.Key, entry.Value with { Value = spread.Mean, Std = spread.Std, Values = spread.Values });
        }));

    private static (double Seconds, long Samples)? First(double target, TrainingOutcome run)
    {
        double seconds = 0;
        long samples = 0;
        foreach (var epoch in run.History)
        {
            seconds += epoch.Seconds.Total - epoch.Seconds[Phase.Evaluate];
            samples += epoch.Visited;
            var reached = epoch.Metrics.Judged(epoch.Accuracy);
            if (Judgement.Of(epoch.Metrics).HigherIsBetter ? reached >= target : reached <= target)
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
