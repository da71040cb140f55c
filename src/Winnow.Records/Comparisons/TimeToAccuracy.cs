namespace Winnow.Records.Comparisons;

/// <summary>What it took an arm until the deciding metric (accuracy, as a rule) at the end of an epoch was first at least so good: medians over the seeds.</summary>
public sealed record TimeToAccuracy
{
    /// <summary>The value to reach; an accuracy is in (0, 1).</summary>
    public required double Target { get; init; }

    /// <summary>How many seeds reached it.</summary>
    public required int ReachedSeeds { get; init; }

    /// <summary>Seconds of the epochs so far without their evaluations; null when too few seeds ever reached the target for a median.</summary>
    public double? Seconds { get; init; }

    /// <summary>Sample visits so far; null when too few seeds ever reached the target for a median.</summary>
    public double? Samples { get; init; }
}
