using Microsoft.ML.OnnxRuntime;
using Winnow.Data;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Onnx;

/// <summary>A network of one input in ONNX Runtime, on the processor. One thread at a time.</summary>
public sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string _input, _output;

    /// <param name="network">The network.</param>
    /// <param name="threads">How many threads compute, at least 1.</param>
    /// <exception cref="DataException">ONNX Runtime can't load it, or it has more than one input.</exception>
    public OnnxRun(OnnxNetwork network, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (_input, _output) = network is { Inputs: [var only], Outputs: [var first, ..] } ? (only.Name, first.Name)
            : throw new DataException($"the network has the inputs {string.Join(", ", network.Inputs)}; only one of one input can be run.");
        using var settings = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            _session = new InferenceSession(network.ToBytes(), settings);
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"ONNX Runtime {OrtEnv.Instance().GetVersionString()} can't load the network: {Told(error)}", error);
        }
    }

    /// <summary>What the network gives for a batch; its first output, where there are several.</summary>
    /// <param name="batch">float32, int64 or uint8; on the processor.</param>
    /// <exception cref="DataException">It doesn't take that batch.</exception>
    public Tensor Run(Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var rows = batch.contiguous();
        using var input = rows.dtype switch
        {
            ScalarType.Float32 => OrtValue.CreateTensorValueFromMemory(rows.ToArray<float>(), rows.shape),
            ScalarType.Int64 => OrtValue.CreateTensorValueFromMemory(rows.ToArray<long>(), rows.shape),
            ScalarType.Byte => OrtValue.CreateTensorValueFromMemory(rows.ToArray<byte>(), rows.shape),
            var type => throw new DataException($"a batch of {type} can't be given to a network in ONNX Runtime; use float32, int64 or uint8."),
        };
        try
        {
            using var outputs = _session.Run(_options, [_input], [input], [_output]);
            return TensorData.FromSpan(outputs[0].GetTensorDataAsSpan<float>(), outputs[0].GetTensorTypeAndShape().Shape);
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"the network failed in ONNX Runtime: {Told(error)}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    /// <summary>The first line of the runtime's message, which may go on for pages.</summary>
    private static string Told(OnnxRuntimeException error) => error.Message.Split('\n')[0].Trim().TrimEnd('.') + ".";
}
