using Winnow.Catalog;

namespace Winnow.Networks.Scores.Filters;

public static partial class FilterScoreCatalog
{
    /// <summary>FPGM.</summary>
    public static Method<IFilterScore> Fpgm => new("fpgm",
        "The sum of the filter's distances to all others: one in their midst can be replaced by them.",
        "He et al., Filter Pruning via Geometric Median, CVPR 2019, equation 6",
        [],
        static _ => new FpgmFilterScore());
}

/// <summary>Σ over the other filters of the Euclidean distance to them. Takes filters² · weights of a filter operations; filters are shared out to threads whole, so that these change no bit.</summary>
public sealed record FpgmFilterScore : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        float[][] filters = [.. Enumerable.Range(0, input.Count).Select(input.Weights)];
        var scores = new double[filters.Length];
        Parallel.For(0, filters.Length, f =>
        {
            double sum = 0;
            foreach (var other in filters)
            {
                sum += Distance(filters[f], other);
            }

            scores[f] = sum;
        });
        return scores;
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double squares = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = (double)a[i] - b[i];
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }
}
