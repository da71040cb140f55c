using Winnow.Networks.Tracing;
using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>What each unit of a trace is worth: for each group, in their order, as many numbers as it has units. Those of the lowest are the first to go.</summary>
public static class UnitScores
{
    /// <summary>The length of all weights that go with a unit, over the mean of its group, so that groups of small weights aren't emptied first (Fang et al., "DepGraph", CVPR 2023, section 3.3, without sparse training).</summary>
    /// <param name="trace">The network; its weights are read as they are now.</param>
    public static IReadOnlyList<IReadOnlyList<double>> Magnitude(IChannelTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return Normalised(Sums(trace, trace.WeightSquares, static sum => sum));
    }

    /// <summary>How much the loss would change without a unit, to first order: the sum of weight times gradient over each tensor's part of it, as an absolute value, over all of them (Molchanov et al., CVPR 2019, section 3.1, for groups).</summary>
    /// <param name="trace">The network, whose parameters have gradients: call <c>backward</c> on losses of some batches first.</param>
    /// <exception cref="NetworkPruningException">No parameter has a gradient.</exception>
    public static IReadOnlyList<IReadOnlyList<double>> Taylor(NetworkTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return trace.Module.parameters().All(static parameter => parameter.grad is null)
            ? throw new NetworkPruningException("no parameter has a gradient; call backward() on the losses of some batches before the scores are taken.")
            : Sums(trace, Products(trace), Math.Abs);
    }

    /// <summary>Numbers that say nothing: what any other score has to beat.</summary>
    /// <param name="trace">The network.</param>
    /// <param name="seed">Of the draw.</param>
    public static IReadOnlyList<IReadOnlyList<double>> Random(IChannelTrace trace, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return [.. trace.Groups.Select((group, g) =>
        {
            var sequence = Rng.Derive(seed, g, "network-units").Sequence();
            var scores = new double[group.Units.Count];
            for (var k = 0; k < scores.Length; k++)
            {
                scores[k] = sequence.NextDouble();
            }

            return (IReadOnlyList<double>)scores;
        })];
    }

    /// <summary>
    /// The magnitude of a unit's batch norms' scales, the mean where it has several as in a residual stream; over all groups as they are, since networks that were trained under a
    /// <see cref="ScalePenalty"/> have them on one scale (network slimming; Liu et al., ICCV 2017, section 3).
    /// </summary>
    /// <param name="trace">The network; its scales are read as they are now.</param>
    /// <exception cref="NetworkPruningException">A group has no batch norm, so that nothing says what its units are worth.</exception>
    public static IReadOnlyList<IReadOnlyList<double>> NormScales(NetworkTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var scales = ScalePenalty.Of(trace.Module).ToDictionary(static entry => entry.Name, static entry =>
        {
            using var silent = no_grad();
            using var scope = NewDisposeScope();
            return entry.Scale.detach().abs().to(float64).ToArray<double>();
        }, StringComparer.Ordinal);
        return [.. trace.Groups.Select(group => group.Units.Select(unit =>
        {
            double[] own = [.. unit.Slices.Where(slice => scales.ContainsKey(slice.Tensor)).SelectMany(slice => slice.Indices.Select(index => scales[slice.Tensor][index]))];
            return own.Length > 0 ? own.Average() : throw new NetworkPruningException($"{group.Name} has no batch norm behind it, so that no scale says what its channels are worth; go by another score.");
        }).ToArray())];
    }

    private static IReadOnlyList<double>[] Normalised(double[][] groups) => Array.ConvertAll(groups, scores =>
    {
        var changed = Array.ConvertAll(scores, Math.Sqrt);
        var mean = changed.Average();
        return (IReadOnlyList<double>)(mean > 0 ? Array.ConvertAll(changed, score => score / mean) : changed);
    });

    /// <summary>Sums of weight times gradient along an axis of a parameter.</summary>
    private static Func<string, int, IReadOnlyList<double>?> Products(NetworkTrace trace)
    {
        var parameters = trace.Module.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter, StringComparer.Ordinal);
        return (name, axis) =>
        {
            using var silent = no_grad();
            using var scope = NewDisposeScope();
            return parameters.TryGetValue(name, out var weight) && weight.grad is { } gradient ? AlongAxis.Sum(weight.detach().to(float64).mul(gradient.to(float64)), axis).ToArray<double>() : null;
        };
    }

    /// <summary>For each unit the sum of some numbers over its part of each tensor, changed for each tensor.</summary>
    private static double[][] Sums(IChannelTrace trace, Func<string, int, IReadOnlyList<double>?> numbers, Func<double, double> change)
    {
        var sums = new Dictionary<(string, int), IReadOnlyList<double>?>();
        return [.. trace.Groups.Select(group => group.Units.Select(unit => unit.Slices.Sum(slice => Along(slice.Tensor, slice.Axis) is { } along ? change(slice.Indices.Sum(index => along[index])) : 0)).ToArray())];

        IReadOnlyList<double>? Along(string name, int axis)
        {
            if (!sums.TryGetValue((name, axis), out var sum))
            {
                sums.Add((name, axis), sum = numbers(name, axis));
            }

            return sum;
        }
    }
}
