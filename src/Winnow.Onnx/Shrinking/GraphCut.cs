using Onnx;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking.Operators;

namespace Winnow.Onnx.Shrinking;

/// <summary>What goes out of a graph, and the two graphs that are compared: the smaller one and the whole one with zeros.</summary>
internal sealed class GraphCut(AxisGraph graph, IReadOnlySet<int> removed)
{
    private readonly Dictionary<(string Value, int Axis), int[]> _kept = graph.Known.Select(entry => (entry.Value, entry.Axis, Kept: Enumerable.Range(0, entry.Positions.Extent).Where(k => !removed.Contains(graph.Set(entry.Positions.First + k))).ToArray(), entry.Positions.Extent))
        .Where(static entry => entry.Kept.Length < entry.Extent).ToDictionary(static entry => (entry.Value, entry.Axis), static entry => entry.Kept);

    private readonly ILookup<string, int> _constantAxes = graph.Known.Where(entry => graph.View.Constants.ContainsKey(entry.Value)).ToLookup(static entry => entry.Value, static entry => entry.Axis, StringComparer.Ordinal);

    public AxisGraph Graph => graph;

    /// <summary>The positions of an axis that stay, ascending; null for all.</summary>
    public int[]? Kept(string value, int axis) => _kept.GetValueOrDefault((value, axis));

    /// <summary>The constants of which something goes.</summary>
    public IEnumerable<string> Constants => _kept.Keys.Select(static key => key.Value).Where(graph.View.Constants.ContainsKey).Distinct(StringComparer.Ordinal);

    /// <summary>The smaller network.</summary>
    /// <param name="model">The tidied one, perhaps with other weights.</param>
    public ModelProto Apply(ModelProto model)
    {
        var small = Empty(model);
        foreach (var tensor in model.Graph.Initializer)
        {
            small.Graph.Initializer.Add(Along(tensor, TensorBytes.Take));
        }

        foreach (var node in graph.View.Nodes)
        {
            var target = node.Proto.Clone();
            OperatorTable.Of(node, graph.View)?.Cut?.Invoke(new NodeCut(this, node, target, small.Graph));
            small.Graph.Node.Add(target);
        }

        // Numbers of extents are said anew; what nobody reads any more isn't written.
        GraphView.DropUnread(small.Graph);
        return small;
    }

    /// <summary>The whole network with what goes at zero; sums and statistics over channels are taken over those that stay.</summary>
    /// <param name="model">The tidied one, perhaps with other weights.</param>
    public ModelProto Mask(ModelProto model)
    {
        var masked = Empty(model);
        var divisors = graph.View.Nodes.Where(static node => node.Type is "Div" or "Pow" or "Mod").Select(static node => node.Inputs[1]).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in model.Graph.Initializer)
        {
            // A zero below a line would be no number.
            masked.Graph.Initializer.Add(divisors.Contains(tensor.Name) ? tensor : Along(tensor, (given, axis, kept) => TensorBytes.Clear(given, axis, [.. Enumerable.Range(0, (int)given.Dims[axis]).Except(kept)])));
        }

        foreach (var node in graph.View.Nodes)
        {
            var places = graph.Reduced.Where(entry => entry.Node == node && Kept(entry.Value, entry.Axis) is not null).ToArray();
            if (places.Length == 0)
            {
                masked.Graph.Node.Add(node.Proto);
                continue;
            }

            OverKept(masked.Graph, node, places.Select(entry => (entry.Value, entry.Axis, Kept(entry.Value, entry.Axis)!)));
        }

        return masked;
    }

    private void OverKept(GraphProto into, GraphNode node, IEnumerable<(string Value, int Axis, int[] Kept)> places)
    {
        var target = node.Proto.Clone();
        var made = 0;
        foreach (var (value, axis, kept) in places)
        {
            for (var k = 0; k < target.Input.Count; k++)
            {
                if (node.Inputs[k] == value)
                {
                    target.Input[k] = Choose(target.Input[k], axis, kept);
                }
            }

            if (NormRules.IsOverLast(node.Type))
            {
                for (var k = 1; k < target.Input.Count; k++)
                {
                    target.Input[k] = target.Input[k].Length == 0 ? "" : Choose(target.Input[k], 0, kept);
                }

                // Its channels go back to their places by a matrix of ones and zeros.
                var whole = (int)into.Initializer.First(tensor => tensor.Name == node.Inputs[1]).Dims[0];
                var places01 = new float[kept.Length * whole];
                for (var k = 0; k < kept.Length; k++)
                {
                    places01[(k * whole) + kept[k]] = 1;
                }

                var name = NewName();
                var type = TensorBytes.Type(into.Initializer.First(tensor => tensor.Name == node.Inputs[1]));
                into.Initializer.Add(TensorBytes.Make(name, type, [kept.Length, whole], TensorBytes.Bytes(type, places01)));
                target.Output[0] = NewName();
                into.Node.Add(target);
                Add("MatMul", [target.Output[0], name], node.Outputs[0]);
                return;
            }
        }

        into.Node.Add(target);

        string Choose(string value, int axis, int[] kept)
        {
            var name = NewName();
            into.Initializer.Add(TensorBytes.Make(name, Array.ConvertAll(kept, static index => (long)index)));
            var chosen = Add("Gather", [value, name], NewName());
            chosen.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = axis });
            return chosen.Output[0];
        }

        NodeProto Add(string type, string[] inputs, string output)
        {
            var added = new NodeProto { OpType = type, Name = NewName() };
            added.Input.AddRange(inputs);
            added.Output.Add(output);
            into.Node.Add(added);
            return added;
        }

        string NewName() => graph.View.NewName($"{node.Name}.masked", ref made);
    }

    private TensorProto Along(TensorProto tensor, Func<TensorProto, int, int[], TensorProto> change)
    {
        foreach (var axis in _constantAxes[tensor.Name])
        {
            if (Kept(tensor.Name, axis) is { } kept)
            {
                tensor = change(tensor, axis, kept);
            }
        }

        return tensor;
    }

    private static ModelProto Empty(ModelProto model)
    {
        var graph = new GraphProto { Name = model.Graph.Name, DocString = model.Graph.DocString };
        graph.Input.AddRange(model.Graph.Input);
        graph.Output.AddRange(model.Graph.Output);
        var empty = new ModelProto { IrVersion = model.IrVersion, ProducerName = model.ProducerName, ProducerVersion = model.ProducerVersion, Domain = model.Domain, ModelVersion = model.ModelVersion, DocString = model.DocString, Graph = graph };
        empty.OpsetImport.AddRange(model.OpsetImport);
        empty.MetadataProps.AddRange(model.MetadataProps);
        empty.Functions.AddRange(model.Functions);
        return empty;
    }
}
