namespace Winnow.Torch.Optimizers;

/// <summary>Settings of <see cref="FusedSgd"/>.</summary>
public sealed record SgdOptions
{
    /// <summary>Share of the former direction kept, in [0, 1). Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether to look ahead along the momentum, where there is any. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Added to the gradient times the parameter, for all parameters (as PyTorch does by default, normalisation included). Default 0.</summary>
    public double WeightDecay { get; init; }
}
