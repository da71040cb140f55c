using System.Runtime.InteropServices;
using System.Text;
using Winnow.Torch.Interop;

namespace Winnow.Torch.Tests.Support;

/// <summary>
/// The store of the libtorch at hand, such as its torchrun would open: <c>c10d::TCPStore</c>, by the C++ constructor's and destructor's symbols, since nothing
/// else leads to it. What is passed to them is laid out as libtorch 2.10's headers and libstdc++ do.
/// </summary>
internal sealed unsafe class LibTorchStore : IDisposable
{
    private const string Class = "_ZN4c10d8TCPStore", Constructor = Class + "C1ENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERKNS_15TCPStoreOptionsE", Destructor = Class + "D1Ev";

    private readonly void* _store = NativeMemory.AllocZeroed(1 << 14);

    public LibTorchStore(int port, bool libuv)
    {
        var options = stackalloc byte[56];
        new Span<byte>(options, 56).Clear();
        *(ushort*)options = (ushort)port;
        options[2] = 1; // is the server
        *(long*)(options + 32) = 20_000; // milliseconds
        options[52] = (byte)(libuv ? 1 : 0);

        // A short std::string: where its characters are, how many, and they themselves.
        var host = stackalloc byte[32];
        new Span<byte>(host, 32).Clear();
        *(byte**)host = host + 16;
        *(long*)(host + 8) = Encoding.ASCII.GetBytes("127.0.0.1", new Span<byte>(host + 16, 16));
        ((delegate* unmanaged<void*, void*, void*, void>)LibTorch.Export(Constructor))(_store, host, options);
    }

    /// <summary>Why there is none; null where there is.</summary>
    public static string? Missing { get; } = TorchAvailability.Reason
        ?? (TorchRuntime.Version.StartsWith("2.10.", StringComparison.Ordinal) && LibTorch.Export(Constructor) != 0 ? null : $"libtorch {TorchRuntime.Version} isn't the one whose store is known");

    public void Dispose()
    {
        ((delegate* unmanaged<void*, void>)LibTorch.Export(Destructor))(_store);
        NativeMemory.Free(_store);
    }
}

/// <summary>A theory that needs libtorch's own store; skipped, with the reason in the report, where it isn't known.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibTorchStoreTheoryAttribute : TheoryAttribute
{
    /// <param name="ranks">Whether it needs process groups, too.</param>
    public LibTorchStoreTheoryAttribute(bool ranks = false) => Skip = (LibTorchStore.Missing ?? (ranks ? Ranks.Missing : null))!;
}
