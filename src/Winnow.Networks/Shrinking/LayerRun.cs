using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>One run of a network on the samples of its trace: what each layer gave, and the outputs.</summary>
internal sealed class LayerRun : IDisposable
{
    [ThreadStatic]
    private static string? s_last;

    private readonly List<(Layer Layer, Tensor Output)> _layers = [];
    private Tensor[] _outputs = [];

    private LayerRun()
    {
    }

    /// <summary>The layer that ran last on this thread; null before the first.</summary>
    public static string? Last => s_last;

    /// <summary>Multiplications with additions for one sample.</summary>
    public long Macs { get; private set; }

    /// <summary>Runs the network as it is.</summary>
    /// <param name="trace">The network and its samples.</param>
    /// <param name="cut">What was cut; null where layers' outputs needn't be kept.</param>
    public static LayerRun Of(NetworkTrace trace, ChannelCut? cut) => Run(trace, cut is not null, static (_, _) => null);

    /// <summary>Masks the network and runs it; norms over channels take their statistics over those that stay.</summary>
    public static LayerRun Masked(ChannelCut cut)
    {
        cut.Mask();
        return Run(cut.Trace, keep: true, (layer, input) => layer.Normalises && cut.KeptOutputs(layer) is { } kept ? Normalise(layer, input, kept) : null);
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
            var same = kept is null ? whole : whole.index_select(layer.Axis, tensor(Array.ConvertAll(kept, static index => (long)index), device: whole.device));
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

    private static LayerRun Run(NetworkTrace trace, bool keep, Func<Layer, Tensor, Tensor?> replace)
    {
        var run = new LayerRun();
        var hooks = new List<Action>();
        s_last = null;
        using var silent = no_grad();
        try
        {
            foreach (var layer in trace.Layers)
            {
                if (layer.Module is not nn.Module<Tensor, Tensor> module)
                {
                    continue;
                }

                hooks.Add(module.register_forward_hook((_, input, output) =>
                {
                    s_last = layer.Name;
                    var given = replace(layer, input) ?? output;
                    run.Macs += given.numel() * MacsPerOutput(layer);
                    if (keep)
                    {
                        run._layers.Add((layer, given.clone().DetachFromDisposeScope()));
                    }

                    return given;
                }).remove);
            }

            run._outputs = [.. trace.Forward([.. trace.Samples]).Select(static output => output.detach().clone().DetachFromDisposeScope())];
            run.Macs /= trace.Samples[0].shape[0];
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
        finally
        {
            hooks.ForEach(static remove => remove());
        }
    }

    private static long MacsPerOutput(Layer layer) => layer.MacsPerOutput == 0 ? 0 : layer.Module switch
    {
        Convolution { transposed: true } conv => conv.weight!.numel() / conv.weight.shape[1],
        Convolution conv => conv.weight!.numel() / conv.weight.shape[0],
        Linear linear => linear.weight!.shape[1],
        _ => 0,
    };

    private static Tensor Normalise(Layer layer, Tensor input, int[] kept)
    {
        using var scope = NewDisposeScope();
        var places = tensor(Array.ConvertAll(kept, static index => (long)index), device: input.device);
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
