using Winnow.Networks.Shrinking;

namespace Winnow.Networks.Depth;

/// <summary>Which blocks go so that what is left costs so much.</summary>
public static class BlockBudget
{
    /// <summary>
    /// The blocks to remove so that at most a share of what the network costs is left: those of the lowest scores until it is, of equal ones the later; then those that needn't have gone stay, of the highest scores first.
    /// </summary>
    /// <param name="trace">The network.</param>
    /// <param name="scores">What each block is worth, a finite number for each, in their order.</param>
    /// <param name="target">What is counted.</param>
    /// <param name="keep">The share that is to be left; above 0, at most 1.</param>
    /// <returns>In the order of the trace.</returns>
    /// <exception cref="ArgumentException">Scores are missing or aren't finite, or the share is out of its range.</exception>
    /// <exception cref="NetworkPruningException">The share can't be met; the message says which can.</exception>
    public static IReadOnlyList<NetworkBlock> Choose(BlockTrace trace, IReadOnlyList<double> scores, ChannelTarget target, double keep)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(scores);
        if (!(keep > 0 && keep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "The share to keep is above 0 and at most 1.");
        }

        if (scores.Count != trace.Blocks.Count || scores.Any(static score => !double.IsFinite(score)))
        {
            throw new ArgumentException($"There are {scores.Count} scores, of which {scores.Count(double.IsFinite)} are finite, and the network has {trace.Blocks.Count} blocks; give a finite number for each, in their order.", nameof(scores));
        }

        if (trace.Blocks.Count == 0)
        {
            throw new NetworkPruningException($"no part of this network can go whole: {(trace.Fixed.Count == 0 ? "none that a Sequential holds gives as much as it is given" : string.Join("; ", trace.Fixed.Select(static part => $"{part.Layer} {part.Why}")))}. Take out channels.");
        }

        var whole = Cost(trace.Size.Macs, trace.Size.Parameters, trace.Size.Bytes);
        var (left, most) = (whole, keep * whole);
        var gone = new List<int>();
        foreach (var k in Enumerable.Range(0, scores.Count).OrderBy(k => scores[k]).ThenByDescending(static k => k).TakeWhile(_ => left > most))
        {
            gone.Add(k);
            left -= CostOf(k);
        }

        if (left > most)
        {
            throw new NetworkPruningException(FormattableString.Invariant($"{keep:0.###} of the {ChannelBudget.Word(target)} can't be met: without {(scores.Count == 1 ? "the only block" : $"all {scores.Count} blocks")} that can go, {Math.Ceiling(1000.0 * left / whole) / 1000:0.###} are left. Ask for that, or take out channels."));
        }

        foreach (var k in gone.AsEnumerable().Reverse().ToArray())
        {
            if (left + CostOf(k) <= most)
            {
                gone.Remove(k);
                left += CostOf(k);
            }
        }

        return [.. gone.Order().Select(k => trace.Blocks[k])];

        long CostOf(int k) => Cost(trace.Blocks[k].Macs, trace.Blocks[k].Parameters, trace.Blocks[k].Bytes);

        long Cost(long macs, long parameters, long bytes) => target switch { ChannelTarget.Macs => macs, ChannelTarget.Parameters => parameters, _ => bytes };
    }
}
