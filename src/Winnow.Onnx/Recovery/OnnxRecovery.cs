using Onnx;
using Winnow.Data;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Onnx.Recovery;

/// <summary>What is changed in layers that have lost inputs.</summary>
public enum Compensation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bias, so that the mean of each output is the whole network's.</summary>
    Bias,

    /// <summary>The weights that are left, too, by least squares against the whole network's outputs.</summary>
    Weights,
}

/// <summary>How a smaller network is mended.</summary>
public sealed record OnnxRecoveryOptions
{
    /// <summary>What is changed in layers that have lost inputs. Default: the weights.</summary>
    public Compensation Compensation { get; init; } = Compensation.Weights;

    /// <summary>Whether mean and variance of batch norms are taken anew over the samples; for samples of the network's own kind alone, since drawn numbers have others. Default false.</summary>
    public bool RecalibrateNorms { get; init; }

    /// <summary>Samples at once, where the network takes any number; 1 or more. Default 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Is told how many of how many layers are done; null for nobody.</summary>
    public Action<int, int>? Progress { get; init; }
}

/// <summary>
/// Mends a smaller network without training: from its input to its outputs, each layer that has lost inputs is fitted to what the whole network's layer gives on some samples, with what the
/// smaller network gives it by then (after OBSPA: Wang et al., "Structurally prune anything", 2024, whose layers are fitted one by one on the whole network's inputs).
/// </summary>
public static class OnnxRecovery
{
    /// <summary>A mended copy of a smaller network.</summary>
    /// <param name="trace">The whole network.</param>
    /// <param name="shrunk">The smaller one, made from that trace.</param>
    /// <param name="samples">What both are given; of the kind that the network is for, or drawn.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DataException">ONNX Runtime can't run it on the samples.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static OnnxNetwork Recover(OnnxTrace trace, ShrunkOnnx shrunk, OnnxSamples samples, OnnxRecoveryOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(shrunk);
        ArgumentNullException.ThrowIfNull(samples);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options));
        TorchRuntime.Load();
        var small = shrunk.Network.Model.Clone();
        var steps = Steps(trace, shrunk.Cut, options).ToArray();
        using var silent = no_grad();
        for (var k = 0; k < steps.Length; k++)
        {
            options.Progress?.Invoke(k, steps.Length);
            if (steps[k].Layer is { } layer)
            {
                Fit(trace, shrunk.Cut, layer, small, samples, options, stop);
            }
            else
            {
                Recalibrate(steps[k].Norm!, small, samples, options, stop);
            }
        }

        options.Progress?.Invoke(steps.Length, steps.Length);
        return new(small);
    }

    /// <summary>What is done, in the order of the graph.</summary>
    private static IEnumerable<(GraphLayer? Layer, GraphNode? Norm)> Steps(OnnxTrace trace, GraphCut cut, OnnxRecoveryOptions options)
    {
        var layers = trace.Layers.ToDictionary(static layer => layer.Node);
        var begun = false;
        foreach (var node in trace.View.Nodes)
        {
            if (layers.TryGetValue(node, out var layer))
            {
                // A weight that several layers share can't be fitted to one of them.
                var lost = layer.InputAxis >= 0 && cut.Kept(layer.Weight, layer.InputAxis) is not null;
                begun |= lost || cut.Kept(layer.Weight, layer.OutputAxis) is not null;
                if (lost && options.Compensation != Compensation.None && LayerRows.Knows(layer, trace.View) && trace.View.Readers(layer.Weight) == 1)
                {
                    yield return (layer, null);
                }
            }
            else if (begun && options.RecalibrateNorms && node.Type == "BatchNormalization" && node.Inputs.Skip(3).All(name => trace.View.Constants.TryGetValue(name, out var tensor) && TensorBytes.IsFloat(TensorBytes.Type(tensor)) && trace.View.Readers(name) == 1))
            {
                yield return (null, node);
            }
        }
    }

    private static void Fit(OnnxTrace trace, GraphCut cut, GraphLayer layer, ModelProto small, OnnxSamples samples, OnnxRecoveryOptions options, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var rows = new LayerRows(layer, trace.View);
        var place = small.Graph.Initializer.Select(static (tensor, k) => (tensor, k)).First(entry => entry.tensor.Name == layer.Weight).k;
        var weight = small.Graph.Initializer[place];
        var node = small.Graph.Node.First(node => node.Output.Contains(layer.Output));
        var left = rows.Matrix(TensorBytes.Floats(weight)!, [.. weight.Dims]);

        // Of the whole layer those outputs that stay.
        var whole = trace.View.Constants[layer.Weight];
        if (cut.Kept(layer.Weight, layer.OutputAxis) is { } outputs)
        {
            whole = TensorBytes.Take(whole, layer.OutputAxis, outputs);
        }

        var target = rows.Matrix(TensorBytes.Floats(whole)!, [.. whole.Dims]);
        using var sums = new LeastSquares((int)left.shape[1], (int)left.shape[0]);
        using var one = OnnxSession.Open(GraphPrefix.Of(trace.View.Model, [layer.Input]), TorchRuntime.Threads, fast: true);
        using var other = OnnxSession.Open(GraphPrefix.Of(small, [layer.Input]), TorchRuntime.Threads, fast: true);
        var number = 0;
        foreach (var batch in samples.Batches(options.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var (given, inputs) = (rows.Of(one.Run(batch)[layer.Input]), rows.Of(other.Run(batch)[layer.Input]));
            sums.Add(inputs, given, target, LayerRows.Draw(inputs.shape[1], number++));
        }

        var changed = options.Compensation == Compensation.Weights ? sums.Solve(left, rows.HasMeans) : left;
        small.Graph.Initializer[place] = TensorBytes.Make(weight.Name, TensorBytes.Type(weight), weight.Dims, TensorBytes.Bytes(rows.Weight(changed)));
        if (rows.HasMeans)
        {
            var made = 0;
            BiasWriter.Add(small, node, sums.Bias(changed), trace.View.NewName($"{layer.Name}.bias", ref made));
        }
    }

    /// <summary>Takes a batch norm's statistics anew.</summary>
    private static void Recalibrate(GraphNode norm, ModelProto small, OnnxSamples samples, OnnxRecoveryOptions options, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var input = norm.Inputs[0];
        using var session = OnnxSession.Open(GraphPrefix.Of(small, [input]), TorchRuntime.Threads, fast: true);
        var channels = small.Graph.Initializer.First(tensor => tensor.Name == norm.Inputs[3]).Dims[0];
        var (sum, squares, rows) = (zeros(channels, float64), zeros(channels, float64), 0L);
        foreach (var batch in samples.Batches(options.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var found = session.Run(batch)[input];
            var values = TensorData.FromSpan<float>(found.Floats!, found.Shape).to(float64).transpose(0, 1).flatten(1);
            sum.add_(values.sum(1));
            squares.add_(values.square().sum(1));
            rows += values.shape[1];
        }

        var mean = sum.div(rows);
        Put(norm.Inputs[3], mean);
        Put(norm.Inputs[4], squares.div(rows).sub(mean.square()).clamp_min(0));

        void Put(string name, Tensor values)
        {
            var place = small.Graph.Initializer.Select(static (tensor, k) => (tensor, k)).First(entry => entry.tensor.Name == name).k;
            var tensor = small.Graph.Initializer[place];
            small.Graph.Initializer[place] = TensorBytes.Make(name, TensorBytes.Type(tensor), tensor.Dims, TensorBytes.Bytes(TensorBytes.Type(tensor), values.to(float32).data<float>().ToArray()));
        }
    }
}
