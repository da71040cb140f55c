using TorchSharp;
using Winnow.Networks.Shrinking;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Recovery;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Onnx.Shrinking;

/// <summary>What units of an ONNX network are worth by what its layers are given; by weights alone and by chance, <see cref="UnitScores"/> says.</summary>
public static class OnnxScores
{
    /// <summary>
    /// How much the outputs of the layers that read a unit change without it, once the other weights have made up for it as far as they can: the sum of w²/[H⁻¹]jj over its columns, H = 2XXᵀ with a
    /// hundredth of its mean diagonal added, each layer's as a share of its outputs' squares (OBSPA: Wang et al., "Structurally prune anything", 2024; Hassibi and Stork, 1993), over the mean of the group.
    /// A group that no layer reads as a matrix, such as one that two values are multiplied over, is scored by the length of its weights.
    /// </summary>
    /// <param name="trace">The network.</param>
    /// <param name="samples">What it is given; of the kind that it is for, or drawn.</param>
    /// <param name="batchSize">Samples at once, where the network takes any number; 1 or more.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>For each group, in their order, as many numbers as it has units, 0 or more.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static IReadOnlyList<IReadOnlyList<double>> Obs(OnnxTrace trace, OnnxSamples samples, int batchSize = 8, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        TorchRuntime.Load();
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        var consumers = trace.Groups.SelectMany(static group => group.Consumers).ToHashSet(StringComparer.Ordinal);
        var layers = trace.Layers.Where(layer => consumers.Contains(layer.Name) && LayerRows.Knows(layer, trace.View)).Select(layer => new LayerRows(layer, trace.View)).ToArray();
        var channels = Squares(trace, layers, samples, batchSize, stop).ToDictionary(static entry => entry.Rows.Layer.Name, static entry => Channels(entry.Rows, entry.Matrix, entry.Squares), StringComparer.Ordinal);
        var lengths = UnitScores.Magnitude(trace);
        return [.. trace.Groups.Select((group, g) =>
        {
            if (!group.Consumers.Any(channels.ContainsKey))
            {
                return lengths[g];
            }

            var scores = group.Units.Select(unit => unit.Inputs.Sum(input => channels.TryGetValue(input.Layer, out var each) ? input.Channels.Sum(channel => each[channel]) : 0)).ToArray();
            var mean = scores.Average();
            return mean > 0 ? Array.ConvertAll(scores, score => score / mean) : scores;
        })];
    }

    /// <summary>XᵀX of each layer, over places of all samples.</summary>
    private static List<(LayerRows Rows, Tensor Matrix, Tensor Squares)> Squares(OnnxTrace trace, LayerRows[] layers, OnnxSamples samples, int batchSize, CancellationToken stop)
    {
        var sums = new List<(LayerRows Rows, Tensor Matrix, Tensor Squares)>();
        foreach (var rows in layers)
        {
            var weight = trace.View.Constants[rows.Layer.Weight];
            var matrix = rows.Matrix(TensorBytes.Floats(weight)!, [.. weight.Dims]);
            sums.Add((rows, matrix, zeros(matrix.shape[1], matrix.shape[1], float64)));
        }

        if (layers.Length == 0)
        {
            return sums;
        }

        using var session = OnnxSession.Open(GraphPrefix.Of(trace.View.Model, [.. layers.Select(static rows => rows.Layer.Input)]), TorchRuntime.Threads, fast: true);
        var number = 0;
        foreach (var batch in samples.Batches(batchSize))
        {
            var values = session.Run(batch);
            foreach (var (rows, _, squares) in sums)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var given = rows.Of(values[rows.Layer.Input]);
                given = given.index_select(1, LayerRows.Draw(given.shape[1], number)).flatten(0, 1);
                squares.add_(given.t().matmul(given));
            }

            number++;
        }

        return sums;
    }

    /// <summary>For each input channel the sum of w²/[H⁻¹]jj over its columns, as a share of the squares of all outputs.</summary>
    private static double[] Channels(LayerRows rows, Tensor matrix, Tensor squares)
    {
        using var scope = NewDisposeScope();
        var weight = matrix.to(float64);
        var h = squares.mul(2);
        var all = weight.matmul(h).mul(weight).sum().ToDouble();
        var diagonal = h.diag().mean().ToDouble();
        if (!(all > 0 && diagonal > 0))
        {
            return new double[matrix.shape[1] / rows.ColumnsAChannel];
        }

        h.add_(eye(h.shape[0], dtype: float64).mul(LeastSquares.Damping * diagonal));
        var inverse = cholesky_inverse(linalg.cholesky(h)).diag();
        return weight.square().sum([0]).div(inverse).div(all).reshape(-1, rows.ColumnsAChannel).sum(1).data<double>().ToArray();
    }
}
