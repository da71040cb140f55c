using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Experiments.Networks;

/// <summary>The scores by which a comparison takes channels out.</summary>
public static class UnitScoring
{
    /// <summary>The length of a unit's weights.</summary>
    public const string Magnitude = "magnitude";

    /// <summary>How much the loss depends on a unit, by gradients.</summary>
    public const string Taylor = "taylor";

    /// <summary>The score of networks that were trained under a penalty on the scales of their batch norms: those scales.</summary>
    public const string Slimming = "slimming";

    /// <summary>Training samples that gradients are taken of at most.</summary>
    public const int GradientSamples = 1024;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Magnitude, Taylor, Slimming, NetworkArms.Random];

    /// <summary>Whether networks are trained with a penalty before they are cut by it.</summary>
    public static bool NeedsPenalty(string score) => score == Slimming;

    /// <summary>What each unit of a network is worth.</summary>
    /// <param name="score">The name.</param>
    /// <param name="trace">The network.</param>
    /// <param name="network">The same; gradients are left in it where the score needs them.</param>
    /// <param name="seed">Of draws.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="Winnow.Networks.NetworkPruningException">The network has nothing that the score goes by.</exception>
    public static IReadOnlyList<IReadOnlyList<double>> Of(string score, NetworkTrace trace, TrainedClassifier network, ulong seed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (score == Taylor)
        {
            network.Gradients(GradientSamples, seed, stop);
        }

        return score switch
        {
            Magnitude => UnitScores.Magnitude(trace),
            Taylor => UnitScores.Taylor(trace),
            Slimming => UnitScores.NormScales(trace),
            _ => UnitScores.Random(trace, seed),
        };
    }

    /// <summary>Samples that are sent forward and backward through the whole network to make a score.</summary>
    /// <param name="score">The name.</param>
    /// <param name="train">Training samples that there are.</param>
    internal static long Samples(string score, int train) => score == Taylor ? Math.Min(GradientSamples, train) : 0;
}
