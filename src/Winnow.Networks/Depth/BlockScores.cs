using TorchSharp;
using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Depth;

/// <summary>What each block of a network is worth: a number a block, in their order. Those of the lowest are the first to go.</summary>
public static class BlockScores
{
    /// <summary>
    /// How far a block turns what it is given: 1 − cos of the angle between a sample's numbers before it and after it, the mean over samples; 0 for one that changes nothing but the scale, at most 2 (block influence of
    /// ShortGPT, Men et al., 2024, and Minitron, Muralidharan et al., 2024, which take it token by token).
    /// </summary>
    /// <param name="trace">The network.</param>
    /// <param name="run">Sends batches through it by <c>call</c>, in evaluation mode and without gradients as a rule; the first axis of what blocks are given is the batch.</param>
    /// <exception cref="NetworkPruningException">Nothing was sent, or a block gives numbers that aren't finite.</exception>
    public static IReadOnlyList<double> Cosine(BlockTrace trace, Action run)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(run);
        var sums = new Dictionary<NetworkBlock, (double Sum, long Samples)>(ReferenceEqualityComparer.Instance);
        using (new BlockHooks(trace, trace.Blocks, (block, input, output) =>
        {
            var (sum, samples) = sums.GetValueOrDefault(block);
            sums[block] = (sum + Distances(input, output), samples + input.shape[0]);
            return output;
        }))
        {
            run();
        }

        return [.. trace.Blocks.Select(block => !sums.TryGetValue(block, out var told) ? throw new NetworkPruningException($"nothing was sent through {block.Name}, so that nothing says what it is worth; send at least one batch.")
            : double.IsFinite(told.Sum) ? told.Sum / told.Samples : throw new NetworkPruningException($"{block.Name} is given or gives numbers that aren't finite; a network with such numbers can't be scored."))];
    }

    /// <summary>The root of the mean square of a block's weights (matrices and filters; norms and biases don't count), so that a large block isn't worth more for its size.</summary>
    /// <param name="trace">The network; its weights are read as they are now.</param>
    public static IReadOnlyList<double> Magnitude(BlockTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var silent = no_grad();
        return [.. trace.Blocks.Select(block =>
        {
            using var scope = NewDisposeScope();
            var weights = trace.ModuleOf(block).parameters().Where(static parameter => parameter.dim() > 1).ToArray();
            return weights.Length == 0 ? 0 : Math.Sqrt(weights.Sum(static weight => weight.detach().to(float64).square().sum().ToDouble()) / weights.Sum(static weight => weight.numel()));
        })];
    }

    /// <summary>Numbers that say nothing: what any other score has to beat.</summary>
    /// <param name="trace">The network.</param>
    /// <param name="seed">Of the draw.</param>
    public static IReadOnlyList<double> Random(BlockTrace trace, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var sequence = Rng.Derive(seed, 0, "network-blocks").Sequence();
        var scores = new double[trace.Blocks.Count];
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] = sequence.NextDouble();
        }

        return scores;
    }

    /// <summary>The sum over a batch's samples.</summary>
    private static double Distances(Tensor input, Tensor output)
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        var samples = input.shape[0];
        var (before, after) = (input.detach().reshape(samples, -1).to(float64), output.detach().reshape(samples, -1).to(float64));
        var dots = before.mul(after).sum(1).ToArray<double>();
        var (one, other) = (before.square().sum(1).sqrt().ToArray<double>(), after.square().sum(1).sqrt().ToArray<double>());
        var sum = 0.0;
        for (var s = 0; s < dots.Length; s++)
        {
            // Nothing has no direction: nothing that stays so isn't turned, and else it is as if by a right angle.
            sum += one[s] * other[s] != 0 ? 1 - (dots[s] / (one[s] * other[s])) : one[s] == other[s] ? 0 : 1;
        }

        return sum;
    }
}
