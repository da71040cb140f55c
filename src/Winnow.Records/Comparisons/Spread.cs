namespace Winnow.Records.Comparisons;

/// <summary>Mean and spread over seeds.</summary>
public sealed record Spread
{
    /// <summary>Arithmetic mean.</summary>
    public required double Mean { get; init; }

    /// <summary>Sample standard deviation (n - 1); null for one value.</summary>
    public double? Std { get; init; }

    /// <summary>One value a seed, in the order of the seeds.</summary>
    public required IReadOnlyList<double> Values { get; init; }
}
