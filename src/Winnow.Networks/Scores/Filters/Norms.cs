using Winnow.Catalog;

namespace Winnow.Networks.Scores.Filters;

public static partial class FilterScoreCatalog
{
    /// <summary>The sum of magnitudes.</summary>
    public static Method<IFilterScore> L1 => new("l1",
        "The sum of the filter's magnitudes.",
        "Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017",
        [],
        static _ => new L1FilterScore());

    /// <summary>The Euclidean length.</summary>
    public static Method<IFilterScore> L2 => new("l2",
        "The filter's Euclidean length.",
        "He et al., Soft Filter Pruning, IJCAI 2018",
        [],
        static _ => new L2FilterScore());
}

/// <summary>Σ |w|.</summary>
public sealed record L1FilterScore : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. Enumerable.Range(0, input.Count).Select(f => input.Weights(f).Sum(static w => Math.Abs((double)w)))];
    }
}

/// <summary>√ Σ w².</summary>
public sealed record L2FilterScore : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. Enumerable.Range(0, input.Count).Select(f => Math.Sqrt(input.Weights(f).Sum(static w => (double)w * w)))];
    }
}
