namespace Winnow.Networks.Tracing;

/// <summary>A layer whose channels can't be taken out.</summary>
/// <param name="Layer">Its name in the module.</param>
/// <param name="Why">Why not, a part of a sentence.</param>
public sealed record FixedLayer(string Layer, string Why);

/// <summary>What a layer costs for one sample.</summary>
/// <param name="Layer">Its name in the module.</param>
/// <param name="Macs">Multiplications with additions for one sample, with all its channels.</param>
/// <param name="Inputs">Channels that each output is made of; 0 where blocks of inputs make blocks of outputs, as in grouped convolutions, whose cost goes by their outputs alone.</param>
/// <param name="Outputs">Channels that it makes.</param>
public sealed record LayerCost(string Layer, long Macs, int Inputs, int Outputs);
