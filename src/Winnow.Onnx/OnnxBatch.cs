using Winnow.Data;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx;

/// <summary>A network loaded into ONNX Runtime with a batch that it is given, to be run again and again and timed.</summary>
public sealed class OnnxBatch : IDisposable
{
    private readonly OnnxSession _session;
    private readonly PreparedInputs _inputs;

    /// <summary>Loads both.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">Samples for it; taken from the first on, and from the beginning again where there are too few.</param>
    /// <param name="count">How many, where the network takes any number; 1 or more.</param>
    /// <param name="threads">How many threads compute; 1 or more.</param>
    /// <exception cref="DataException">ONNX Runtime can't load it.</exception>
    public OnnxBatch(OnnxNetwork network, OnnxSamples samples, int count, int threads)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _session = OnnxSession.Open(network.Model, threads, fast: true);
        _inputs = OnnxSession.Prepare(samples.Batch(0, count));
    }

    /// <summary>Runs the network once.</summary>
    /// <exception cref="DataException">It fails.</exception>
    public void Run()
    {
        using var outputs = _session.Run(_inputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        _session.Dispose();
    }
}
