namespace Winnow.Networks.Shrinking;

/// <summary>What a network was and has become.</summary>
/// <param name="Before">Sizes before.</param>
/// <param name="After">Sizes after.</param>
/// <param name="Difference">The largest difference between an output of the smaller network and of the masked one on the sample, as a share of the largest output.</param>
/// <param name="Kept">The positions that are left, ascending, by tensor and axis; only where some went. An optimiser's state is cut by them.</param>
public sealed record ShrinkOutcome(NetworkSize Before, NetworkSize After, double Difference, IReadOnlyDictionary<(string Tensor, int Axis), IReadOnlyList<int>> Kept);

/// <summary>How large a network is.</summary>
/// <param name="Parameters">Numbers that are trained.</param>
/// <param name="Macs">Multiplications with additions in layers for one sample.</param>
/// <param name="Bytes">Bytes of its state, buffers included.</param>
public sealed record NetworkSize(long Parameters, long Macs, long Bytes);
