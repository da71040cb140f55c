using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// How TorchScript code runs: while this lasts, this thread interprets it operator by operator, as PyTorch's <c>torch.jit.optimized_execution(False)</c> does. By
/// default libtorch watches a script's first pass and rewrites it for later ones, backward pass included: the same input then gives other last bits, and
/// dropout draws other numbers. A run that goes on from a checkpoint would begin with a first pass again. Restores what was before; nests.
/// </summary>
/// <remarks>On the processor nothing is lost by it: the operators are the same, and libtorch's packages bring no compiler that would fuse them.</remarks>
/// <example><code>using (ScriptExecution.Interpret()) { output = module.forward(input); }</code></example>
public unsafe ref struct ScriptExecution
{
    internal const string Name = "plain TorchScript";

    private readonly byte _before;
    private bool _active;

    private ScriptExecution(byte before) => (_before, _active) = (before, true);

    /// <summary>Whether this libtorch can be asked for it; where it can't, scripts run as libtorch sees fit.</summary>
    public static bool IsAvailable => TorchRuntime.Has(Name);

    /// <summary>Enters the mode until the result is disposed.</summary>
    public static ScriptExecution Interpret()
    {
        if (!IsAvailable)
        {
            return default;
        }

        var mode = new ScriptExecution(Exports.IsOptimizing());
        Exports.SetOptimizing(0);
        return mode;
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        if (_active)
        {
            _active = false;
            Exports.SetOptimizing(_before);
        }
    }

    /// <summary>Enters the mode and leaves it again.</summary>
    internal static Gap Test()
    {
        if (Exports.SetOptimizing is null || Exports.IsOptimizing is null)
        {
            return new Gap(Name, GapState.Unavailable, "this libtorch can't be asked for it; TorchScript files may go on after a stop with other last bits");
        }

        var before = Exports.IsOptimizing();
        Exports.SetOptimizing(0);
        var inside = Exports.IsOptimizing();
        Exports.SetOptimizing(before);
        return (inside, Exports.IsOptimizing()) == (0, before)
            ? new Gap(Name, GapState.InUse, "scripts are interpreted, the first pass like all others")
            : new Gap(Name, GapState.Unavailable, "libtorch doesn't heed it; TorchScript files may go on after a stop with other last bits");
    }

    // As in Autocast: looked up when first used, after libtorch was loaded; Itanium names, which other compilers' libtorch doesn't have.
    private static class Exports
    {
        public static readonly delegate* unmanaged<byte, void> SetOptimizing = (delegate* unmanaged<byte, void>)LibTorch.Export("_ZN5torch3jit24setGraphExecutorOptimizeEb");
        public static readonly delegate* unmanaged<byte> IsOptimizing = (delegate* unmanaged<byte>)LibTorch.Export("_ZN5torch3jit24getGraphExecutorOptimizeEv");

        static Exports()
        {
        }
    }
}
