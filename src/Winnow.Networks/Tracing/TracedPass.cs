using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>
/// One forward pass cut open at every layer: what a layer is given is kept with the graph of what made it, and what it gives is replaced by fresh numbers, small and
/// positive, so that nothing dies in a ReLU and no layer's own weights matter.
/// </summary>
internal sealed class TracedPass : IDisposable
{
    private readonly Generator _generator = new(20);
    private readonly List<(Tensor Tensor, Tensor Before, bool Trained, Tensor? Gradient)> _raw = [];

    // What the layer that is called just now was given.
    private Tensor? _input;

    private TracedPass()
    {
    }

    /// <summary>Each call of a layer, in order.</summary>
    public List<Firing> Firings { get; } = [];

    /// <summary>Numbers that something can depend on: outputs of layers, tensors of modules that are no layers, and the samples.</summary>
    public List<Source> Sources { get; } = [];

    public IReadOnlyList<Tensor> Outputs { get; private set; } = [];

    /// <param name="layers">The layers to cut at.</param>
    /// <param name="raw">State that belongs to no layer: name and tensor.</param>
    /// <param name="samples">What the network is given.</param>
    /// <param name="forward">Calls the network.</param>
    public static TracedPass Run(IReadOnlyList<Layer> layers, IReadOnlyList<(string Name, Tensor Tensor)> raw, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        var pass = new TracedPass();
        try
        {
            foreach (var (name, tensor) in raw)
            {
                pass.Redraw(name, tensor);
            }

            var given = samples.Select((sample, k) => sample.is_floating_point() ? pass.Leaf(sample, new Source($"sample {k}", SourceKind.Sample, null)) : sample).ToArray();
            using var hooks = new LayerHooks(layers, pass.Before, pass.After);
            pass.Outputs = [.. forward(given).Select(static output => output.alias().DetachFromDisposeScope())];
            return pass;
        }
        catch
        {
            pass.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        using (no_grad())
        {
            foreach (var (tensor, before, trained, gradient) in _raw)
            {
                tensor.requires_grad = false;
                tensor.copy_(before);
                tensor.requires_grad = trained;
                tensor.grad = gradient;
                gradient?.Dispose();
                before.Dispose();
            }
        }

        foreach (var tensor in Firings.Select(static firing => firing.Input).Concat(Sources.Where(static source => source.Kind != SourceKind.Raw).Select(static source => source.Leaf)).Concat(Outputs))
        {
            tensor?.Dispose();
        }

        _generator.Dispose();
    }

    private Tensor Before(Layer layer, Tensor given)
    {
        // A copy, because containers dispose of what they hand on, and the next step may write over it.
        _input = given.requires_grad ? given.clone().DetachFromDisposeScope() : null;
        return given.is_floating_point() ? given.detach() : given;
    }

    private Tensor After(Layer layer, Tensor given, Tensor output)
    {
        var source = new Source(layer.Name, SourceKind.Layer, layer);
        var leaf = Leaf(output, source);
        Firings.Add(new(layer, _input, source, output.numel()));
        return leaf.clone();
    }

    private Tensor Leaf(Tensor like, Source source)
    {
        using (no_grad())
        {
            source.Leaf = rand(like.shape, dtype: like.dtype, device: like.device, generator: _generator).mul_(0.1).add_(0.05).DetachFromDisposeScope();
        }

        source.Leaf.requires_grad = true;
        Sources.Add(source);
        return source.Leaf;
    }

    private void Redraw(string name, Tensor tensor)
    {
        _raw.Add((tensor, tensor.detach().clone().DetachFromDisposeScope(), tensor.requires_grad, tensor.grad?.DetachFromDisposeScope()));
        using (no_grad())
        {
            using var drawn = rand(tensor.shape, dtype: tensor.dtype, device: tensor.device, generator: _generator).mul_(0.1).add_(0.05);
            tensor.copy_(drawn);
        }

        tensor.requires_grad = true;
        Sources.Add(new(name, SourceKind.Raw, null) { Leaf = tensor });
    }
}

/// <summary>One call of a layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">What it was given, with the graph of what made it; null where that depends on nothing.</param>
/// <param name="Output">What it gave.</param>
/// <param name="Numbers">How many numbers came out.</param>
internal sealed record Firing(Layer Layer, Tensor? Input, Source Output, long Numbers);

internal enum SourceKind
{
    Layer,
    Raw,
    Sample,
}

/// <summary>A tensor at which gradients end.</summary>
/// <param name="name">What it is called.</param>
/// <param name="kind">What it is.</param>
/// <param name="layer">The layer that gives it; null for other kinds.</param>
internal sealed class Source(string name, SourceKind kind, Layer? layer)
{
    public string Name => name;

    public SourceKind Kind => kind;

    public Layer? Layer => layer;

    public Tensor Leaf { get; set; } = null!;

    /// <summary>The axes along which it may hold channels: a layer's own, any of the others' that is longer than one.</summary>
    public int[] Axes => layer is not null ? [layer.Axis < 0 ? (int)Leaf.dim() + layer.Axis : layer.Axis] : [.. Enumerable.Range(0, (int)Leaf.dim()).Where(axis => Leaf.shape[axis] > 1)];
}
