namespace Winnow.Networks.Tracing;

/// <summary>A tensor of a network's state.</summary>
/// <param name="Name">Its name, as units' slices have it.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="ElementBytes">Bytes a number.</param>
/// <param name="Trained">Whether it is trained; else a buffer.</param>
public sealed record TraceTensor(string Name, IReadOnlyList<long> Shape, int ElementBytes, bool Trained);

/// <summary>What can be taken out of a network and what it costs, wherever the network is from: all that scores and budgets ask.</summary>
public interface IChannelTrace
{
    /// <summary>What can be taken out, in the order of the forward pass.</summary>
    IReadOnlyList<ChannelGroup> Groups { get; }

    /// <summary>Layers whose outputs stay as they are, and why.</summary>
    IReadOnlyList<FixedLayer> Fixed { get; }

    /// <summary>What each layer costs for one sample.</summary>
    IReadOnlyList<LayerCost> Costs { get; }

    /// <summary>Multiplications with additions in layers for one sample.</summary>
    long Macs => Costs.Sum(static cost => cost.Macs);

    /// <summary>The tensors that the network is made of; null where they aren't known.</summary>
    IReadOnlyList<TraceTensor>? Tensors => null;

    /// <summary>The sum of squares of a weight over all axes but one.</summary>
    /// <param name="tensor">The name of a tensor that units have slices of.</param>
    /// <param name="axis">The axis that is left, from 0.</param>
    /// <returns>One number for each position along the axis, 0 or more; null where the tensor is no weight of several axes but a bias, the scale of a norm or a statistic.</returns>
    IReadOnlyList<double>? WeightSquares(string tensor, int axis);
}
