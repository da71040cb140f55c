using TorchSharp.Modules;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Depth;

/// <summary>One run of a network that notes which modules give as much as they are given, and what their layers cost.</summary>
internal sealed class BlockLook
{
    private readonly NetworkTrace _network;
    private readonly List<Part> _parts = [];
    private readonly Dictionary<string, long> _macs = new(StringComparer.Ordinal);
    private readonly List<NetworkBlock> _blocks = [];
    private readonly List<FixedLayer> _fixed = [];

    private BlockLook(NetworkTrace network) => _network = network;

    public Dictionary<string, (Sequential Holder, string Key)> Places { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<NetworkBlock> Blocks => _blocks;

    public IReadOnlyList<FixedLayer> Fixed => _fixed;

    /// <param name="network">In evaluation mode.</param>
    public static BlockLook At(NetworkTrace network)
    {
        var look = new BlockLook(network);
        var root = new Part("", "", network.Module, []);
        look.Gather(root);
        look.Run();
        look.Walk(root);
        return look;
    }

    private void Gather(Part part)
    {
        // A module that is registered by its name and found in its field, too, is one part.
        var children = part.Module is Sequential ? part.Module.named_children() : part.Module.named_children().DistinctBy(static child => child.module, ReferenceEqualityComparer.Instance);
        foreach (var (key, module) in children)
        {
            var child = new Part(StateNames.Join(part.Name, key), key, module, []);
            part.Children.Add(child);
            _parts.Add(child);
            Gather(child);
        }
    }

    private void Run()
    {
        var removals = new List<Action>();
        try
        {
            foreach (var part in _parts)
            {
                if (part.Module is nn.Module<Tensor, Tensor> module)
                {
                    removals.Add(module.register_forward_hook((_, input, output) =>
                    {
                        part.Keeps = part.Keeps != false && input.dtype == output.dtype && input.shape.SequenceEqual(output.shape);
                        return output;
                    }).remove);
                }
            }

            using var layers = new LayerHooks(_network.Layers, before: null, (layer, _, output) =>
            {
                _macs[layer.Name] = _macs.GetValueOrDefault(layer.Name) + (output.numel() * layer.MacsPerOutput);
                return output;
            });
            using var run = LayerRun.Of(_network, null);
        }
        finally
        {
            removals.ForEach(static remove => remove());
        }
    }

    private void Walk(Part part)
    {
        foreach (var child in part.Children)
        {
            if (!CanGo(child) || IsListOfBlocks(child))
            {
                Walk(child);
            }
            else if (_parts.Count(other => ReferenceEquals(other.Module, child.Module)) > 1)
            {
                _fixed.Add(new(child.Name, "stands in several places of the network"));
            }
            else if (part.Module is Sequential holder)
            {
                Places.Add(child.Name, (holder, child.Key));
                _blocks.Add(Measured(child));
            }
            else if (child.Children.Count > 0)
            {
                _fixed.Add(new(child.Name, $"is held by the code of {(part.Name.Length == 0 ? "the network" : part.Name)}, which would go on calling it; keep blocks in a Sequential"));
                Walk(child);
            }
        }
    }

    private bool CanGo(Part part) => part.Keeps == true && MacsOf(part) > 0;

    private bool IsListOfBlocks(Part part) => part.Module is Sequential && part.Children.Any(child => child.Children.Count > 0 && (CanGo(child) || IsListOfBlocks(child)));

    private long MacsOf(Part part) => _macs.Where(entry => entry.Key == part.Name || entry.Key.StartsWith(part.Name + ".", StringComparison.Ordinal)).Sum(static entry => entry.Value);

    private NetworkBlock Measured(Part part)
    {
        var state = StateNames.Of(part.Module).Tensors.Values;
        return new(part.Name, MacsOf(part) / _network.Samples[0].shape[0], part.Module.parameters().Sum(static parameter => parameter.numel()), state.Sum(static tensor => tensor.numel() * tensor.element_size()));
    }

    /// <param name="Name">In the network.</param>
    /// <param name="Key">In what holds it.</param>
    /// <param name="Module">Itself.</param>
    /// <param name="Children">What it holds.</param>
    private sealed record Part(string Name, string Key, nn.Module Module, List<Part> Children)
    {
        /// <summary>Whether it gives as much as it is given; null where it wasn't called by <c>call</c>.</summary>
        public bool? Keeps { get; set; }
    }
}
