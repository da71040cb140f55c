using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>Listens at a network's last layer while it computes: how much longer the gradient there is than the error at its output, ∂loss/∂(W, b) being the error times the layer's input.</summary>
internal sealed class FeatureTap : IDisposable
{
    private readonly Action _remove;
    private Tensor? _scale;

    /// <param name="layer">The layer that gives the output.</param>
    public FeatureTap(Linear layer) => _remove = layer.register_forward_pre_hook((module, input) =>
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        _scale?.Dispose();
        var squares = input.detach().to(ScalarType.Float32).square().sum(1);
        _scale = (module is Linear { bias: not null } ? squares + 1 : squares).sqrt().DetachFromDisposeScope();
        return input;
    }).remove;

    /// <summary>√(‖h‖² + 1), without the 1 where the layer has no bias, of what came through last, [samples]; belongs to the current scope.</summary>
    public Tensor Take()
    {
        using var silent = no_grad();
        return _scale?.alias() ?? throw new InvalidOperationException("the network computed its output without its last layer being called; a module calls its parts by call, not by forward.");
    }

    public void Dispose()
    {
        _remove();
        _scale?.Dispose();
    }
}
