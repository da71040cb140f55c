namespace Winnow.Networks.Scores;

/// <summary>
/// How much each weight matters: the larger, the rather it is kept. <see cref="WeightScoreExtensions"/> is the door: it checks what goes in and refuses NaN. Arithmetic is in managed code in a fixed order, so
/// that the same weights and gradients give the same bits whatever the number of threads; gradients themselves are libtorch's, and the same bits at a fixed number.
/// </summary>
public interface IWeightScore
{
    /// <summary>What it goes by beside the weights.</summary>
    ScoreEvidence Needs { get; }

    /// <summary>One score an element, in row-major order, for each of the input's weights.</summary>
    /// <param name="input">With what is needed.</param>
    /// <exception cref="NetworkPruningException">What is needed isn't there, or can't be computed.</exception>
    float[][] Score(ScoreInput input);
}
