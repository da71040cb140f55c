namespace Winnow.Torch.Optimizers;

/// <summary>Settings of <see cref="FusedAdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Share of the former mean gradient kept, in [0, 1). Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Share of the former mean squared gradient kept, in [0, 1). Default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean squared gradient, above 0. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Parameters shrink by rate·decay a step, all of them (as PyTorch does by default). Default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;
}
