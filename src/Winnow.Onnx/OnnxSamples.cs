using Winnow.Networks;
using Winnow.Numerics;
using Winnow.Onnx.Graphs;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Winnow.Onnx;

/// <summary>What a network is given, sample by sample: to find out what its channels do, and to mend it after a cut.</summary>
public sealed class OnnxSamples
{
    private readonly Func<int, int, IReadOnlyDictionary<string, OnnxValue>> _batch;

    private OnnxSamples(int count, int? rows, Func<int, int, IReadOnlyDictionary<string, OnnxValue>> batch) => (Count, Rows, _batch) = (count, rows, batch);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>How many the network takes at once; null for any number.</summary>
    public int? Rows { get; }

    /// <summary>Numbers that are drawn: for floats from the standard normal distribution, for rows of a table that the network looks up any of them, for bytes any, and one for other whole numbers, such as masks.</summary>
    /// <param name="network">The network; all extents but the first of each input have to be known.</param>
    /// <param name="count">How many; 1 or more.</param>
    /// <param name="seed">Of the draw.</param>
    /// <exception cref="NetworkPruningException">An input has free extents beside the first, or numbers of a kind that isn't drawn.</exception>
    public static OnnxSamples Random(OnnxNetwork network, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        foreach (var input in network.Inputs)
        {
            if (input.Shape.Skip(1).Any(static extent => extent is null))
            {
                throw new NetworkPruningException($"the input {input} can have any extents, so that none can be drawn; give samples, or export the network with fixed ones.");
            }

            if (Type(input) is not (DataType.Float or DataType.Float16 or DataType.Double or DataType.Int64 or DataType.Int32 or DataType.Bool or DataType.Uint8))
            {
                throw new NetworkPruningException($"the input {input} is of a type that isn't drawn; give samples.");
            }
        }

        return new(count, RowsOf(network), (start, rows) => network.Inputs.ToDictionary(static input => input.Name, input => Draw(network, input, start, rows, seed), StringComparer.Ordinal));
    }

    /// <summary>Samples of a network with one input of floats or bytes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="shape">The extents of one sample.</param>
    /// <param name="count">How many there are; 1 or more.</param>
    /// <param name="fill">Writes a sample's numbers, in the order of rows; given its place, from 0. For bytes they are whole and in [0, 255].</param>
    /// <exception cref="NetworkPruningException">The network has another number of inputs, or takes other samples.</exception>
    public static OnnxSamples Of(OnnxNetwork network, IReadOnlyList<int> shape, int count, OnnxSampleFill fill)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (network.Inputs is not [var input])
        {
            throw new NetworkPruningException($"the network has {network.Inputs.Count} inputs, {string.Join(", ", network.Inputs)}, and samples are given for one.");
        }

        if (Type(input) is not (DataType.Float or DataType.Float16 or DataType.Double or DataType.Uint8))
        {
            throw new NetworkPruningException($"the input {input} takes neither floats nor bytes; samples of numbers are none for it.");
        }

        if (input.Shape.Count > 0 && (input.Shape.Count != shape.Count + 1 || input.Shape.Skip(1).Zip(shape).Any(static pair => pair.First is { } extent && extent != pair.Second)))
        {
            throw new NetworkPruningException($"the network takes {input}, and a sample is [{string.Join(", ", shape)}]; give samples as it takes them.");
        }

