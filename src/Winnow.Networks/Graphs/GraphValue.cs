namespace Winnow.Networks.Graphs;

/// <summary>A tensor between the operators of a graph.</summary>
/// <param name="Name">What it is called in the graph.</param>
/// <param name="Rank">How many axes it has, the batch included.</param>
public sealed record GraphValue(string Name, int Rank);
