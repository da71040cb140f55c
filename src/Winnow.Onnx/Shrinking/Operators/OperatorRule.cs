using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>What is known of an operator.</summary>
/// <param name="Couple">Makes positions of its inputs and outputs go together, or stay.</param>
/// <param name="Cut">Changes a copy of it, where it holds numbers that change with the extents; null where it holds none.</param>
internal sealed record OperatorRule(Action<GraphNode, AxisGraph> Couple, Action<NodeCut>? Cut = null);

/// <summary>All operators that are known. What any other touches stays as it is.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, OperatorRule> s_rules = new(new[] { ElementwiseRules.All, LayerRules.All, NormRules.All, ReductionRules.All, SpatialRules.All, ShapeRules.All, PartRules.All }.SelectMany(static rules => rules), StringComparer.Ordinal);

    /// <summary>The rule of an operation; null where there is none, or the values it is about are no tensors.</summary>
    public static OperatorRule? Of(GraphNode node, GraphView view) =>
        s_rules.TryGetValue(node.Type, out var rule) && node.Outputs.Concat(node.Inputs).All(name => name.Length == 0 || view.Shape(name) is not null) ? rule : null;
}
