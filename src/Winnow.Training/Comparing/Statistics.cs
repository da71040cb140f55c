using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Winnow.Training.Comparing;

/// <summary>Mean and spread over seeds.</summary>
public sealed record Spread
{
    /// <summary>Arithmetic mean.</summary>
    public required double Mean { get; init; }

    /// <summary>Sample standard deviation (n - 1); null for one value.</summary>
    public double? Std { get; init; }

    /// <summary>One value a seed, in the order of the seeds.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>Mean and spread of at least one value.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new Spread { Mean = values.Mean(), Std = values.Count > 1 ? values.StandardDeviation() : null, Values = values };
    }
}

/// <summary>A mean paired difference with its 95 % interval (Student's t over seeds).</summary>
public sealed record Difference
{
    /// <summary>Seeds from which an interval is given: with fewer it would be as wide as it is meaningless.</summary>
    public const int SeedsForInterval = 3;

    /// <summary>Mean of the differences.</summary>
    public required double Mean { get; init; }

    /// <summary>Lower end of the 95 % interval; null under <see cref="SeedsForInterval"/> seeds.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the 95 % interval; null under <see cref="SeedsForInterval"/> seeds.</summary>
    public double? High { get; init; }

    /// <summary>The paired difference <paramref name="values"/> - <paramref name="reference"/>, seed by seed.</summary>
    /// <exception cref="ArgumentException">The two differ in length or are empty.</exception>
    public static Difference Paired(IReadOnlyList<double> values, IReadOnlyList<double> reference)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(reference);
        if (values.Count != reference.Count || values.Count == 0)
        {
            throw new ArgumentException($"{values.Count} values can't be paired with {reference.Count}.", nameof(reference));
        }

        var differences = values.Zip(reference, static (value, other) => value - other).ToArray();
        var mean = differences.Mean();
        if (differences.Length < SeedsForInterval)
        {
            return new Difference { Mean = mean };
        }

        var half = StudentT.InvCDF(0, 1, differences.Length - 1, 0.975) * differences.StandardDeviation() / Math.Sqrt(differences.Length);
        return new Difference { Mean = mean, Low = mean - half, High = mean + half };
    }
}
