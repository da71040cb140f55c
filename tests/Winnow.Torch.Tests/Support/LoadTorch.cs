using System.Runtime.CompilerServices;

namespace Winnow.Torch.Tests.Support;

internal static class LoadTorch
{
    /// <summary>Before any test names a device: TorchSharp would look for libtorch by itself.</summary>
    [ModuleInitializer]
    internal static void Load() => TorchRuntime.Load();
}
