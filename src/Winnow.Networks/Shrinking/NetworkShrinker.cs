using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>
/// Takes channels out of a network: its tensors get smaller, in the same module. What it computes then is held against the same network with those channels set to zero,
/// on weights that hide nothing and on its own, before anything is kept.
/// </summary>
public static class NetworkShrinker
{
    /// <summary>The largest difference that counts as none: single precision over a deep network.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Makes the network of a trace smaller, or leaves it as it was.</summary>
    /// <param name="trace">The trace. It is of the network as it was: trace again before the next cut.</param>
    /// <param name="removed">Units of its groups; of each group at least one has to stay.</param>
    /// <param name="tolerance">The largest difference allowed between the outputs of the smaller and of the masked network, as a share of the largest output; above 0.</param>
    /// <returns>Sizes before and after, and what is left of each tensor.</returns>
    /// <exception cref="NetworkPruningException">A group would lose all units, the smaller network can't be run, or gives other outputs than the masked one: it is as it was, and the message names the layer.</exception>
    public static ShrinkOutcome Shrink(NetworkTrace trace, IReadOnlyCollection<ChannelUnit> removed, double tolerance = Tolerance)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        var gone = removed.ToHashSet<ChannelUnit>(ReferenceEqualityComparer.Instance);
        if (gone.Except(trace.Groups.SelectMany(static group => group.Units), ReferenceEqualityComparer.Instance).Any())
        {
            throw new NetworkPruningException("a unit to remove is none of this trace's; take units of its groups.");
        }

        if (trace.Groups.FirstOrDefault(group => group.Units.All(gone.Contains)) is { } emptied)
        {
            throw new NetworkPruningException($"{emptied.Name} would lose all of its {emptied.Units.Count} units; keep at least one of each group.");
        }

        var cut = new ChannelCut(trace, removed);
        using var mode = EvalMode.Of(trace.Module);
        using var state = new NetworkState(cut.State, trace.Layers);
        var done = false;
        try
        {
            RandomState.Fill(cut.State);
            Prove(cut, tolerance, "on random weights");
            state.Restore();
            var outcome = Prove(cut, tolerance, "on its own weights");
            done = true;
            return outcome;
        }
        finally
        {
            if (!done)
            {
                state.Restore();
            }
        }
    }

    /// <summary>Makes the network of a trace smaller while something looks at it, such as a clock; nothing is proved, and it is as it was afterwards.</summary>
    /// <typeparam name="T">What comes of looking.</typeparam>
    /// <param name="trace">The trace.</param>
    /// <param name="removed">Units of its groups; of each group at least one has to stay.</param>
    /// <param name="look">Looks at the smaller network, in evaluation mode.</param>
    public static T Try<T>(NetworkTrace trace, IReadOnlyCollection<ChannelUnit> removed, Func<T> look)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentNullException.ThrowIfNull(look);
        var cut = new ChannelCut(trace, removed);
        using var mode = EvalMode.Of(trace.Module);
        using var state = new NetworkState(cut.State, trace.Layers);
        try
        {
            cut.Apply();
            return look();
        }
        finally
        {
            state.Restore();
        }
    }

    /// <summary>How large a network is now.</summary>
    /// <param name="trace">Its trace; widths may have changed since.</param>
    /// <exception cref="NetworkPruningException">It can't be run on the trace's samples any more.</exception>
    public static NetworkSize Size(NetworkTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var mode = EvalMode.Of(trace.Module);
        return Size(trace, StateNames.Of(trace.Module));
    }

    private static NetworkSize Size(NetworkTrace trace, StateNames state)
    {
        using var run = LayerRun.Of(trace, null);
        return Size(trace, state, run);
    }

    private static NetworkSize Size(NetworkTrace trace, StateNames state, LayerRun run)
    {
        var trained = trace.Module.named_parameters().Select(static entry => entry.name).ToHashSet(StringComparer.Ordinal);
        return new(state.Tensors.Where(entry => trained.Contains(entry.Key)).Sum(static entry => entry.Value.numel()), run.Macs, state.Tensors.Values.Sum(static tensor => tensor.numel() * tensor.element_size()));
    }

    /// <summary>Refuses a network that nothing can be proved of.</summary>
    internal static void RequireFinite(LayerRun run, string where)
    {
        if (run.NotFinite)
        {
            throw new NetworkPruningException($"the network gives numbers that aren't finite {where}, so that nothing can be proved of a smaller one. Nothing was changed. Look for weights that were never set: TorchSharp 0.107 leaves those of GroupNorm as memory has them.");
        }
    }

    /// <summary>Runs the network masked, cuts it, runs it again, and compares.</summary>
    private static ShrinkOutcome Prove(ChannelCut cut, double tolerance, string where)
    {
        using var masked = LayerRun.Masked(cut);
        RequireFinite(masked, where);

        var before = Size(cut.Trace, cut.State, masked);
        cut.Apply();
        using var smaller = LayerRun.Of(cut.Trace, cut);
        var difference = masked.Difference(smaller);
        return difference <= tolerance ? new(before, Size(cut.Trace, cut.State, smaller), difference, cut.Kept.ToDictionary(static entry => entry.Key, static entry => (IReadOnlyList<int>)entry.Value))
            : throw new NetworkPruningException(FormattableString.Invariant($"the smaller network isn't the masked one {where}: outputs differ by {difference:0.0e+0} of the largest, at most {tolerance:0.0e+0} is allowed; {masked.FirstDifferent(smaller, cut, tolerance)}. Nothing was changed. Leave that layer's group as it is."));
    }
}
