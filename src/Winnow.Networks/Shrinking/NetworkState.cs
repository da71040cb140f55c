using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>All numbers of a network as they are, to be put back whatever has become of their shapes.</summary>
internal sealed class NetworkState : IDisposable
{
    private readonly (Tensor Tensor, Tensor Copy)[] _copies;
    private readonly IReadOnlyList<Layer> _layers;

    public NetworkState(StateNames state, IReadOnlyList<Layer> layers)
    {
        using var silent = no_grad();
        _layers = layers;
        _copies = [.. state.Tensors.Values.Select(static tensor => (tensor, tensor.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Puts all back.</summary>
    public void Restore()
    {
        using (no_grad())
        {
            foreach (var (tensor, copy) in _copies)
            {
                if (tensor.shape.SequenceEqual(copy.shape))
                {
                    tensor.copy_(copy);
                }
                else
                {
                    using var again = copy.clone();
                    tensor.set_(again);
                    tensor.grad = null;
                }
            }
        }

        foreach (var layer in _layers)
        {
            LayerSizes.Follow(layer);
        }
    }

    public void Dispose()
    {
        foreach (var (_, copy) in _copies)
        {
            copy.Dispose();
        }
    }
}
