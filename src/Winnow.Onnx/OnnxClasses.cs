using System.Numerics.Tensors;
using Winnow.Data;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx;

/// <summary>What classes a network tells samples to be of.</summary>
public static class OnnxClasses
{
    /// <summary>The class of the largest number of each sample; of equal ones the first.</summary>
    /// <param name="network">The network; its first output is read.</param>
    /// <param name="samples">What it is given.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="threads">How many threads compute; 0 for as many as there are processors.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>One class a sample; null where the network doesn't give as many numbers for a sample as there are classes.</returns>
    /// <exception cref="DataException">ONNX Runtime can't load or run it.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static int[]? Of(OnnxNetwork network, OnnxSamples samples, int classes, int threads = 0, CancellationToken stop = default)
    {
        const int Batch = 64;
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(samples);
        using var session = OnnxSession.Open(network.Model, threads, fast: true);
        var found = new List<int>(samples.Count);
        foreach (var batch in samples.Batches(Batch))
        {
            stop.ThrowIfCancellationRequested();
            var output = session.Run(batch).GetValueOrDefault(network.Outputs[0].Name);
            if (output?.Floats is not { } numbers || output.Shape.Length == 0 || output.Shape[0] * classes != numbers.Length)
            {
                return null;
            }

            for (var row = 0; row < output.Shape[0] && found.Count < samples.Count; row++)
            {
                found.Add(TensorPrimitives.IndexOfMax(numbers.AsSpan(row * classes, classes)));
            }
        }

        return [.. found];
    }
}
