using System.Runtime.InteropServices;

namespace Winnow.Torch.Interop;

/// <summary>What a <see cref="Value"/> holds; the numbers of winnow_torch.h.</summary>
internal enum ValueTag
{
    None,
    Tensor,
    Integer,
    Real,
    Boolean,
    String,
    Integers,
    Reals,
    Tensors,
    Device,
    Default,
    Other,
}

/// <summary>One argument or result of an operator as the native library reads it: 16 bytes, blittable.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Value
{
    /// <summary>What <see cref="Bits"/> means.</summary>
    public int Tag;

    /// <summary>Elements of a list, bytes of a string, or the type of a device.</summary>
    public int Count;

    /// <summary>The integer, the double's bits, or a pointer.</summary>
    public long Bits;
}

/// <summary>Everything about a tensor but its sizes, in one crossing.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    public long Elements;
    public long ElementSize;
    public int ScalarType;
    public int DeviceType;
    public int DeviceIndex;
    public int Dimensions;
    public int RequiresGrad;
    public int IsLeaf;
}
