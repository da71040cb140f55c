namespace Winnow.Networks.Tracing;

/// <summary>Units of one make: they run from the same layers into the same layers, so that any of them can go, and all but one.</summary>
/// <param name="Name">The first layer that makes them.</param>
/// <param name="Producers">The layers that make them, in the order of the forward pass.</param>
/// <param name="Consumers">The layers that read them.</param>
/// <param name="Units">The units, in the order of their first channel.</param>
/// <param name="Normalised">Whether a layer norm or the like takes its statistics over them: then fewer of them give other outputs for the rest, too.</param>
public sealed record ChannelGroup(string Name, IReadOnlyList<string> Producers, IReadOnlyList<string> Consumers, IReadOnlyList<ChannelUnit> Units, bool Normalised);
