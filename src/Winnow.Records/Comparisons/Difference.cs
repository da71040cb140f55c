namespace Winnow.Records.Comparisons;

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
}
