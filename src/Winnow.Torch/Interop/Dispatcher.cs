using System.Text;

namespace Winnow.Torch.Interop;

/// <summary>
/// libtorch's stable C interface, by which any operator can be called by its name: every argument and result is a 64-bit word. Tensors and
/// lists are handed over, so every call makes handles of its own (<c>torch/csrc/stable</c>, since libtorch 2.10).
/// </summary>
internal static unsafe class Dispatcher
{
    // The version that this file was written against: libtorch converts words by it.
    private const ulong AbiVersion = (2UL << 56) | (10UL << 48);

    private static readonly delegate* unmanaged<byte*, byte*, ulong*, ulong, int> s_call = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)LibTorch.Export("torch_call_dispatcher");
    private static readonly delegate* unmanaged<nint, nint*, int> s_newHandle = (delegate* unmanaged<nint, nint*, int>)LibTorch.Export("aoti_torch_new_tensor_handle");
    private static readonly delegate* unmanaged<nuint, nint*, int> s_newList = (delegate* unmanaged<nuint, nint*, int>)LibTorch.Export("torch_new_list_reserve_size");
    private static readonly delegate* unmanaged<nint, ulong, int> s_pushBack = (delegate* unmanaged<nint, ulong, int>)LibTorch.Export("torch_list_push_back");

    /// <summary>Whether this libtorch has the interface.</summary>
    public static bool IsAvailable => s_call is not null && s_newHandle is not null && s_newList is not null && s_pushBack is not null;

    /// <summary>Calls an operator; results, if it has any, overwrite the first words.</summary>
    /// <param name="name">Such as <c>aten::_fused_sgd_</c>, ending with a zero.</param>
    /// <param name="arguments">All arguments of its schema in order, and room for its results.</param>
    /// <exception cref="InvalidOperationException">libtorch refused.</exception>
    public static void Call(ReadOnlySpan<byte> name, Span<ulong> arguments)
    {
        byte none = 0;
        fixed (byte* text = name)
        fixed (ulong* stack = arguments)
        {
            if (s_call(text, &none, stack, AbiVersion) != 0)
            {
                throw new InvalidOperationException($"libtorch's operator {Encoding.UTF8.GetString(name[..^1])} failed; libtorch wrote the reason to standard error.");
            }
        }
    }

    /// <summary>A list of tensors, given by their native handles, as an argument.</summary>
    public static ulong List(ReadOnlySpan<nint> tensors)
    {
        nint list;
        Check(s_newList((nuint)tensors.Length, &list));
        foreach (var tensor in tensors)
        {
            nint own;
            Check(s_newHandle(tensor, &own));
            Check(s_pushBack(list, (ulong)own));
        }

        return (ulong)list;
    }

    /// <summary>A real number as an argument.</summary>
    public static ulong Real(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>A truth value as an argument.</summary>
    public static ulong Boolean(bool value) => value ? 1UL : 0;

    /// <summary>No value, for an optional argument.</summary>
    public static ulong None => 0;

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException("libtorch's stable interface refused a handle; libtorch wrote the reason to standard error.");
        }
    }
}
