namespace Winnow.Networks.Depth;

/// <summary>A part of a network that gives as much as it is given, so that the network can do without it: a residual block, a transformer's block, a layer between two of its width.</summary>
/// <param name="Name">Its name in the module.</param>
/// <param name="Macs">Multiplications with additions for one sample in its layers.</param>
/// <param name="Parameters">Numbers of it that are trained.</param>
/// <param name="Bytes">Bytes of its state, buffers included.</param>
public sealed record NetworkBlock(string Name, long Macs, long Parameters, long Bytes);
