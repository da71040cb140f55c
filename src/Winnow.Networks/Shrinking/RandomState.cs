using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>
/// Weights that hide nothing: trained ones may be zero where it matters, such as the last norm of a residual block or a layer scale, and a wrong group behind them would
/// pass for a right one.
/// </summary>
internal static class RandomState
{
    public static void Fill(StateNames state)
    {
        using var silent = no_grad();
        using var generator = new Generator(23);
        foreach (var (name, tensor) in state.Tensors.Where(static entry => entry.Value.is_floating_point()))
        {
            using var drawn = rand(tensor.shape, dtype: tensor.dtype, device: tensor.device, generator: generator);
            if (tensor.dim() > 1)
            {
                // Uniform, of the variance that keeps the size of a signal through a ReLU (He et al. 2015).
                drawn.sub_(0.5).mul_(2 * Math.Sqrt(6.0 * tensor.shape[0] / tensor.numel()));
            }
            else if (name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("running_mean", StringComparison.Ordinal))
            {
                drawn.sub_(0.5).mul_(0.2);
            }
            else
            {
                drawn.add_(0.5);
            }

            tensor.copy_(drawn);
        }
    }
}
