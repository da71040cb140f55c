using TorchSharp.Modules;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Depth;

/// <summary>
/// Which parts of a network can go as they are, found by running it once: children of <c>Sequential</c>s that give as much as they are given and multiply. Of parts within parts the outer one is meant, unless that is a
/// <c>Sequential</c> of such blocks, of which each can go by itself.
/// </summary>
/// <remarks>Parts that a module holds in a field or a <c>ModuleList</c> stay, since its code would go on calling them; they are listed.</remarks>
public sealed class BlockTrace
{
    private readonly Dictionary<string, (Sequential Holder, string Key)> _places;

    private BlockTrace(NetworkTrace network, NetworkSize size, Dictionary<string, (Sequential, string)> places) => (Network, Size, _places) = (network, size, places);

    /// <summary>What can go, in the order of the modules.</summary>
    public IReadOnlyList<NetworkBlock> Blocks { get; private init; } = [];

    /// <summary>Parts that give as much as they are given, and stay; and why.</summary>
    public IReadOnlyList<FixedLayer> Fixed { get; private init; } = [];

    /// <summary>How large the whole network is.</summary>
    public NetworkSize Size { get; }

    /// <summary>The network, its samples and how it is called; its groups aren't looked for.</summary>
    internal NetworkTrace Network { get; }

    /// <summary>Looks at a network of one input.</summary>
    /// <param name="module">The network; its mode and its state are as before when this returns.</param>
    /// <param name="sample">A batch that it can be given.</param>
    /// <exception cref="NetworkPruningException">It can't be run on the sample.</exception>
    public static BlockTrace Of(nn.Module<Tensor, Tensor> module, Tensor sample)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Of(module, [sample], given => [module.call(given[0])]);
    }

    /// <summary>Looks at a network of several inputs or outputs.</summary>
    /// <param name="module">The network; its mode and its state are as before when this returns.</param>
    /// <param name="samples">What <paramref name="forward"/> is given; the first axis of the first is the batch.</param>
    /// <param name="forward">Calls the network and gives all of its outputs.</param>
    /// <exception cref="NetworkPruningException">It can't be run on the samples.</exception>
    public static BlockTrace Of(nn.Module module, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(forward);
        if (samples.Count == 0 || samples[0].dim() == 0)
        {
            throw new NetworkPruningException("there is no sample to run the network on; give at least one batch.");
        }

        var network = new NetworkTrace(module, samples, forward, Tracer.LayersOf(module).Layers);
        using var mode = EvalMode.Of(module);
        var look = BlockLook.At(network);
        return new(network, NetworkShrinker.Size(network), look.Places) { Blocks = look.Blocks, Fixed = look.Fixed };
    }

    /// <summary>A block's module.</summary>
    internal nn.Module<Tensor, Tensor> ModuleOf(NetworkBlock block)
    {
        var (holder, key) = _places[block.Name];
        return (nn.Module<Tensor, Tensor>)holder.named_children().First(child => child.name == key).module;
    }

    /// <summary>Takes a block out of the network.</summary>
    /// <returns>Puts it back.</returns>
    internal Action TakeOut(NetworkBlock block) => SequentialChildren.TakeOut(_places[block.Name].Holder, _places[block.Name].Key);

    /// <summary>That the blocks are this trace's.</summary>
    /// <exception cref="NetworkPruningException">One isn't.</exception>
    internal void Require(IEnumerable<NetworkBlock> blocks)
    {
        if (blocks.FirstOrDefault(block => !Blocks.Contains(block, ReferenceEqualityComparer.Instance)) is { } foreign)
        {
            throw new NetworkPruningException($"{foreign.Name} is none of this trace's; take of its blocks.");
        }
    }
}
