using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>How the inputs of a layer go over into its outputs.</summary>
internal enum LayerKind
{
    /// <summary>Every output is made of every input: convolution, linear, embedding.</summary>
    Mixing,

    /// <summary>An output is made of the input of the same place: batch norm, a scale, layer norm.</summary>
    Alike,

    /// <summary>Channels come in blocks of equal size, and an output is made of the inputs of its block: grouped convolutions, group norm.</summary>
    Blocks,

    /// <summary>Nobody knows: recurrent networks and other native code.</summary>
    Opaque,
}

/// <summary>A module with weights of its own, as tracing sees it.</summary>
internal sealed class Layer
{
    private Layer(string name, nn.Module module) => (Name, Module) = (name, module);

    public string Name { get; }

    public nn.Module Module { get; }

    public LayerKind Kind { get; private init; }

    /// <summary>The axis of channels, of inputs and outputs; negative from the end.</summary>
    public int Axis { get; private init; }

    /// <summary>Channels in; 0 where the inputs are numbers of rows.</summary>
    public int Inputs { get; private init; }

    public int Outputs { get; private init; }

    /// <summary>Blocks that channels come in; 1 for none.</summary>
    public int BlockCount { get; private init; } = 1;

    /// <summary>Whether its statistics are taken over the channels, so that fewer of them change the rest.</summary>
    public bool Normalises { get; private init; }

    /// <summary>The tensors of which an output channel owns a slice: name within the module, axis.</summary>
    public (string Name, int Axis)[] OutputTensors { get; private init; } = [];

    /// <summary>The tensors of which an input channel owns a slice.</summary>
    public (string Name, int Axis)[] InputTensors { get; private init; } = [];

    /// <summary>Multiplications with additions for each number that comes out, with the weights as they are now.</summary>
    public long MacsPerOutput => (Kind, Module) switch
    {
        (LayerKind.Opaque, _) => 0,
        (_, Convolution { transposed: true } back) => back.weight!.numel() / back.weight.shape[1],
        (_, Convolution conv) => conv.weight!.numel() / conv.weight.shape[0],
        (_, Linear linear) => linear.weight!.shape[1],
        _ => 0,
    };

    /// <summary>What is known of a module; null where it is no layer but holds others, or nothing.</summary>
    public static Layer? Of(string name, nn.Module module)
    {
        switch (module)
        {
            case ConvolutionTranspose or Convolution { transposed: true }:
                var back = (Convolution)module;
                return back.groups == 1
                    ? new(name, module) { Kind = LayerKind.Mixing, Axis = 1, Inputs = (int)back.in_channels, Outputs = (int)back.out_channels, OutputTensors = WithBias(back.bias, ("weight", 1)), InputTensors = [("weight", 0)] }
                    : new(name, module) { Kind = LayerKind.Opaque, Axis = 1, Inputs = (int)back.in_channels, Outputs = (int)back.out_channels };
            case Convolution conv:
                return new(name, module)
                {
                    Kind = conv.groups == 1 ? LayerKind.Mixing : LayerKind.Blocks,
                    Axis = 1,
                    Inputs = (int)conv.in_channels,
                    Outputs = (int)conv.out_channels,
                    BlockCount = (int)conv.groups,
                    OutputTensors = WithBias(conv.bias, ("weight", 0)),
                    InputTensors = conv.groups == 1 ? [("weight", 1)] : [],
                };
            case Linear linear:
                return new(name, module) { Kind = LayerKind.Mixing, Axis = -1, Inputs = (int)linear.weight!.shape[1], Outputs = (int)linear.weight!.shape[0], OutputTensors = WithBias(linear.bias, ("weight", 0)), InputTensors = [("weight", 1)] };
            case Embedding table:
                return new(name, module) { Kind = LayerKind.Mixing, Axis = -1, Outputs = (int)table.weight!.shape[1], OutputTensors = [("weight", 1)] };
            case NormBase norm:
                return Alike(name, module, 1, (int)norm.num_features);
            case GroupNorm groups when Own(module).Length > 0:
                var channels = (int)groups.weight!.shape[0];
                return new(name, module) { Kind = LayerKind.Blocks, Axis = 1, Inputs = channels, Outputs = channels, BlockCount = (int)groups.num_groups, OutputTensors = [("weight", 0), ("bias", 0)] };
            case LayerNorm { normalized_shape.Length: 1 } norm:
                return Alike(name, module, -1, (int)norm.normalized_shape[0], normalises: true);
            case PReLU { num_parameters: > 1 } slopes:
                return Alike(name, module, 1, (int)slopes.num_parameters);
        }

        // A module of the user's with vectors of one length and nothing inside: a norm or a scale of their own, if it behaves like one.
        var own = Own(module);
        return own.Length > 0 && module is nn.Module<Tensor, Tensor> small && !module.named_children().Any() && own.All(entry => entry.Tensor.dim() == 1 && entry.Tensor.shape[0] == own[0].Tensor.shape[0])
            && Probe((int)own[0].Tensor.shape[0], small) is { } normalises ? Alike(name, module, -1, (int)own[0].Tensor.shape[0], normalises) : null;
    }

    /// <summary>The state that a module holds itself, names within it.</summary>
    public static (string Name, Tensor Tensor)[] Own(nn.Module module) =>
    [
        .. module.named_parameters(recurse: false).Select(static entry => (entry.name, (Tensor)entry.parameter)),
        .. module.named_buffers(recurse: false).Where(static entry => entry.buffer.is_floating_point()).Select(static entry => (entry.name, entry.buffer)),
    ];

    private static Layer Alike(string name, nn.Module module, int axis, int channels, bool normalises = false) => new(name, module)
    {
        Kind = LayerKind.Alike,
        Axis = axis,
        Inputs = channels,
        Outputs = channels,
        Normalises = normalises,
        OutputTensors = [.. Own(module).Select(static entry => (entry.Name, 0))],
    };

    private static (string Name, int Axis)[] WithBias(Tensor? bias, (string Name, int Axis) weight) => bias is null ? [weight] : [weight, ("bias", 0)];

    /// <summary>Whether taking one channel away leaves the others as they were (false) or scales them all by one factor (true); null for anything else.</summary>
    private static bool? Probe(int channels, nn.Module<Tensor, Tensor> module)
    {
        if (channels < 3)
        {
            return null;
        }

        try
        {
            using var silent = no_grad();
            using var scope = NewDisposeScope();
            var full = arange(channels, dtype: float32).add(1).div(channels).expand(1, 8, channels).contiguous();
            var less = full.clone();
            less[TensorIndex.Colon, TensorIndex.Colon, 0].zero_();
            var (one, other) = (module.call(full), module.call(less));
            if (!one.shape.SequenceEqual(full.shape) || !other.shape.SequenceEqual(full.shape))
            {
                return null;
            }

            // Where weights are zero, nothing shows; nothing is claimed then.
            var (before, after) = (one[0, 0].to(float64).data<double>().ToArray(), other[0, 0].to(float64).data<double>().ToArray());
            if (before.Skip(1).Any(static value => value == 0 || !double.IsFinite(value)))
            {
                return null;
            }

            var factors = before.Zip(after).Skip(1).Select(static pair => pair.Second / pair.First).ToArray();
            return factors.Any(factor => Math.Abs(factor - factors[0]) > 1e-4) ? null : Math.Abs(factors[0] - 1) > 1e-6;
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            return null;
        }
    }
}
