using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Winnow.Data;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Winnow.Onnx.Graphs;

/// <summary>A network loaded into ONNX Runtime, on the processor. One thread at a time.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _outputs;

    private OnnxSession(InferenceSession session) => (_session, _outputs) = (session, [.. session.OutputMetadata.Keys]);

    /// <param name="model">The network.</param>
    /// <param name="threads">How many threads compute; 0 for as many as there are processors.</param>
    /// <param name="fast">Whether operators are fused where that is faster; without, what is computed is what the graph says, operator by operator.</param>
    /// <exception cref="DataException">ONNX Runtime can't load it.</exception>
    public static OnnxSession Open(ModelProto model, int threads = 0, bool fast = false)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = fast ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        try
        {
            return new(new InferenceSession(new OnnxNetwork(model).ToBytes(), settings));
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"ONNX Runtime {OrtEnv.Instance().GetVersionString()} can't load the network: {Told(error)} Export it again with another opset, such as 17, and with what ONNX itself has of operators.", error);
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="inputs">What it is given, by the inputs' names.</param>
    /// <returns>All outputs that are tensors of numbers, by name.</returns>
    /// <exception cref="DataException">The network fails.</exception>
    public Dictionary<string, OnnxValue> Run(IReadOnlyDictionary<string, OnnxValue> inputs)
    {
        using var prepared = Prepare(inputs);
        using var outputs = Run(prepared);
        var values = new Dictionary<string, OnnxValue>(StringComparer.Ordinal);
        foreach (var (name, output) in _outputs.Zip(outputs))
        {
            if (output.IsTensor && output.GetTensorTypeAndShape() is var found && found.ElementDataType != TensorElementType.String)
            {
                values.Add(name, new((DataType)(int)found.ElementDataType, found.Shape, found.ElementCount == 0 ? [] : output.GetTensorMutableRawData().ToArray()));
            }
        }

        return values;
    }

    /// <summary>Inputs in the runtime's memory, for several runs; to be disposed of.</summary>
    public static PreparedInputs Prepare(IReadOnlyDictionary<string, OnnxValue> inputs)
    {
        var values = inputs.Values.Select(static input =>
        {
            var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)(int)input.Type, input.Shape);
            input.Data.CopyTo(value.GetTensorMutableRawData());
            return value;
        });
        return new([.. inputs.Keys], [.. values]);
    }

    /// <summary>Runs the network.</summary>
    /// <returns>What it gives, to be disposed of.</returns>
    public IDisposableReadOnlyCollection<OrtValue> Run(PreparedInputs inputs)
    {
        try
        {
            return _session.Run(_options, inputs.Names, inputs.Values, _outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"the network fails: {Told(error)}", error);
        }
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    /// <summary>A sentence of the runtime's message, which begins with a code in brackets and goes on for lines.</summary>
    private static string Told(OnnxRuntimeException error)
    {
        const int Longest = 300;
        var text = error.Message.Split('\n')[0].Trim();
        text = text.StartsWith("[ErrorCode:", StringComparison.Ordinal) && text.IndexOf(']', StringComparison.Ordinal) is >= 0 and var end ? text[(end + 1)..].Trim() : text;
        return (text.Length > Longest ? text[..Longest] + "…" : text.TrimEnd('.')) + ".";
    }
}

/// <summary>Inputs in the runtime's memory.</summary>
internal sealed class PreparedInputs(string[] names, OrtValue[] values) : IDisposable
{
    public string[] Names { get; } = names;

    public OrtValue[] Values { get; } = values;

    public void Dispose()
    {
        foreach (var value in Values)
        {
            value.Dispose();
        }
    }
}
