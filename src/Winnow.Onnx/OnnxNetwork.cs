using Google.Protobuf;
using Onnx;
using Winnow.Data;

namespace Winnow.Onnx;

/// <summary>A network from an ONNX file, or on its way into one.</summary>
public sealed class OnnxNetwork
{
    internal OnnxNetwork(ModelProto model)
    {
        Model = model;
        var constants = model.Graph.Initializer.Select(static tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. model.Graph.Input.Where(input => !constants.Contains(input.Name)).Select(Port)];
        Outputs = [.. model.Graph.Output.Select(Port)];
    }

    /// <summary>What has to be given; constants that older files list as inputs aren't among them.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>The version of the operators that it is made of; 0 where the file doesn't say.</summary>
    public long Opset => Model.OpsetImport.FirstOrDefault(static set => set.Domain.Length == 0 || set.Domain == "ai.onnx")?.Version ?? 0;

    /// <summary>The file's content, which nobody changes: who wants another makes a clone.</summary>
    internal ModelProto Model { get; }

    /// <summary>Reads a file; weights that it keeps in other files of its folder are read, too.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It can't be read or isn't an ONNX model, or files that it names aren't there.</exception>
    public static OnnxNetwork Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelProto model;
        try
        {
            using var file = File.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw NoModel(path, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: can't be read: {error.Message.TrimEnd('.')}. Name an ONNX file that is there.", error);
        }

        // Some other files are protocol buffers by chance.
        if (model.Graph is not { Node.Count: > 0 })
        {
            throw NoModel(path, null);
        }

        ExternalWeights.Read(model, path);
        return new(model);
    }

    /// <summary>Writes it into one file, whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="DataException">It is larger than the 2 GiB that one ONNX file can have.</exception>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => stream.Write(ToBytes()));
    }

    /// <summary>The file's bytes.</summary>
    internal byte[] ToBytes()
    {
        try
        {
            return Model.ToByteArray();
        }
        catch (Exception error) when (error is OverflowException or ArgumentOutOfRangeException or OutOfMemoryException)
        {
            throw new DataException("the network is larger than the 2 GiB that one ONNX file can have; give one of fewer weights.", error);
        }
    }

    private static OnnxPort Port(ValueInfoProto port)
    {
        var tensor = port.Type?.TensorType;
        return new(port.Name, ((TensorProto.Types.DataType)(tensor?.ElemType ?? 0)).ToString().ToLowerInvariant(),
            tensor?.Shape is { } shape ? [.. shape.Dim.Select(static extent => extent.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue && extent.DimValue > 0 ? extent.DimValue : (long?)null)] : []);
    }

    private static DataException NoModel(string path, Exception? inner) =>
        new($"{path}: isn't an ONNX model, or its file is cut off or damaged; export it again, e.g. torch.onnx.export(model, example, \"model.onnx\").", inner);
}
