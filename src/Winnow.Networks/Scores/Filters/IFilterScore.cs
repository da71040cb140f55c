namespace Winnow.Networks.Scores.Filters;

/// <summary>How much each filter of a weight matters: the larger, the rather it is kept. Sums are in float64 in a fixed order, whatever the number of threads.</summary>
public interface IFilterScore
{
    /// <summary>What it goes by beside the weights.</summary>
    ScoreEvidence Needs { get; }

    /// <summary>One score a filter.</summary>
    /// <param name="input">With what is needed.</param>
    /// <exception cref="NetworkPruningException">What is needed isn't there.</exception>
    double[] Score(FilterInput input);
}
