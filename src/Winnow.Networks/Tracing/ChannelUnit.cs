namespace Winnow.Networks.Tracing;

/// <summary>The least that can be taken out of a network as one: all that goes when one channel goes, or what is mixed with it, such as a whole attention head.</summary>
/// <param name="Index">Its place in its group, from 0.</param>
/// <param name="Outputs">What makes it: channels of the outputs of layers. Not empty.</param>
/// <param name="Inputs">Channels of the inputs of layers that read it.</param>
/// <param name="Slices">All that goes with it, weights of the layers that it runs into among them.</param>
public sealed record ChannelUnit(int Index, IReadOnlyList<LayerChannels> Outputs, IReadOnlyList<LayerChannels> Inputs, IReadOnlyList<ParameterSlice> Slices);

/// <summary>Channels on one side of one layer.</summary>
/// <param name="Layer">The layer's name in the module.</param>
/// <param name="Channels">Positions along the channel axis, ascending, from 0.</param>
public sealed record LayerChannels(string Layer, IReadOnlyList<int> Channels);
