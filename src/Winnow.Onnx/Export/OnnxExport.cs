using Onnx;
using TorchSharp;
using Winnow.Networks.Graphs;
using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Onnx.Export;

/// <summary>What an exported network is called and given.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What the input is called. Default: input.</summary>
    public string InputName { get; init; } = "input";

    /// <summary>What the output is called. Default: output.</summary>
    public string OutputName { get; init; } = "output";

    /// <summary>Names of the input's axes that are free, from the first on. Default: batch.</summary>
    public IReadOnlyList<string> FreeAxes { get; init; } = ["batch"];

    /// <summary>What is computed before the network, such as the scaling of pixels; null for nothing.</summary>
    public Func<IGraphBuilder, GraphValue, GraphValue>? Prepare { get; init; }

    /// <summary>What is told of the network in its file, by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>Networks of TorchSharp as ONNX files, which other programs run without it.</summary>
/// <remarks>
/// TorchSharp records no graph: a network is read from its modules. <c>Sequential</c>s of TorchSharp's layers are, and modules that say what they compute (<see cref="IGraphModule"/>), as all of Winnow's do; any other
/// is refused by its name. Hooks aren't seen; <see cref="Check"/> finds out what they change.
/// </remarks>
public static class OnnxExport
{
    /// <summary>The largest difference of outputs that rounding explains, as a share of the largest output.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The version of ONNX's operators that is written; ONNX Runtime 1.12 and later read it.</summary>
    public const int Opset = 17;

    /// <summary>A network as ONNX, in evaluation mode and in float32; parameters and buffers under their names in TorchSharp.</summary>
    /// <param name="module">The network; a <see cref="IGraphModule"/>, or a <c>Sequential</c> or layer of TorchSharp's.</param>
    /// <param name="sample">What the file is given: float32, int64 or uint8, the batch first; of its numbers only the type and the extents count.</param>
    /// <param name="output">The extents of what the network gives for that sample.</param>
    /// <param name="options">Names, and what is computed before; the defaults when null.</param>
    /// <exception cref="NetworkGraphException">A part of it is of a type, or has a setting, that nobody can describe; the message names it.</exception>
    public static OnnxNetwork Of(nn.Module module, Tensor sample, IReadOnlyList<long> output, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(output);
        options ??= new();
        var builder = new OnnxGraphBuilder(module);
        var input = builder.Input(options.InputName, sample.dtype, Extents(sample.shape));
        var result = builder.Call(options.Prepare?.Invoke(builder, input) ?? input);
        builder.Output(result, options.OutputName, ScalarType.Float32, Extents(output));
        var model = new ModelProto { IrVersion = 8, ProducerName = "Winnow", ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version!.ToString(3), Graph = builder.Graph, OpsetImport = { new OperatorSetIdProto { Version = Opset } } };
        model.MetadataProps.AddRange(options.Metadata.Select(static entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return new(model);

        (long, string?)[] Extents(IReadOnlyList<long> shape) => [.. shape.Select((extent, axis) => (extent, axis < options.FreeAxes.Count ? options.FreeAxes[axis] : null))];
    }

    /// <summary>The same of a network of one input, which is run on the sample, and the file on random numbers.</summary>
    /// <param name="module">The network, in evaluation mode; a <see cref="IGraphModule"/>, or a <c>Sequential</c> or layer of TorchSharp's.</param>
    /// <param name="sample">What it is given: float32, int64 or uint8, the batch first; of its numbers only the type and the extents count.</param>
    /// <param name="options">Names; the defaults when null.</param>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    /// <exception cref="NetworkGraphException">A part of it is of a type, or has a setting, that nobody can describe, or the file gives something else in ONNX Runtime.</exception>
    public static OnnxNetwork Of(nn.Module<Tensor, Tensor> module, Tensor sample, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module.training)
        {
            throw new ArgumentException("The network is in training mode, and a file computes what evaluation mode does; call eval() first.", nameof(module));
        }

        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var network = Of(module, sample, module.call(sample).shape, options);
        Check(network, RandomBatches(sample, module.call));
        return network;
    }

    /// <summary>The largest difference between what a file gives in ONNX Runtime and what the network gives, as a share of the network's largest output.</summary>
    /// <param name="file">As it is written.</param>
    /// <param name="batches">What the file is given, and what the network gives for it.</param>
    /// <exception cref="NetworkGraphException">It is larger than <see cref="Tolerance"/>, or isn't a number.</exception>
    /// <exception cref="Winnow.Data.DataException">ONNX Runtime can't run the file.</exception>
    public static double Check(OnnxNetwork file, IEnumerable<(Tensor Given, Tensor Output)> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        using var run = new OnnxRun(file);
        var (apart, largest) = (0.0, 0.0);
        foreach (var (given, wanted) in batches)
        {
            using var scope = NewDisposeScope();
            var output = run.Run(given);
            if (!output.shape.SequenceEqual(wanted.shape))
            {
                throw new NetworkGraphException($"the file gives [{string.Join(", ", output.shape)}] where the network gives [{string.Join(", ", wanted.shape)}]: a module says something else than it computes.");
            }

            apart = Math.Max(apart, (output - wanted.detach().cpu()).abs().max().ToDouble());
            largest = Math.Max(largest, wanted.detach().abs().max().ToDouble());
        }

        // Also where it isn't a number.
        var share = apart == 0 ? 0 : apart / largest;
        return share <= Tolerance ? share
            : throw new NetworkGraphException(FormattableString.Invariant($"in ONNX Runtime the outputs differ by {share:0.0e+0} of the largest, which rounding can't explain ({Tolerance:0e+0} can be): a module says something else than it computes, or has hooks. Nothing is written."));
    }

    /// <summary>Random batches of two sizes, and what a network gives for them.</summary>
    /// <param name="sample">Type and extents of what it is given: numbers of variance 1 of float32, whole ones from 0 to 255 of uint8, of int64 the sample's own.</param>
    /// <param name="forward">Runs the network, in evaluation mode.</param>
    public static IEnumerable<(Tensor Given, Tensor Output)> RandomBatches(Tensor sample, Func<Tensor, Tensor> forward)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(forward);
        foreach (var count in new[] { 1, 3 })
        {
            using var scope = NewDisposeScope();
            using var silent = no_grad();
            var given = Random(sample, count);
            yield return (given, forward(given.to(sample.device)));
        }
    }

    private static Tensor Random(Tensor sample, int count)
    {
        long[] shape = [count, .. sample.shape[1..]];
        var numbers = new uint[shape.Aggregate(1L, static (all, extent) => all * extent)];
        Rng.Derive(1, count, "onnx-check").Fill(0, numbers);
        return sample.dtype switch
        {
            ScalarType.Byte => TensorData.FromSpan<byte>(Array.ConvertAll(numbers, static number => (byte)number), shape),
            ScalarType.Int64 => sample.narrow(0, 0, 1).expand(shape).cpu().contiguous(),
            _ => TensorData.FromSpan<float>(Array.ConvertAll(numbers, static number => (float)((number / 2147483648.0) - 1) * MathF.Sqrt(3)), shape),
        };
    }
}
