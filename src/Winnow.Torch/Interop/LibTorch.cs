using System.Runtime.InteropServices;

namespace Winnow.Torch.Interop;

/// <summary>The functions of libtorch itself that TorchSharp doesn't reach, by their exported names; any of them may be missing in another libtorch.</summary>
internal static unsafe class LibTorch
{
    /// <summary>The libtorch that is loaded; 0 before that.</summary>
    public static nint Handle { get; set; }

    /// <summary>The address of an exported function; 0 where this libtorch has none of that name.</summary>
    public static nint Export(string name) => Handle != 0 && NativeLibrary.TryGetExport(Handle, name, out var address) ? address : 0;
}
