using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>Tells one tensor from another, whichever of its handles one has.</summary>
internal static class TensorIdentity
{
    /// <summary>What is the same for two handles of one tensor: where libtorch keeps it, which is all that its own handle holds.</summary>
    public static nint Of(Tensor tensor) => Marshal.ReadIntPtr(tensor.Handle);
}
