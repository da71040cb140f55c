using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>
/// Which channels of a network go together, found by running it: what a layer is given depends on channels of the layers before it, and gradients say on which. No table
/// of operations is needed, so additions, concatenations, chunks, reshapes and attention of any make are seen through.
/// </summary>
/// <remarks>
/// SPA (Wang et al., "Structurally prune anything", 2024) and DepGraph (Fang et al., CVPR 2023) find the same groups in an ONNX graph and in autograd's graph; TorchSharp
/// has neither. Layers must be called by <c>call</c>: <c>forward</c> runs no hooks.
/// </remarks>
public sealed class NetworkTrace : IChannelTrace
{
    internal NetworkTrace(nn.Module module, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, IReadOnlyList<Layer> layers) =>
        (Module, Samples, Forward, Layers) = (module, samples, forward, layers);

    /// <inheritdoc/>
    public IReadOnlyList<ChannelGroup> Groups { get; internal init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<FixedLayer> Fixed { get; internal init; } = [];

    /// <summary>Layers that weren't called by <c>call</c>, or not at all.</summary>
    public IReadOnlyList<string> NeverFired { get; internal init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<LayerCost> Costs { get; internal init; } = [];

    /// <summary>Multiplications with additions in layers for one sample.</summary>
    public long Macs => Costs.Sum(static cost => cost.Macs);

    /// <inheritdoc/>
    /// <remarks>As they are now.</remarks>
    public IReadOnlyList<TraceTensor> Tensors
    {
        get
        {
            var trained = Module.named_parameters().Select(static entry => entry.name).ToHashSet(StringComparer.Ordinal);
            return [.. StateNames.Of(Module).Tensors.Select(entry => new TraceTensor(entry.Key, entry.Value.shape, (int)entry.Value.element_size(), trained.Contains(entry.Key)))];
        }
    }

    /// <inheritdoc/>
    /// <remarks>Read as they are now; a reader that comes back for the same keeps them.</remarks>
    public IReadOnlyList<double>? WeightSquares(string tensor, int axis)
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        var found = Module.named_parameters().FirstOrDefault(entry => entry.name == tensor).parameter;
        return found is null || found.dim() < 2 ? null : AlongAxis.Sum(found.detach().to(float64).square(), axis).ToArray<double>();
    }

    internal nn.Module Module { get; }

    internal IReadOnlyList<Tensor> Samples { get; }

    internal Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> Forward { get; }

    internal IReadOnlyList<Layer> Layers { get; }

    /// <summary>Traces a network of one input.</summary>
    /// <param name="module">The network; its mode and its state are as before when this returns.</param>
    /// <param name="sample">A batch that it can be given, best of one sample and small; sequences of at least 8 tokens.</param>
    /// <exception cref="NetworkPruningException">It can't be run on the sample.</exception>
    public static NetworkTrace Of(nn.Module<Tensor, Tensor> module, Tensor sample)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Of(module, [sample], given => [module.call(given[0])]);
    }

    /// <summary>Traces a network of several inputs or outputs.</summary>
    /// <param name="module">The network; its mode and its state are as before when this returns.</param>
    /// <param name="samples">What <paramref name="forward"/> is given; the first axis of the first is the batch.</param>
    /// <param name="forward">Calls the network and gives all of its outputs.</param>
    /// <exception cref="NetworkPruningException">It can't be run on the samples.</exception>
    public static NetworkTrace Of(nn.Module module, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(forward);
        if (samples.Count == 0 || samples.Any(static sample => sample.dim() == 0))
        {
            throw new NetworkPruningException("there is no sample to run the network on; give at least one batch.");
        }

        return Tracer.Trace(module, samples, forward);
    }
}
