using System.Runtime.CompilerServices;
using Winnow.Torch;

namespace Winnow.Onnx.Tests;

internal static class LoadTorch
{
    /// <summary>Before any test names a device: TorchSharp would look for libtorch by itself.</summary>
    [ModuleInitializer]
    internal static void Load() => TorchRuntime.Load();
}
