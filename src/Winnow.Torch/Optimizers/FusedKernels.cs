using Winnow.Torch.Interop;
using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>
/// libtorch's optimiser steps over all parameters in one call, which TorchSharp doesn't reach: it takes a step by a dozen calls for each
/// parameter, 0.3 to 1 ms a step for a small network.
/// </summary>
internal static class FusedKernels
{
    /// <summary>Whether this libtorch has them and they passed their test.</summary>
    public static bool AreInUse => TorchRuntime.Has(TorchRuntime.FusedName);

    /// <summary><c>aten::_fused_sgd_</c>: momentum buffers begin as zeros, which makes the first step no special case.</summary>
    public static void Sgd(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> ready, SgdOptions options, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var rows = MemoryRows.Of(ready, out var others);
        PlainSteps.Sgd(others, options, learningRate);
        if (rows.Count == 0)
        {
            return;
        }

        Span<ulong> arguments =
        [
            Parameters(rows), Gradients(rows), options.Momentum > 0 ? Remembered(rows, 0) : Dispatcher.List([]),
            Dispatcher.Real(options.WeightDecay), Dispatcher.Real(options.Momentum), Dispatcher.Real(learningRate), Dispatcher.Real(0),
            Dispatcher.Boolean(options.Nesterov && options.Momentum > 0), Dispatcher.Boolean(false), Dispatcher.Boolean(false), Dispatcher.None, Dispatcher.None,
        ];
        Dispatcher.Call("aten::_fused_sgd_\0"u8, arguments);
        GC.KeepAlive(rows);
    }

    /// <summary><c>aten::_fused_adamw_</c>.</summary>
    /// <param name="ready">Parameters, gradients, means and mean squares.</param>
    /// <param name="options">The settings.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="step">The number of this step, from 1.</param>
    public static void AdamW(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> ready, AdamWOptions options, double learningRate, long step)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var rows = MemoryRows.Of(ready, out var others);
        PlainSteps.AdamW(others, options, learningRate, step);
        if (rows.Count == 0)
        {
            return;
        }

        Span<nint> steps = new nint[rows.Count];
        var number = tensor((float)step, device: rows[0].Parameter.device);
        steps.Fill(number.Handle);
        Span<ulong> arguments =
        [
            Parameters(rows), Gradients(rows), Remembered(rows, 0), Remembered(rows, 1), Dispatcher.List([]), Dispatcher.List(steps),
            Dispatcher.Real(learningRate), Dispatcher.Real(options.Beta1), Dispatcher.Real(options.Beta2), Dispatcher.Real(options.WeightDecay), Dispatcher.Real(options.Epsilon),
            Dispatcher.Boolean(false), Dispatcher.Boolean(false), Dispatcher.None, Dispatcher.None,
        ];
        Dispatcher.Call("aten::_fused_adamw_\0"u8, arguments);
        GC.KeepAlive(rows);
        GC.KeepAlive(number);
    }

    /// <summary>Two steps of each beside the plain ones.</summary>
    internal static Gap Test()
    {
        if (!Dispatcher.IsAvailable)
        {
            return new Gap(TorchRuntime.FusedName, GapState.Unavailable, "this libtorch has no stable interface to call them by; steps are made of single operators");
        }

        try
        {
            using var scope = NewDisposeScope();
            using var silent = no_grad();
            var (sgd, adamW) = (new SgdOptions { Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 }, new AdamWOptions());
            var equal = true;
            for (var kind = 0; kind < 2; kind++)
            {
                var (fused, plain) = (Example(), Example());
                for (var step = 1; step <= 2; step++)
                {
                    if (kind == 0)
                    {
                        Sgd(fused, sgd, 0.1);
                        PlainSteps.Sgd(plain, sgd, 0.1);
                    }
                    else
                    {
                        AdamW(fused, adamW, 0.1, step);
                        PlainSteps.AdamW(plain, adamW, 0.1, step);
                    }
                }

                equal &= fused.Zip(plain).All(static pair => allclose(pair.First.Parameter, pair.Second.Parameter) && !allclose(pair.First.Parameter, ones(5)));
            }

            return equal
                ? new Gap(TorchRuntime.FusedName, GapState.InUse, "libtorch's, one call a step")
                : new Gap(TorchRuntime.FusedName, GapState.Unavailable, "libtorch's give other numbers than single operators, which are used");
        }
        catch (InvalidOperationException error)
        {
            return new Gap(TorchRuntime.FusedName, GapState.Unavailable, $"{error.Message} Steps are made of single operators");
        }

        static List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> Example() =>
            [.. Enumerable.Range(1, 2).Select(static k => (ones(5), arange(5, dtype: ScalarType.Float32) - k, new[] { zeros(5), zeros(5) }))];
    }

    private static ulong Parameters(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> rows) => Dispatcher.List([.. rows.Select(static one => one.Parameter.Handle)]);

    private static ulong Gradients(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> rows) => Dispatcher.List([.. rows.Select(static one => one.Gradient.Handle)]);

    private static ulong Remembered(List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> rows, int what) => Dispatcher.List([.. rows.Select(one => one.State[what].Handle)]);
}
