using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>How a budget is spread over the groups of a network.</summary>
public enum ChannelSpread
{
    /// <summary>The units with the lowest scores go, wherever they are.</summary>
    Global,

    /// <summary>Each group keeps the same share of its units, those with the highest scores.</summary>
    Uniform,
}

/// <summary>What a budget counts.</summary>
public enum ChannelTarget
{
    /// <summary>Multiplications with additions in layers for one sample.</summary>
    Macs,

    /// <summary>Numbers that are trained.</summary>
    Parameters,

    /// <summary>Bytes of all state, buffers included.</summary>
    Bytes,
}

/// <summary>What holds while a budget is met.</summary>
public sealed record ChannelBudgetOptions
{
    /// <summary>How it is spread. Default: globally.</summary>
    public ChannelSpread Spread { get; init; } = ChannelSpread.Global;

    /// <summary>The least share of its units that a group keeps; above 0, at most 1; one unit in any case. Default 0.1: a network is cut through nowhere.</summary>
    public double LeastKeep { get; init; } = 0.1;

    /// <summary>Each group keeps a multiple of so many units, or all; 1 or more. Default 1. Kernels run best at multiples of 8, 16 or 64.</summary>
    public int RoundTo { get; init; } = 1;
}

/// <summary>Which units go so that what is left costs so much.</summary>
public static class ChannelBudget
{
    /// <summary>The units to remove so that at most a share of the multiplications is left, as near to it as whole units come.</summary>
    /// <param name="trace">The network.</param>
    /// <param name="scores">What each unit is worth, for each group of the trace as many finite numbers as it has units; those of lower numbers go first, of equal ones the later.</param>
    /// <param name="keep">The share of <see cref="IChannelTrace.Macs"/> that is to be left; above 0, at most 1.</param>
    /// <param name="options">What holds meanwhile; the defaults when null.</param>
    /// <exception cref="ArgumentException">Scores are missing or aren't finite, or a number is out of its range.</exception>
    /// <exception cref="NetworkPruningException">The share can't be met; the message says which can.</exception>
    public static IReadOnlyList<ChannelUnit> Macs(IChannelTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, double keep, ChannelBudgetOptions? options = null) =>
        Choose(trace, scores, ChannelTarget.Macs, keep, options);

    /// <summary>The units to remove so that at most a share of what the network costs is left, as near to it as whole units come.</summary>
    /// <param name="trace">The network.</param>
    /// <param name="scores">What each unit is worth, for each group of the trace as many finite numbers as it has units; those of lower numbers go first, of equal ones the later.</param>
    /// <param name="target">What is counted.</param>
    /// <param name="keep">The share that is to be left; above 0, at most 1.</param>
    /// <param name="options">What holds meanwhile; the defaults when null.</param>
    /// <exception cref="ArgumentException">Scores are missing or aren't finite, or a number is out of its range.</exception>
    /// <exception cref="NetworkPruningException">The share can't be met; the message says which can. Or the trace doesn't know what the network's tensors are.</exception>
    public static IReadOnlyList<ChannelUnit> Choose(IChannelTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, ChannelTarget target, double keep, ChannelBudgetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new();
        Check(trace, scores, keep, options);
        if (trace.Groups.Count == 0)
        {
            throw new NetworkPruningException($"nothing can be taken out of this network: {(trace.Fixed.Count == 0 ? "it has no layer that is known" : string.Join("; ", trace.Fixed.Take(4).Select(static layer => $"{layer.Layer} {layer.Why}")))}{(trace.Fixed.Count > 4 ? $"; and {trace.Fixed.Count - 4} more" : "")}. Give another network.");
        }

        var cost = Cost(trace, target);
        var (whole, most) = (cost.Value, keep * cost.Value);
        var removed = new List<ChannelUnit>();
        foreach (var units in Steps(trace, scores, options))
        {
            if (cost.Value <= most)
            {
                break;
            }

            removed.AddRange(units);
            foreach (var unit in units)
            {
                cost.Remove(unit);
            }
        }

        return cost.Value <= most ? removed
            : throw new NetworkPruningException(FormattableString.Invariant($"{keep:0.###} of the {Word(target)} can't be met: with the least that each group keeps, {Math.Ceiling(1000.0 * cost.Value / whole) / 1000:0.###} are left. Ask for that, or let groups keep less than {options.LeastKeep:0.###}."));
    }

