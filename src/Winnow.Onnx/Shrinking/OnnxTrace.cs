using Winnow.Data;
using Winnow.Networks;
using Winnow.Networks.Tracing;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking.Operators;

namespace Winnow.Onnx.Shrinking;

/// <summary>
/// Which channels of a network from an ONNX file go together: positions along axes are followed through the graph, in both directions, by a table of operators. What an
/// operator that isn't in it touches stays as it is and is listed; nothing is guessed.
/// </summary>
/// <remarks>After "Structurally prune anything" (Wang et al., 2024), which follows a mask through a table of operators over ONNX graphs.</remarks>
public sealed class OnnxTrace : IChannelTrace
{
    private readonly Dictionary<ChannelUnit, int> _sets = new(ReferenceEqualityComparer.Instance);

    private OnnxTrace(int rows, IReadOnlyDictionary<string, OnnxValue> inputs, GraphView view)
    {
        (Rows, Inputs, View) = (rows, inputs, view);
        Graph = TraceRules.Of(view);
        Layers = [.. LayerRules.Of(view)];
        Groups = new UnitCollector(Graph, Layers).Collect(_sets);
        var free = Groups.SelectMany(static group => group.Producers).ToHashSet(StringComparer.Ordinal);
        Fixed = [.. Layers.Where(layer => !free.Contains(layer.Name)).Select(layer => new FixedLayer(layer.Name, Graph.WhyFixed(layer.Outputs(Graph)) ?? "makes channels that all depend on each other"))];
        Costs = [.. Layers.Where(static layer => layer.Macs > 0).Select(layer => new LayerCost(layer.Name, layer.Macs / Rows, layer.Blocks == 1 ? layer.Inputs(Graph).Extent : 0, layer.Outputs(Graph).Extent))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChannelGroup> Groups { get; }

    /// <inheritdoc/>
    public IReadOnlyList<FixedLayer> Fixed { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LayerCost> Costs { get; }

    /// <summary>Multiplications with additions in layers for one sample.</summary>
    public long Macs => Costs.Sum(static cost => cost.Macs);

    internal GraphView View { get; }

    internal AxisGraph Graph { get; }

    internal IReadOnlyList<GraphLayer> Layers { get; }

    /// <summary>Samples in a run of the trace: two, or as many as the network takes at once.</summary>
    internal int Rows { get; }

    /// <summary>What the network is given while it is traced and proved.</summary>
    internal IReadOnlyDictionary<string, OnnxValue> Inputs { get; }

    /// <summary>Traces a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">What it is run on; drawn when null.</param>
    /// <exception cref="DataException">ONNX Runtime can't load or run it.</exception>
    /// <exception cref="NetworkPruningException">Nothing can be drawn for its inputs.</exception>
    public static OnnxTrace Of(OnnxNetwork network, OnnxSamples? samples = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        samples ??= OnnxSamples.Random(network, 2, seed: 1);
        var inputs = samples.Batch(0, 2);
        return new(samples.Rows ?? 2, inputs, GraphView.Of(network, inputs));
    }

    /// <inheritdoc/>
    public IReadOnlyList<double>? WeightSquares(string tensor, int axis)
    {
        if (!View.Constants.TryGetValue(tensor, out var found) || found.Dims.Count < 2 || TensorBytes.Floats(found) is not { } values)
        {
            return null;
        }

        // Extents of 1 are how a vector is made to fit.
        if (found.Dims.Count(static extent => extent > 1) < 2 && !Layers.Any(layer => layer.Weight == tensor))
        {
            return null;
        }

        var extent = (int)found.Dims[axis];
        var inner = (int)found.Dims.Skip(axis + 1).Aggregate(1L, static (product, size) => product * size);
        var sums = new double[extent];
        for (var k = 0; k < values.Length; k++)
        {
            sums[k / inner % extent] += (double)values[k] * values[k];
        }

        return sums;
    }

    /// <summary>The sets of positions that some units are.</summary>
    internal IReadOnlySet<int> SetsOf(IEnumerable<ChannelUnit> units) => units.Select(unit => _sets.TryGetValue(unit, out var set) ? Graph.Set(set)
        : throw new NetworkPruningException("a unit to remove is none of this trace's; take units of its groups.")).ToHashSet();
}
