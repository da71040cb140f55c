namespace Winnow.Plans;

/// <summary>What the sum of weighted losses is divided by, over a whole accumulation window.</summary>
public enum LossNormalization
{
    /// <summary>The number of samples. With pruning this makes steps larger by N / visited: the published InfoBatch does so.</summary>
    Batch,

    /// <summary>The sum of the weights: step size and direction stay those of full data.</summary>
    Weights,

    /// <summary>A number that the caller supplies, such as how many tokens count.</summary>
    Supplied,
}