    /// <summary>The least share of the multiplications that can be left, of which <see cref="Macs"/> finds the units.</summary>
    /// <inheritdoc cref="Macs"/>
    public static double LeastMacs(IChannelTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, ChannelBudgetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new();
        Check(trace, scores, 1, options);
        var cost = new ChannelCost(trace);
        foreach (var unit in Steps(trace, scores, options).SelectMany(static units => units))
        {
            cost.Remove(unit);
        }

        return Math.Min(1, Math.BitIncrement(cost.Value / (double)trace.Macs));
    }

    private static ICutCost Cost(IChannelTrace trace, ChannelTarget target) => target == ChannelTarget.Macs ? new ChannelCost(trace)
        : trace.Tensors is not { } tensors ? throw new NetworkPruningException($"the {Word(target)} of this network can't be counted unit by unit; ask for a share of its multiplications.")
        : target == ChannelTarget.Parameters ? new StateCost(tensors.Where(static tensor => tensor.Trained), bytes: false) : new StateCost(tensors, bytes: true);

    /// <summary>What a target counts.</summary>
    internal static string Word(ChannelTarget target) => target switch
    {
        ChannelTarget.Macs => "multiplications",
        ChannelTarget.Parameters => "parameters",
        _ => "bytes",
    };

    /// <summary>What can go, in the order in which it goes; each step leaves every group at a size that is allowed.</summary>
    private static IEnumerable<ChannelUnit[]> Steps(IChannelTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, ChannelBudgetOptions options)
    {
        var queue = new PriorityQueue<(int Group, int Step), (double Worth, int Group)>();
        var groups = trace.Groups.Select((group, g) => Blocks(group, scores[g], options)).ToArray();
        for (var g = 0; g < groups.Length; g++)
        {
            Enqueue(g, 0);
        }

        while (queue.TryDequeue(out var next, out _))
        {
            yield return groups[next.Group][next.Step].Units;
            Enqueue(next.Group, next.Step + 1);
        }

        void Enqueue(int g, int step)
        {
            if (step < groups[g].Length)
            {
                var block = groups[g][step];
                queue.Enqueue((g, step), (options.Spread == ChannelSpread.Uniform ? block.Removed / (double)trace.Groups[g].Units.Count : block.Worth, g));
            }
        }
    }

    /// <summary>The units of one group in the order in which they go, by steps of one rounding.</summary>
    private static (ChannelUnit[] Units, double Worth, int Removed)[] Blocks(ChannelGroup group, IReadOnlyList<double> scores, ChannelBudgetOptions options)
    {
        var count = group.Units.Count;
        var least = Math.Max(1, (int)Math.Ceiling(options.LeastKeep * count));
        var order = group.Units.OrderBy(unit => scores[unit.Index]).ThenByDescending(static unit => unit.Index).ToArray();
        var blocks = new List<(ChannelUnit[], double, int)>();
        var gone = 0;
        for (var left = (count - 1) / options.RoundTo * options.RoundTo; left >= least; left -= options.RoundTo)
        {
            var units = order[gone..(count - left)];
            gone = count - left;
            blocks.Add((units, units.Average(unit => scores[unit.Index]), gone));
        }

        return [.. blocks];
    }

    private static void Check(IChannelTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, double keep, ChannelBudgetOptions options)
    {
        if (!(keep > 0 && keep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "The share to keep is above 0 and at most 1.");
        }

        if (!(options.LeastKeep > 0 && options.LeastKeep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.LeastKeep, $"{nameof(ChannelBudgetOptions.LeastKeep)} is above 0 and at most 1.");
        }

        if (options.RoundTo < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.RoundTo, $"{nameof(ChannelBudgetOptions.RoundTo)} is 1 or more.");
        }

        if (scores.Count != trace.Groups.Count)
        {
            throw new ArgumentException($"There are scores of {scores.Count} groups and the network has {trace.Groups.Count}; give those of all groups, in their order.", nameof(scores));
        }

        for (var g = 0; g < scores.Count; g++)
        {
            if (scores[g].Count != trace.Groups[g].Units.Count)
            {
                throw new ArgumentException($"{trace.Groups[g].Name} has {trace.Groups[g].Units.Count} units and {scores[g].Count} scores; give one a unit.", nameof(scores));
            }

            for (var k = 0; k < scores[g].Count; k++)
            {
                if (!double.IsFinite(scores[g][k]))
                {
                    throw new ArgumentException(FormattableString.Invariant($"The score of unit {k} of {trace.Groups[g].Name} is {scores[g][k]}; scores are finite."), nameof(scores));
                }
            }
        }
    }
}
