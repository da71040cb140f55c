using Microsoft.ML.OnnxRuntime;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>A loaded network. One thread at a time.</summary>
internal sealed class ModelSession : IDisposable
{
    private readonly string _name;
    private readonly string _output;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    private ModelSession(string name, string output, InferenceSession session) => (_name, _output, _session) = (name, output, session);

    /// <summary>The version of ONNX Runtime.</summary>
    public static string Runtime => OrtEnv.Instance().GetVersionString();

    /// <param name="model">Is told of in messages.</param>
    /// <param name="file">The model's bytes, or those of a changed copy.</param>
    /// <param name="output">The output that is taken.</param>
    /// <param name="threads">How many threads compute.</param>
    /// <exception cref="DataException">ONNX Runtime can't load it.</exception>
    public static ModelSession Open(OnnxModel model, byte[] file, string output, int threads)
    {
        // Extents of texts differ from batch to batch: patterns of memory would be made anew each time.
        using var settings = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, EnableMemoryPattern = false, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            return new(model.Name, output, new InferenceSession(file, settings));
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"{model.Name}: ONNX Runtime {Runtime} can't load it (opset {model.Opset}): {Told(error)} Export it again with another opset, such as 17, and with what ONNX itself has of operators.", error);
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="names">The inputs' names.</param>
    /// <param name="inputs">Their values.</param>
    /// <returns>The output, to be disposed of.</returns>
    /// <exception cref="DataException">The network doesn't take these inputs, fails, or gives no numbers of 32 bits.</exception>
    public ModelOutput Run(string[] names, OrtValue[] inputs)
    {
        IDisposableReadOnlyCollection<OrtValue>? outputs = null;
        try
        {
            outputs = _session.Run(_options, names, inputs, [_output]);
            var output = outputs[0];
            if (!output.IsTensor || output.GetTensorTypeAndShape() is not { ElementDataType: Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float } found)
            {
                throw new DataException($"{_name}: the output {_output} isn't made of 32-bit floats; take another one, or export the model in float32.");
            }

            return new(outputs, output.GetTensorDataAsSpan<float>(), found.Shape);
        }
        catch (Exception error)
        {
            outputs?.Dispose();
            if (error is not OnnxRuntimeException failure)
            {
                throw;
            }

            throw new DataException($"{_name}: the network failed: {Told(failure)} Its inputs may be others than the manifest says.", failure);
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

/// <summary>An output's numbers, which are there until it is disposed of, and extents.</summary>
internal readonly ref struct ModelOutput(IDisposable owner, ReadOnlySpan<float> values, long[] shape) : IDisposable
{
    public ReadOnlySpan<float> Values { get; } = values;

    public long[] Shape { get; } = shape;

    public void Dispose() => owner.Dispose();
}
