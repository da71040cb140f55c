using Onnx;

namespace Winnow.Onnx.Graphs;

/// <summary>One operation of a graph.</summary>
/// <param name="proto">As the file has it.</param>
/// <param name="name">Its name, unlike all others.</param>
internal sealed class GraphNode(NodeProto proto, string name)
{
    public string Name { get; } = name;

    /// <summary>The operator; of other domains than ONNX's own with the domain before it.</summary>
    public string Type { get; } = proto.Domain.Length == 0 || proto.Domain == "ai.onnx" ? proto.OpType : $"{proto.Domain}.{proto.OpType}";

    public NodeProto Proto { get; } = proto;

    public IReadOnlyList<string> Inputs => Proto.Input;

    public IReadOnlyList<string> Outputs => Proto.Output;

    /// <summary>The values that it reads, those among them that parts of it read which are graphs themselves.</summary>
    public IEnumerable<string> Reads => Proto.Input.Where(static name => name.Length > 0).Concat(Proto.Attribute.SelectMany(static attribute => attribute.Graphs.Append(attribute.G)).OfType<GraphProto>().SelectMany(Inside));

    /// <summary>The name of an input; null where it is left out.</summary>
    public string? Input(int index) => index < Proto.Input.Count && Proto.Input[index].Length > 0 ? Proto.Input[index] : null;

    public long Number(string attribute, long otherwise) => Find(attribute)?.I ?? otherwise;

    public long[]? Numbers(string attribute) => Find(attribute) is { } found ? [.. found.Ints] : null;

    public string Text(string attribute, string otherwise) => Find(attribute)?.S.ToStringUtf8() ?? otherwise;

    public float Float(string attribute, float otherwise) => Find(attribute)?.F ?? otherwise;

    /// <summary>Sets an attribute that is a number, or a list of them.</summary>
    public static void Set(NodeProto node, string attribute, params long[] values)
    {
        var found = node.Attribute.FirstOrDefault(entry => entry.Name == attribute);
        if (found is null)
        {
            node.Attribute.Add(found = new AttributeProto { Name = attribute, Type = AttributeProto.Types.AttributeType.Ints });
        }

        if (found.Type == AttributeProto.Types.AttributeType.Int)
        {
            found.I = values[0];
        }
        else
        {
            found.Ints.Clear();
            found.Ints.AddRange(values);
        }
    }

    /// <summary>The axis that an attribute means, from 0.</summary>
    public int Axis(string attribute, long otherwise, int rank) => Positive(Number(attribute, otherwise), rank);

    public static int Positive(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    private static IEnumerable<string> Inside(GraphProto graph) => graph.Node.SelectMany(static node => new GraphNode(node, "").Reads);

    private AttributeProto? Find(string attribute) => Proto.Attribute.FirstOrDefault(entry => entry.Name == attribute);
}