        var numbers = shape.Aggregate(1, static (product, extent) => checked(product * extent));
        return new(count, RowsOf(network), (start, rows) =>
        {
            var values = new float[checked(rows * numbers)];
            for (var row = 0; row < rows; row++)
            {
                fill((start + row) % count, values.AsSpan(row * numbers, numbers));
            }

            return new Dictionary<string, OnnxValue>(StringComparer.Ordinal) { [input.Name] = new(Type(input), [rows, .. shape], Type(input) == DataType.Uint8 ? Whole(values) : TensorBytes.Bytes(Type(input), values)) };
        });
    }

    /// <summary>The inputs of some samples.</summary>
    /// <param name="start">The first.</param>
    /// <param name="rows">How many; beyond the last it begins again, for networks that take a fixed number.</param>
    internal IReadOnlyDictionary<string, OnnxValue> Batch(int start, int rows) => _batch(start, Rows ?? rows);

    /// <summary>All samples by batches, each once. Where the network takes a fixed number at once, the last batch is filled up from the beginning.</summary>
    internal IEnumerable<IReadOnlyDictionary<string, OnnxValue>> Batches(int size)
    {
        var rows = Rows ?? size;
        for (var start = 0; start < Count; start += rows)
        {
            yield return Batch(start, Math.Min(rows, Count - start));
        }
    }

    private static byte[] Whole(float[] values) => Array.ConvertAll(values, static value => value is >= 0 and <= byte.MaxValue && value == (byte)value ? (byte)value
        : throw new NetworkPruningException(FormattableString.Invariant($"a sample holds {value}, and the network takes bytes: whole numbers from 0 to 255. Give such samples.")));

    private static int? RowsOf(OnnxNetwork network) => network.Inputs.Select(static input => input.Shape.Count > 0 ? (int?)input.Shape[0] : null).FirstOrDefault(static rows => rows is not null);

    private static DataType Type(OnnxPort input) => Enum.Parse<DataType>(input.Type, ignoreCase: true);

    private static OnnxValue Draw(OnnxNetwork network, OnnxPort input, int start, int rows, ulong seed)
    {
        long[] shape = input.Shape.Count == 0 ? [] : [input.Shape[0] ?? rows, .. input.Shape.Skip(1).Select(static extent => extent!.Value)];
        var numbers = (int)shape.Skip(1).Aggregate(1L, static (product, extent) => checked(product * extent));
        var total = numbers * (shape.Length == 0 ? 1 : (int)shape[0]);
        var values = new double[total];
        var type = Type(input);
        var table = type is DataType.Int64 or DataType.Int32 ? TableRows(network, input.Name) : 0;
        for (var row = 0; row * numbers < total; row++)
        {
            // Each sample's numbers are its own, whatever the batch.
            var sequence = Rng.Derive(seed, start + row, "onnx-samples").Sequence();
            for (var k = row * numbers; k < (row + 1) * numbers; k++)
            {
                values[k] = type is DataType.Float or DataType.Float16 or DataType.Double ? Math.Sqrt(-2 * Math.Log(1 - sequence.NextDouble())) * Math.Cos(2 * Math.PI * sequence.NextDouble()) : type == DataType.Uint8 ? sequence.Next(256) : table > 0 ? sequence.Next((uint)table) : 1;
            }
        }

        return new(type, shape, type switch
        {
            DataType.Int64 => TensorBytes.Bytes(Array.ConvertAll(values, static value => (long)value)),
            DataType.Int32 => TensorBytes.Bytes(Array.ConvertAll(values, static value => (int)value)),
            DataType.Bool or DataType.Uint8 => TensorBytes.Bytes(Array.ConvertAll(values, static value => (byte)value)),
            _ => TensorBytes.Bytes(type, Array.ConvertAll(values, static value => (float)value)),
        });
    }

    /// <summary>Rows of the smallest table that an input chooses from; 0 where it is none that does.</summary>
    private static long TableRows(OnnxNetwork network, string input)
    {
        var (tables, names) = (network.Model.Graph.Initializer.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal) { input });
        var rows = 0L;
        foreach (var node in network.Model.Graph.Node)
        {
            if (node.OpType is "Cast" or "Identity" && names.Contains(node.Input[0]))
            {
                names.Add(node.Output[0]);
            }
            else if (node.OpType == "Gather" && node.Input.Count > 1 && names.Contains(node.Input[1]) && tables.TryGetValue(node.Input[0], out var table) && table.Dims.Count > 0)
            {
                rows = rows == 0 ? table.Dims[0] : Math.Min(rows, table.Dims[0]);
            }
        }

        return rows;
    }
}

/// <summary>Writes one sample.</summary>
/// <param name="index">Its place, from 0.</param>
/// <param name="destination">Where its numbers go.</param>
public delegate void OnnxSampleFill(int index, Span<float> destination);
