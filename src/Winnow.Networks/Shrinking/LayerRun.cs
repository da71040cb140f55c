using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>One run of a network on the samples of its trace: what each layer gave, and the outputs.</summary>
internal sealed class LayerRun : IDisposable
{
    private readonly List<(Layer Layer, Tensor Output)> _layers = [];
    private Tensor[] _outputs = [];

    private LayerRun()
    {
    }

    /// <summary>Multiplications with additions for one sample.</summary>
    public long Macs { get; private set; }

    /// <summary>Runs the network as it is.</summary>
    /// <param name="trace">The network and its samples.</param>
    /// <param name="cut">What was cut; null where layers' outputs needn't be kept.</param>
    public static LayerRun Of(NetworkTrace trace, ChannelCut? cut) => cut is null ? Run(trace, keep: false, "as it is now. Give samples that it takes.", static (_, _) => null)
        : Run(trace, keep: true, "with fewer channels. Its code may hold a number of channels or heads. Nothing was changed; leave the groups around that layer as they are.", static (_, _) => null);

    /// <summary>Runs a network that blocks were taken out of.</summary>
    public static LayerRun Without(NetworkTrace trace) => Run(trace, keep: false, "without those blocks. Nothing was changed; leave the Sequential that holds them as it is.", static (_, _) => null);

    /// <summary>Masks the network and runs it; norms over channels take their statistics over those that stay.</summary>
    public static LayerRun Masked(ChannelCut cut)
    {
        cut.Mask();
        return Run(cut.Trace, keep: true, "with channels at zero. Nothing was changed.", (layer, input) => layer.Normalises && cut.KeptOutputs(layer) is { } kept ? Normalise(layer, input, kept) : null);
    }

    /// <summary>Whether an output is infinite or none.</summary>
    public bool NotFinite
    {
        get
        {
            using var scope = NewDisposeScope();
            return _outputs.Any(static output => !output.isfinite().all().ToBoolean());
        }
    }

    /// <summary>The largest difference between two runs' outputs, as a share of the largest output.</summary>
    public double Difference(LayerRun other) => _outputs.Zip(other._outputs).Select(static pair => Difference(pair.First, pair.Second)).DefaultIfEmpty(0).Max();

    /// <summary>Where a smaller network's layers first give something else than this masked one's.</summary>
    public string FirstDifferent(LayerRun smaller, ChannelCut cut, double tolerance)
    {
        using var silent = no_grad();
        foreach (var ((layer, whole), (_, part)) in _layers.Zip(smaller._layers))
        {
            using var scope = NewDisposeScope();
            var kept = cut.KeptOutputs(layer);
            var same = kept is null ? whole : whole.index_select(layer.Axis, AlongAxis.Places(kept, whole.device));
            if (!same.shape.SequenceEqual(part.shape) || Difference(same, part) > tolerance)
            {
                return $"the first layer that gives something else is \"{layer.Name}\"";
            }
        }

        return "all layers give the same";
    }

    public void Dispose()
    {
        foreach (var tensor in _layers.Select(static entry => entry.Output).Concat(_outputs))
        {
            tensor.Dispose();
        }
    }

    /// <param name="trace">The network and its samples.</param>
    /// <param name="keep">Whether what layers give is kept.</param>
    /// <param name="told">How it was run and what to do, where it can't be.</param>
    /// <param name="replace">Gives something else for what a layer gives; null for that itself.</param>
    private static LayerRun Run(NetworkTrace trace, bool keep, string told, Func<Layer, Tensor, Tensor?> replace)
    {
        var run = new LayerRun();
        var last = "its first layer";
        using var silent = no_grad();
        try
        {
            using var hooks = new LayerHooks(trace.Layers, before: null, (layer, input, output) =>
            {
                last = layer.Name;
                var given = replace(layer, input) ?? output;
                run.Macs += given.numel() * layer.MacsPerOutput;
                if (keep)
                {
                    run._layers.Add((layer, given.clone().DetachFromDisposeScope()));
                }

                return given;
            });
            run._outputs = [.. trace.Forward([.. trace.Samples]).Select(static output => output.detach().clone().DetachFromDisposeScope())];
            run.Macs /= trace.Samples[0].shape[0];
            return run;
        }
        catch (Exception error)
        {
            run.Dispose();
            if (error is ExternalException or ArgumentException or InvalidOperationException)
            {
                throw new NetworkPruningException($"after {last} ({error.Message.Split('\n')[0]}) the network can't be run {told}", error);
            }

            throw;
        }
    }

    private static Tensor Normalise(Layer layer, Tensor input, int[] kept)
    {
        using var scope = NewDisposeScope();
        var places = AlongAxis.Places(kept, input.device);
        var part = input.index_select(-1, places);
        Tensor given;
        if (layer.Module is LayerNorm norm)
        {
            given = nn.functional.layer_norm(part, [kept.Length], norm.weight?.index_select(0, places), norm.bias?.index_select(0, places), norm.eps);
        }
        else
        {
            // One of the user's own that scales all channels by one factor: a root of a mean of squares, over fewer of them.
            var masked = zeros_like(input).index_copy_(-1, places, part);
            given = ((nn.Module<Tensor, Tensor>)layer.Module).forward(masked).index_select(-1, places).mul_(Math.Sqrt(kept.Length / (double)layer.Outputs));
        }

        return zeros_like(input).index_copy_(-1, places, given).MoveToOuterDisposeScope();
    }

    private static double Difference(Tensor one, Tensor other)
    {
        if (!one.shape.SequenceEqual(other.shape))
        {
            return double.PositiveInfinity;
        }

        using var scope = NewDisposeScope();
        var (first, second) = (one.to(float64), other.to(float64));
        var largest = first.abs().max().ToDouble();
        var difference = first.sub(second).abs().max().ToDouble();
        return double.IsNaN(difference) ? double.PositiveInfinity : difference == 0 ? 0 : difference / largest;
    }
}
