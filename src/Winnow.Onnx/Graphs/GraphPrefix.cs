using Onnx;

namespace Winnow.Onnx.Graphs;

/// <summary>The part of a network that some values need.</summary>
internal static class GraphPrefix
{
    /// <param name="model">The network.</param>
    /// <param name="wanted">The values, which become the outputs.</param>
    public static ModelProto Of(ModelProto model, IReadOnlyCollection<string> wanted)
    {
        var needed = wanted.ToHashSet(StringComparer.Ordinal);
        var nodes = new List<NodeProto>();
        foreach (var node in model.Graph.Node.Reverse())
        {
            if (node.Output.Any(needed.Contains))
            {
                nodes.Add(node);
                needed.UnionWith(new GraphNode(node, "").Reads);
            }
        }

        nodes.Reverse();
        var graph = new GraphProto { Name = model.Graph.Name };
        graph.Node.AddRange(nodes);
        graph.Input.AddRange(model.Graph.Input);
        graph.Initializer.AddRange(model.Graph.Initializer.Where(tensor => needed.Contains(tensor.Name)));
        graph.Output.AddRange(wanted.Distinct(StringComparer.Ordinal).Select(static name => new ValueInfoProto { Name = name }));
        var prefix = new ModelProto { IrVersion = model.IrVersion, Graph = graph };
        prefix.OpsetImport.AddRange(model.OpsetImport);
        prefix.Functions.AddRange(model.Functions);
        return prefix;
    }
}
