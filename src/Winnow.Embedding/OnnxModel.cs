using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Onnx;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>A model's file as it was read: what its inputs and outputs are, and the same with as many rows at once as one likes.</summary>
internal sealed class OnnxModel
{
    private readonly ModelProto _model;

    private OnnxModel(string name, byte[] file, ModelProto model)
    {
        (Name, File, _model) = (name, file, model);
        var constants = model.Graph.Initializer.Select(static tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. model.Graph.Input.Where(input => !constants.Contains(input.Name)).Select(static input => new OnnxPort(input))];
        Outputs = [.. model.Graph.Output.Select(static output => new OnnxPort(output))];
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>What has to be given; constants that older files list as inputs aren't among them.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>The file's bytes.</summary>
    public byte[] File { get; }

    /// <summary>SHA-256 of the file, 64 hexadecimal digits in lower case.</summary>
    public string Sha256 => field ??= Convert.ToHexStringLower(SHA256.HashData(File));

    /// <summary>The version of the operators that it is made of.</summary>
    public long Opset => _model.OpsetImport.FirstOrDefault(static set => set.Domain.Length == 0)?.Version ?? 0;

    public static OnnxModel Parse(string name, byte[] file)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw NoModel(name, error);
        }

        // Some other files are protocol buffers by chance.
        return model.Graph is { Node.Count: > 0 } ? new(name, file, model) : throw NoModel(name, null);
    }

    /// <summary>
    /// The same network for any number of rows, where it was exported for one: the first extent of inputs, outputs and what lies between becomes symbolic, and constants that shapes are
    /// made by lose their leading 1. Whether the network then does what it did has to be tried.
    /// </summary>
    public byte[] WithAnyRows()
    {
        var copy = _model.Clone();
        copy.Graph.SetDim(0, DimParamOrValue.New("N"));
        return copy.ToByteArray();
    }

    /// <summary>Refuses inputs that are others than somebody wants to give.</summary>
    public void CheckInputs(params ReadOnlySpan<string> given)
    {
        foreach (var name in given)
        {
            if (Inputs.All(input => input.Name != name))
            {
                throw new DataException($"{Name}: has no input {name}; it has {List(Inputs)}. Name them in the manifest.");
            }
        }

        foreach (var input in Inputs)
        {
            if (!given.Contains(input.Name))
            {
                throw new DataException($"{Name}: wants {input}, which the manifest doesn't name; it has {List(Inputs)}. Export the model without it, or name it in the manifest.");
            }
        }
    }

    /// <summary>The output that is meant.</summary>
    public string Output(string? wanted)
    {
        if (wanted is not null && Outputs.All(output => output.Name != wanted))
        {
            throw new DataException($"{Name}: has no output {wanted}; it has {List(Outputs)}. Name one of them in the manifest.");
        }

        return wanted ?? (Outputs.Count > 0 ? Outputs[0].Name : throw new DataException($"{Name}: has no output; export the model again."));
    }

    public static string List(IReadOnlyList<OnnxPort> ports) => string.Join(", ", ports);

    private static DataException NoModel(string name, Exception? inner) =>
        new($"{name}: isn't an ONNX model, or its file is cut off or damaged; export it again, e.g. torch.onnx.export(model, example, \"model.onnx\").", inner);
}

/// <summary>An input or output of a model.</summary>
internal sealed class OnnxPort
{
    public OnnxPort(ValueInfoProto port)
    {
        var tensor = port.Type?.TensorType;
        (Name, Type) = (port.Name, (TensorProto.Types.DataType)(tensor?.ElemType ?? 0));
        Shape = tensor?.Shape is { } shape ? [.. shape.Dim.Select(static extent => extent.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue && extent.DimValue > 0 ? extent.DimValue : (long?)null)] : null;
    }

    public string Name { get; }

    public TensorProto.Types.DataType Type { get; }

    /// <summary>Its extents, null for those that are free; null where the file doesn't say.</summary>
    public IReadOnlyList<long?>? Shape { get; }

    public override string ToString() =>
        $"{Name} ({Type.ToString().ToLowerInvariant()}{(Shape is null ? "" : $" [{string.Join(", ", Shape.Select(static extent => extent?.ToString(CultureInfo.InvariantCulture) ?? "?"))}]")})";
}
