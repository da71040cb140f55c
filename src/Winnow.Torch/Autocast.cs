using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// While it lasts, operators of this thread that gain by it (convolutions, matrix products) run in a shorter floating-point type; parameters
/// and gradients stay as they are. Put it around the forward pass and the loss, not the backward pass. Restores what was before; nests.
/// </summary>
public ref struct Autocast
{
    nint _mode;

    Autocast(nint mode) => _mode = mode;

    /// <summary>Enters the mode until the result is disposed.</summary>
    /// <param name="device">The device whose operators shall be converted.</param>
    /// <param name="type">
    /// <see cref="ScalarType.BFloat16"/>, on CUDA also <see cref="ScalarType.Float16"/>; <see cref="ScalarType.Float32"/> turns conversion off.
    /// </param>
    /// <exception cref="ArgumentException">The type cannot be used for this on that device.</exception>
    public static Autocast Enter(Device device, ScalarType type)
    {
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16) && !(type == ScalarType.Float16 && device.Type == DeviceType.Cuda))
        {
            throw new ArgumentException(
                $"Autocast on {device} cannot use {type}; use BFloat16, Float32 to turn it off, or on cuda Float16.", nameof(type));
        }

        TorchRuntime.PrepareThread();
        var on = type != ScalarType.Float32;
        Native.Check(Native.winnow_autocast_enter(
            (int)device.Type, on ? 1 : 0, (int)(on ? type : ScalarType.BFloat16), out var mode));
        return new Autocast(mode);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        var mode = _mode;
        _mode = 0;
        if (mode != 0)
        {
            Native.Check(Native.winnow_autocast_exit(mode));
        }
    }
}
