using Onnx;
using Winnow.Data;
using Winnow.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking.Operators;

namespace Winnow.Onnx.Shrinking;

/// <summary>
/// Takes channels out of a network from an ONNX file. What is left is held against the whole network with those channels at zero, in ONNX Runtime, on weights that hide
/// nothing and on its own.
/// </summary>
public static class OnnxShrinker
{
    /// <summary>Makes a smaller network; the one that was traced stays as it is.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="removed">Units of its groups; of each group at least one has to stay.</param>
    /// <param name="tolerance">The largest difference allowed between the outputs of the smaller and of the masked network, as a share of the largest output; above 0.</param>
    /// <exception cref="NetworkPruningException">A group would lose all units, the smaller network can't be run, or gives other outputs than the masked one; the message names the node.</exception>
    public static ShrunkOnnx Shrink(OnnxTrace trace, IReadOnlyCollection<ChannelUnit> removed, double tolerance = NetworkShrinker.Tolerance)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        var sets = trace.SetsOf(removed);
        var gone = removed.ToHashSet<ChannelUnit>(ReferenceEqualityComparer.Instance);
        if (trace.Groups.FirstOrDefault(group => group.Units.All(gone.Contains)) is { } emptied)
        {
            throw new NetworkPruningException($"{emptied.Name} would lose all of its {emptied.Units.Count} units; keep at least one of each group.");
        }

        var cut = new GraphCut(trace.Graph, sets);
        Prove(trace, cut, RandomWeights.Of(trace.View, cut.Constants), tolerance, "on random weights");
        var (small, difference) = Prove(trace, cut, trace.View.Model, tolerance, "on its own weights");
        var network = new OnnxNetwork(small);
        var kept = trace.View.Constants.Keys.SelectMany(name => Enumerable.Range(0, trace.View.Rank(name)).Select(axis => (Tensor: name, Axis: axis))).Where(key => cut.Kept(key.Tensor, key.Axis) is not null)
            .ToDictionary(static key => key, key => (IReadOnlyList<int>)cut.Kept(key.Tensor, key.Axis)!);
        return new(network, new(SizeOf(trace.View, trace.Macs), SizeOf(GraphView.Of(network, trace.Inputs), trace.Rows), difference, kept), cut);
    }

    /// <summary>How large a network is, as <see cref="Shrink"/> says it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">What it is run on; drawn when null.</param>
    /// <exception cref="DataException">ONNX Runtime can't load or run it.</exception>
    public static NetworkSize SizeOf(OnnxNetwork network, OnnxSamples? samples = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        samples ??= OnnxSamples.Random(network, 2, seed: 1);
        return SizeOf(GraphView.Of(network, samples.Batch(0, 2)), samples.Rows ?? 2);
    }

    private static NetworkSize SizeOf(GraphView view, int rows) =>
        SizeOf(view, LayerRules.Of(view).Sum(layer => layer.Macs / rows));

    /// <summary>Parameters are all floats but the statistics of batch norms.</summary>
    private static NetworkSize SizeOf(GraphView view, long macs)
    {
        var statistics = view.Nodes.Where(static node => node.Type == "BatchNormalization").SelectMany(static node => node.Inputs.Skip(3)).ToHashSet(StringComparer.Ordinal);
        return new(view.Model.Graph.Initializer.Where(tensor => !statistics.Contains(tensor.Name) && TensorBytes.IsFloat(TensorBytes.Type(tensor))).Sum(TensorBytes.Count), macs, view.Model.CalculateSize());
    }

    /// <summary>Runs the masked network and the smaller one, and compares.</summary>
    private static (ModelProto Small, double Difference) Prove(OnnxTrace trace, GraphCut cut, ModelProto weights, double tolerance, string where)
    {
        var (masked, small) = (cut.Mask(weights), cut.Apply(weights));
        return (small, Compare(trace, cut, masked, small, tolerance, where));
    }

    /// <summary>Runs a masked network and one that should be the same with fewer channels, and gives how far their outputs are apart.</summary>
    /// <exception cref="NetworkPruningException">They are further apart than is allowed; the message names the first node that gives something else.</exception>
    internal static double Compare(OnnxTrace trace, GraphCut cut, ModelProto masked, ModelProto small, double tolerance, string where)
    {
        var outputs = trace.View.Model.Graph.Output.Select(static output => output.Name).ToArray();
        Dictionary<string, OnnxValue> one, other;
        using (var session = OnnxSession.Open(masked))
        {
            one = session.Run(trace.Inputs);
        }

        try
        {
            using var session = OnnxSession.Open(small);
            other = session.Run(trace.Inputs);
        }
        catch (DataException error)
        {
            throw new NetworkPruningException($"with fewer channels {error.Message} Leave the groups around that node as they are.", error);
        }

        var difference = 0.0;
        foreach (var name in outputs.Where(one.ContainsKey))
        {
            if (one[name].Floats is { } values && !Array.TrueForAll(values, float.IsFinite))
            {
                throw new NetworkPruningException($"the network gives numbers that aren't finite {where} ({name}), so that nothing can be proved of a smaller one. Give samples that it takes.");
            }

            difference = Math.Max(difference, Difference(one[name], other[name]));
        }

        return difference <= tolerance ? difference : throw new NetworkPruningException(FormattableString.Invariant($"the smaller network isn't the masked one {where}: outputs differ by {difference:0.0e+0} of the largest, at most {tolerance:0.0e+0} is allowed; {FirstDifferent(trace, cut, masked, small, tolerance)}. Leave the groups around it as they are."));
    }

    /// <summary>The largest difference as a share of the largest number; of whole numbers and truths, whether any differs.</summary>
    private static double Difference(OnnxValue one, OnnxValue other)
    {
        if (!one.Shape.SequenceEqual(other.Shape))
        {
            return double.PositiveInfinity;
        }

        if (one.Floats is not { } first || other.Floats is not { } second)
        {
            return one.Data.AsSpan().SequenceEqual(other.Data) ? 0 : double.PositiveInfinity;
        }

        var (largest, difference) = (0.0, 0.0);
        for (var k = 0; k < first.Length; k++)
        {
            largest = float.IsFinite(first[k]) ? Math.Max(largest, Math.Abs((double)first[k])) : largest;

            // Masks of attention are infinite in both.
            var apart = first[k].Equals(second[k]) ? 0 : Math.Abs((double)first[k] - second[k]);
            difference = double.IsNaN(apart) ? double.PositiveInfinity : Math.Max(difference, apart);
        }

        return difference == 0 ? 0 : difference / largest;
    }

    private static string FirstDifferent(OnnxTrace trace, GraphCut cut, ModelProto masked, ModelProto small, double tolerance)
    {
        var (one, other) = (GraphView.RunAll(masked, trace.Inputs), GraphView.RunAll(small, trace.Inputs));
        foreach (var node in trace.View.Nodes)
        {
            foreach (var name in node.Outputs.Where(name => one.ContainsKey(name) && other.ContainsKey(name)))
            {
                var tensor = one[name].ToTensor(name);
                for (var axis = 0; axis < tensor.Dims.Count; axis++)
                {
                    tensor = cut.Kept(name, axis) is { } kept ? TensorBytes.Take(tensor, axis, kept) : tensor;
                }

                if (Difference(new(one[name].Type, [.. tensor.Dims], TensorBytes.Of(tensor)), other[name]) > tolerance)
                {
                    return $"the first node that gives something else is \"{node.Name}\" of the operator {node.Type}";
                }
            }
        }

        return "all nodes give the same";
    }
}
