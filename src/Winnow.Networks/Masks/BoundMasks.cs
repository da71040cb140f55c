using TorchSharp.Modules;
using Winnow.Torch.Optimizers;
using static TorchSharp.torch;

namespace Winnow.Networks.Masks;

/// <summary>
/// Masks at a network's parameters. <see cref="Apply"/> overwrites what is dropped by +0, also where it was NaN or infinite. What belongs to every step is one product in place a tensor, by 1 for what is kept and 0 for what is
/// dropped, which takes less time than such a fill: survivors stay the same to the bit, and a NaN that a step has brought outlives it, in a network that has diverged. Nothing waits for the device; a mask takes as
/// many bytes as its parameter, on the parameter's device, while this lives.
/// </summary>
/// <remarks>
/// In a training loop <see cref="AfterStep(IOptimizer)"/> follows each step. Momentum and decay would revive dropped weights otherwise: a weight that has been moving goes on moving after it
/// is zeroed, and a mask at the weights alone lets what the optimiser remembers go stale until the weight is regrown. With both zeroed, a step changes a dropped weight only by its own gradient, which
/// is zeroed here as well.
/// </remarks>
public sealed class BoundMasks : IDisposable
{
    private readonly List<(Parameter Weight, Tensor Kept)> _bound = [];
    private readonly Dictionary<IntPtr, Tensor> _byHandle = [];

    /// <summary>Puts masks to a network. Nothing is changed yet.</summary>
    /// <param name="network">Stays the caller's; masks are for its present parameters, on their present devices.</param>
    /// <param name="masks">For any of its parameters.</param>
    /// <exception cref="NetworkPruningException">The network has no such parameter, or one of another shape: the message names it.</exception>
    public BoundMasks(nn.Module network, MaskSet masks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(masks);
        var parameters = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameters[name] = parameter;
        }

        foreach (var mask in masks)
        {
            if (!parameters.TryGetValue(mask.Name, out var parameter))
            {
                throw new NetworkPruningException($"the masks name {mask.Name}, and {network.GetName()} has no such parameter; it has {string.Join(", ", parameters.Keys)}.");
            }

            if (!parameter.shape.AsSpan().SequenceEqual([.. mask.Shape]))
            {
                throw new NetworkPruningException($"the mask of {mask.Name} is for the shape {mask.ShapeText}, and the parameter has {Mask.Describe(parameter.shape)}; use masks of this network.");
            }
        }

        Masks = masks;
        using var silent = no_grad();
        foreach (var mask in masks)
        {
            using var scope = NewDisposeScope();
            var parameter = parameters[mask.Name];

            // In the parameter's memory order, so that the product goes through both as they lie.
            var kept = empty_like(parameter.detach()).copy_(mask.ToTensor(parameter.device)).DetachFromDisposeScope();
            _bound.Add((parameter, kept));
            _byHandle[parameter.Handle] = kept;
        }
    }

    /// <summary>The masks.</summary>
    public MaskSet Masks { get; }

    /// <summary>Makes dropped weights 0.</summary>
    public void Apply()
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        foreach (var (weight, kept) in _bound)
        {
            weight.masked_fill_(kept.eq(0), 0);
        }
    }

    /// <summary>Makes the gradients of dropped weights 0; parameters without a gradient are left alone. To be called between the backward pass and the step where the gradient is used otherwise, too (clipped by its length, say).</summary>
    public void ApplyToGradients() => Multiply(static weight => weight.grad);

    /// <summary>Makes what an optimiser remembers of dropped weights 0.</summary>
    /// <param name="optimizer">Of the network's parameters or some of them.</param>
    public void ApplyTo(IOptimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Multiply(OptimizerMemory.Of(optimizer));
    }

    /// <summary>Makes what an optimiser of TorchSharp remembers of dropped weights 0.</summary>
    /// <param name="optimizer">Of the network's parameters or some of them.</param>
    /// <exception cref="NetworkPruningException">It is of a kind whose memory isn't known: the message says which are.</exception>
    public void ApplyTo(optim.Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Multiply(OptimizerMemory.Of(optimizer));
    }

    /// <summary>What belongs behind each step: weights, gradients and the optimiser's memory.</summary>
    /// <inheritdoc cref="ApplyTo(IOptimizer)"/>
    public void AfterStep(IOptimizer optimizer)
    {
        Multiply(static weight => weight);
        ApplyToGradients();
        ApplyTo(optimizer);
    }

    /// <summary>What belongs behind each step: weights, gradients and the optimiser's memory.</summary>
    /// <inheritdoc cref="ApplyTo(optim.Optimizer)"/>
    public void AfterStep(optim.Optimizer optimizer)
    {
        Multiply(static weight => weight);
        ApplyToGradients();
        ApplyTo(optimizer);
    }

    /// <summary>Releases the masks' tensors; the network stays as it is.</summary>
    public void Dispose()
    {
        foreach (var (_, kept) in _bound)
        {
            kept.Dispose();
        }

        _bound.Clear();
        _byHandle.Clear();
    }

    private void Multiply(Func<Parameter, Tensor?> of)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        foreach (var (weight, kept) in _bound)
        {
            of(weight)?.mul_(kept);
        }
    }

    private void Multiply(IEnumerable<(Parameter Parameter, Tensor Memory)> memories)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        foreach (var (parameter, memory) in memories)
        {
            if (_byHandle.TryGetValue(parameter.Handle, out var kept))
            {
                memory.mul_(kept);
            }
        }
    }
}
