using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using Winnow.Torch.Interop;
using static TorchSharp.torch;

namespace Winnow.Torch.Distributed;

/// <summary>Where the elements of tensors lie.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The first element's address, on the tensor's device.</summary>
    /// <param name="tensor">Has elements, in order and without gaps; holds the memory as long as it isn't released.</param>
    public static nint Address(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            return DeviceAddress(tensor);
        }

        // Spans end at 2^31 bytes.
        using var first = tensor.view(-1).narrow(0, 0, 1);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>The same for any device, from libtorch itself: TorchSharp gives out the processor's memory only.</summary>
    internal static nint DeviceAddress(Tensor tensor)
    {
        var ask = (delegate* unmanaged<nint, nint*, int>)LibTorch.Export("aoti_torch_get_data_ptr");
        nint address = 0;
        return ask is not null && ask(tensor.Handle, &address) == 0
            ? address
            : throw new NotSupportedException($"this libtorch doesn't tell where tensors of {tensor.device_type} lie; exchange tensors of the processor.");
    }
}
