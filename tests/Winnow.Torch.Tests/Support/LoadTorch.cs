using System.Runtime.CompilerServices;

namespace Winnow.Torch.Tests.Support;

internal static class LoadTorch
{
    /// <summary>Set where this assembly runs as a program, which loads what it needs by itself and in an order of its own.</summary>
    public const string Program = "WINNOW_TEST_PROGRAM";

    /// <summary>Before any test names a device: TorchSharp would look for libtorch by itself.</summary>
    [ModuleInitializer]
    internal static void Load()
    {
        if (Environment.GetEnvironmentVariable(Program) is null)
        {
            TorchRuntime.Load();
        }
    }
}
