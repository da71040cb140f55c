using Winnow.Numerics;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Onnx.Recovery;

/// <summary>A layer as a matrix: rows are places of samples, columns the numbers that an output at such a place is a sum over.</summary>
/// <param name="layer">The layer, of one block.</param>
/// <param name="view">Its graph, before any cut.</param>
internal sealed class LayerRows(GraphLayer layer, GraphView view)
{
    /// <summary>Places of a sample that products of columns are taken at; of more, so many are drawn.</summary>
    public const int Places = 128;

    private readonly int _kernel = (int)view.Shape(layer.Weight)!.Skip(2).Aggregate(1L, static (product, extent) => product * extent);

    public GraphLayer Layer => layer;

    /// <summary>Columns of one input channel.</summary>
    public int ColumnsAChannel => layer.Node.Type == "Conv" ? _kernel : 1;

    /// <summary>Whether an output is a sum over the columns of one place, so that a bias makes good a mean; a transposed convolution's is one over several.</summary>
    public bool HasMeans => layer.Node.Type != "ConvTranspose";

    /// <summary>Whether it can be seen as a matrix.</summary>
    public static bool Knows(GraphLayer layer, GraphView view) => layer.Blocks == 1 && layer.InputAxis >= 0 && view.Rank(layer.Input) <= 4
        && layer.Node.Float("alpha", 1) == 1 && layer.Node.Float("beta", 1) == 1
        && TensorBytes.Type(view.Constants[layer.Weight]) == global::Onnx.TensorProto.Types.DataType.Float;

    /// <summary>The weight as [outputs, columns]; a transposed convolution's as [outputs x kernel, columns].</summary>
    /// <param name="weight">The weight's numbers.</param>
    /// <param name="shape">Its extents.</param>
    public Tensor Matrix(float[] weight, long[] shape)
    {
        var given = TensorData.FromSpan<float>(weight, shape);
        return (layer.Node.Type switch
        {
            "ConvTranspose" => given.reshape(shape[0], -1).t(),
            "Conv" => given.reshape(shape[0], -1),
            _ => layer.InputAxis == 0 ? given.t() : given,
        }).contiguous();
    }

    /// <summary>The weight's numbers again out of <see cref="Matrix"/>.</summary>
    public float[] Weight(Tensor matrix) =>
        ((layer.Node.Type == "Conv" ? matrix : layer.InputAxis == 0 ? matrix.t() : matrix).contiguous().to(float32)).data<float>().ToArray();

    /// <summary>All rows of a batch, [samples, places, columns].</summary>
    public Tensor Of(OnnxValue input)
    {
        var values = TensorData.FromSpan<float>(input.Floats!, input.Shape);
        if (layer.Node.Type == "Conv")
        {
            return Unfold(values);
        }

        if (layer.Node.Type == "ConvTranspose")
        {
            return values.flatten(2).transpose(1, 2);
        }

        return values.dim() > 2 ? values.flatten(1, values.dim() - 2) : values.unsqueeze(1);
    }

    /// <summary>The places of a sample that are used, ascending; the same for all layers that have as many.</summary>
    public static Tensor Draw(long places, int batch)
    {
        if (places <= Places)
        {
            return arange(places, dtype: int64);
        }

        var sequence = Rng.Derive(1, batch, "onnx-places").Sequence();
        var chosen = new SortedSet<long>();
        while (chosen.Count < Places)
        {
            chosen.Add(sequence.Next((uint)places));
        }

        return tensor(chosen.ToArray());
    }

    private Tensor Unfold(Tensor input)
    {
        var node = layer.Node;
        var rank = (int)input.dim() - 2;
        var kernel = view.Shape(layer.Weight)!.Skip(2).ToArray();
        var strides = node.Numbers("strides") ?? [.. Enumerable.Repeat(1L, rank)];
        var dilations = node.Numbers("dilations") ?? [.. Enumerable.Repeat(1L, rank)];
        var pads = node.Numbers("pads") ?? new long[2 * rank];
        var auto = node.Text("auto_pad", "NOTSET");
        if (auto.StartsWith("SAME", StringComparison.Ordinal))
        {
            for (var axis = 0; axis < rank; axis++)
            {
                var outputs = (input.shape[axis + 2] + strides[axis] - 1) / strides[axis];
                var missing = Math.Max(0, ((outputs - 1) * strides[axis]) + ((kernel[axis] - 1) * dilations[axis]) + 1 - input.shape[axis + 2]);
                (pads[axis], pads[axis + rank]) = auto == "SAME_UPPER" ? (missing / 2, missing - (missing / 2)) : (missing - (missing / 2), missing / 2);
            }
        }

        // Torch pads from the last axis; a sequence is a picture of one row.
        long[] margins = [.. Enumerable.Range(0, rank).Reverse().SelectMany(axis => new[] { pads[axis], pads[axis + rank] })];
        var padded = nn.functional.pad(input, margins);
        if (rank == 1)
        {
            return nn.functional.unfold(padded.unsqueeze(2), (1, kernel[0]), (1, dilations[0]), (0, 0), (1, strides[0])).transpose(1, 2);
        }

        return nn.functional.unfold(padded, (kernel[0], kernel[1]), (dilations[0], dilations[1]), (0, 0), (strides[0], strides[1])).transpose(1, 2);
    }
}
