namespace Winnow.Networks.Tracing;

/// <summary>A layer whose channels can't be taken out.</summary>
/// <param name="Layer">Its name in the module.</param>
/// <param name="Why">Why not, a part of a sentence.</param>
public sealed record FixedLayer(string Layer, string Why);

/// <summary>What a layer costs for one sample.</summary>
/// <param name="Layer">Its name in the module.</param>
/// <param name="Macs">Multiplications with additions for one sample, with all its channels.</param>
public sealed record LayerCost(string Layer, long Macs);
