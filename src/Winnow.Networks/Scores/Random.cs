using Winnow.Catalog;
using Winnow.Numerics;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>A random number.</summary>
    public static Method<IWeightScore> Random => new("random",
        "A random number a weight: what every other score has to beat, and with a good budget often hard to.",
        "baseline; Liu et al., The Unreasonable Effectiveness of Random Pruning, ICLR 2022",
        [],
        static _ => new RandomScore());
}

/// <summary>
/// A number in [0, 1) a weight, from the stream of (seed, round, parameter's name) at the element's index: the same whatever other layers there are. In steps of 2⁻²⁴, so that two in 16 million are equal and the
/// earlier one of those comes first.
/// </summary>
public sealed record RandomScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. input.Weights.Select(weight => Draw(Rng.Derive(input.Seed, input.Round, "network/random/" + weight.Name), weight.Weight.numel()))];
    }

    /// <summary>The numbers of a stream, in [0, 1).</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="count">How many, from its beginning on.</param>
    public static float[] Draw(Rng stream, long count)
    {
        var bits = new uint[count];
        stream.Fill(0, bits);
        return Array.ConvertAll(bits, static random => (random >> 8) * (1f / (1 << 24)));
    }
}
