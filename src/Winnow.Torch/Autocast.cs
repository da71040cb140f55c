using TorchSharp;
using Winnow.Torch.Interop;
using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>
/// While it lasts, operators of this thread that gain by it (convolutions, matrix products) run in a shorter floating-point type; parameters
/// and gradients stay as they are. Put it around the forward pass and the loss, not the backward pass. Restores what was before; nests.
/// </summary>
/// <remarks>TorchSharp has no autocast; this calls libtorch's own.</remarks>
/// <example><code>using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16)) { loss = …; }</code></example>
public unsafe ref struct Autocast
{
    private readonly sbyte _device;
    private readonly byte _enabled;
    private readonly sbyte _type;
    private bool _active;

    private Autocast(DeviceType device, ScalarType type)
    {
        _device = (sbyte)device;
        (_enabled, _type, _active) = (Exports.IsEnabled(_device), Exports.GetDtype(_device), true);
        Exports.SetEnabled(_device, type == ScalarType.Float32 ? (byte)0 : (byte)1);
        if (type != ScalarType.Float32)
        {
            Exports.SetDtype(_device, (sbyte)type);
        }

        _ = Exports.Increment();
    }

    /// <summary>Whether this libtorch has it; where it hasn't, everything is computed in the tensors' own types.</summary>
    public static bool IsAvailable => TorchRuntime.Has(TorchRuntime.AutocastName);

    /// <summary>Enters the mode until the result is disposed.</summary>
    /// <param name="device">The kind of device whose operators shall be converted.</param>
    /// <param name="type">
    /// <see cref="ScalarType.BFloat16"/>, on CUDA also <see cref="ScalarType.Float16"/>; <see cref="ScalarType.Float32"/> turns conversion off.
    /// </param>
    /// <exception cref="ArgumentException">The type cannot be used for this on that device.</exception>
    /// <exception cref="NotSupportedException">A conversion is asked for, and this libtorch has no autocast that can be reached.</exception>
    public static Autocast Enter(DeviceType device, ScalarType type)
    {
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16) && !(type == ScalarType.Float16 && device == DeviceType.CUDA))
        {
            throw new ArgumentException($"Autocast on {device} cannot use {type}; use BFloat16, Float32 to turn it off, or on CUDA Float16.", nameof(type));
        }

        if (!IsAvailable)
        {
            return type == ScalarType.Float32 ? default : throw new NotSupportedException($"Autocast to {type} isn't available: {TorchRuntime.Detail(TorchRuntime.AutocastName)}. Use float32.");
        }

        return new Autocast(device, type);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        if (!_active)
        {
            return;
        }

        _active = false;
        if (Exports.Decrement() == 0)
        {
            // Shortened copies of the parameters are kept while the mode lasts; after a step they are out of date.
            Exports.ClearCache();
        }

        Exports.SetEnabled(_device, _enabled);
        Exports.SetDtype(_device, _type);
    }

    /// <summary>Multiplies two small matrices under autocast and looks at the type of what comes of it.</summary>
    internal static Gap Test()
    {
        if (Exports.SetEnabled is null || Exports.IsEnabled is null || Exports.SetDtype is null || Exports.GetDtype is null || Exports.Increment is null || Exports.Decrement is null || Exports.ClearCache is null)
        {
            return new Gap(TorchRuntime.AutocastName, GapState.Unavailable, "this libtorch exports none that can be called; float32 is used");
        }

        using var scope = NewDisposeScope();
        using var silent = no_grad();
        ScalarType inside, after;
        var (left, right) = (ones(2, 2), ones(2, 2));
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            inside = left.matmul(right).dtype;
        }

        after = left.matmul(right).dtype;
        return (inside, after) == (ScalarType.BFloat16, ScalarType.Float32)
            ? new Gap(TorchRuntime.AutocastName, GapState.InUse, "libtorch's own, called directly")
            : new Gap(TorchRuntime.AutocastName, GapState.Unavailable, $"a product under autocast was {inside} and afterwards {after}; float32 is used");
    }

    // In a class of their own with a constructor, so that they are looked up when the first of them is used: after libtorch was loaded.
    private static class Exports
    {
        // Itanium names, as GCC and Clang make them; other compilers' libtorch has none of these, and then there is no autocast.
        public static readonly delegate* unmanaged<sbyte, byte, void> SetEnabled = (delegate* unmanaged<sbyte, byte, void>)LibTorch.Export("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb");
        public static readonly delegate* unmanaged<sbyte, byte> IsEnabled = (delegate* unmanaged<sbyte, byte>)LibTorch.Export("_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE");
        public static readonly delegate* unmanaged<sbyte, sbyte, void> SetDtype = (delegate* unmanaged<sbyte, sbyte, void>)LibTorch.Export("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");
        public static readonly delegate* unmanaged<sbyte, sbyte> GetDtype = (delegate* unmanaged<sbyte, sbyte>)LibTorch.Export("_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE");
        public static readonly delegate* unmanaged<int> Increment = (delegate* unmanaged<int>)LibTorch.Export("_ZN2at8autocast17increment_nestingEv");
        public static readonly delegate* unmanaged<int> Decrement = (delegate* unmanaged<int>)LibTorch.Export("_ZN2at8autocast17decrement_nestingEv");
        public static readonly delegate* unmanaged<void> ClearCache = (delegate* unmanaged<void>)LibTorch.Export("_ZN2at8autocast11clear_cacheEv");

        static Exports()
        {
        }
    }
}
