using Winnow.Catalog;
using Winnow.Numerics;

namespace Winnow.Networks.Scores.Filters;

public static partial class FilterScoreCatalog
{
    /// <summary>A random number.</summary>
    public static Method<IFilterScore> Random => new("random",
        "A random number a filter: what every other score has to beat.",
        "baseline",
        [],
        static _ => new RandomFilterScore());
}

/// <summary>A number in [0, 1) a filter, from the stream of (seed, round, parameter's name) at the filter's index.</summary>
public sealed record RandomFilterScore : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var bits = new uint[input.Count];
        Rng.Derive(input.Seed, input.Round, "network/random-filters/" + input.Name).Fill(0, bits);
        return Array.ConvertAll(bits, static random => random * (1.0 / (1UL << 32)));
    }
}
