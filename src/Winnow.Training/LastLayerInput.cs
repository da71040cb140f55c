using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>Listens at a network's last layer while it computes: what the layer is given.</summary>
internal sealed class LastLayerInput : IDisposable
{
    private readonly Linear _layer;
    private readonly Action _remove;
    private Tensor? _input;

    /// <param name="layer">The layer that gives the output.</param>
    public LastLayerInput(Linear layer)
    {
        _layer = layer;
        _remove = layer.register_forward_pre_hook((_, input) =>
        {
            using var scope = NewDisposeScope();
            using var silent = no_grad();
            _input?.Dispose();
            _input = input.detach().to(ScalarType.Float32).alias().DetachFromDisposeScope();
            return input;
        }).remove;
    }

    /// <summary>How many numbers a sample has there.</summary>
    public int Width => (int)_layer.in_features;

    /// <summary>What came through last, float32 [samples, width]; belongs to the current scope.</summary>
    public Tensor Take()
    {
        using var silent = no_grad();
        return _input?.alias() ?? throw new InvalidOperationException("the network computed its output without its last layer being called; a module calls its parts by call, not by forward.");
    }

    /// <summary>
    /// How much longer the gradient of the layer's weights and bias is than the error at its output, [samples]: √(‖h‖² + 1), without the 1 where the layer has no bias, since ∂loss/∂(W, b) is
    /// the error times the layer's input.
    /// </summary>
    public Tensor GradientScale()
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        var squares = Take().square().sum(1);
        return (_layer.bias is null ? squares : squares + 1).sqrt().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _remove();
        _input?.Dispose();
    }
}
