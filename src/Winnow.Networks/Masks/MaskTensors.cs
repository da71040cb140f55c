using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Masks;

/// <summary>Masks as tensors, and tensors as masks.</summary>
public static class MaskTensors
{
    /// <summary>The mask as a tensor of truth values, true = keep, in the parameter's shape.</summary>
    /// <param name="mask">At most <see cref="Array.MaxLength"/> elements.</param>
    /// <param name="device">Where it shall be; null for the processor.</param>
    /// <returns>The caller's to dispose of.</returns>
    public static Tensor ToTensor(this Mask mask, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var tensor = TensorData.FromSpan<bool>(mask.ToArray()).reshape([.. mask.Shape]);
        return device is null || device.type == TorchSharp.DeviceType.CPU ? tensor : tensor.to(device, disposeAfter: true);
    }

    /// <summary>A mask that keeps what isn't 0: of a tensor of truth values what is true, of pruned weights the survivors (a survivor of 0 counts as pruned; NaN is kept).</summary>
    /// <param name="tensor">Any element type, shape and device; stays the caller's.</param>
    /// <param name="name">The parameter's name, not empty.</param>
    public static Mask ToMask(this Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var keep = tensor.dtype == ScalarType.Bool ? tensor : tensor.ne(0);
        return Mask.OfShape(name, keep.ToArray<bool>(), tensor.shape);
    }
}
