using Winnow.Data;
using Winnow.Onnx.Graphs;
using Winnow.Torch;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Winnow.Onnx;

/// <summary>A network of one input in ONNX Runtime, on the processor. One thread at a time.</summary>
public sealed class OnnxRun : IDisposable
{
    private readonly OnnxSession _session;
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
        _session = OnnxSession.Open(network.Model, threads, fast: true);
    }

    /// <summary>What the network gives for a batch; its first output, where there are several.</summary>
    /// <param name="batch">float32, int64 or uint8; on the processor.</param>
    /// <exception cref="DataException">It doesn't take that batch, or gives no floats.</exception>
    public Tensor Run(Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var type = batch.dtype switch
        {
            ScalarType.Float32 => DataType.Float,
            ScalarType.Int64 => DataType.Int64,
            ScalarType.Byte => DataType.Uint8,
            var other => throw new DataException($"a batch of {other} can't be given to a network in ONNX Runtime; use float32, int64 or uint8."),
        };
        using var rows = batch.contiguous();
        var outputs = _session.Run(new Dictionary<string, OnnxValue>(StringComparer.Ordinal) { [_input] = new(type, rows.shape, rows.bytes.ToArray()) });
        return outputs.GetValueOrDefault(_output) is { Floats: { } numbers } found ? TensorData.FromSpan<float>(numbers, found.Shape)
            : throw new DataException($"the output {_output} isn't made of floats; take a network that gives some.");
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
