namespace Winnow.Networks.Graphs;

/// <summary>
/// A module that can say which operators it computes, so that it can be exported. TorchSharp's own layers and its <c>Sequential</c> needn't: exporters know them. Any other module has to say so itself, since
/// TorchSharp records no graph.
/// </summary>
/// <example>
/// <code>
/// public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Add(input, graph.Call("inner", input));
/// </code>
/// </example>
public interface IGraphModule
{
    /// <summary>Says what evaluation mode computes.</summary>
    /// <param name="graph">Takes the operators; names in it are those within this module.</param>
    /// <param name="input">What the module is given.</param>
    /// <returns>What it gives.</returns>
    GraphValue Describe(IGraphBuilder graph, GraphValue input);
}
