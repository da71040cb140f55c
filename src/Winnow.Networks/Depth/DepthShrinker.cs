using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;

namespace Winnow.Networks.Depth;

/// <summary>
/// Takes whole blocks out of a network, in the same module: their parameters are gone, and nothing is computed for them. What it computes then is held against the same network in which those blocks give what they are
/// given, on weights that hide nothing and on its own, before anything is kept.
/// </summary>
public static class DepthShrinker
{
    /// <summary>Takes blocks out of the network of a trace, or leaves it as it was.</summary>
    /// <param name="trace">The trace. It is of the network as it was: trace again before the next cut.</param>
    /// <param name="removed">Of its blocks. Their modules aren't disposed of.</param>
    /// <param name="tolerance">The largest difference allowed between outputs, as a share of the largest output; above 0.</param>
    /// <returns>Sizes before and after; no tensor that is left has become smaller.</returns>
    /// <exception cref="NetworkPruningException">A block is another network's, or the smaller network can't be run or gives other outputs: it is as it was.</exception>
    public static ShrinkOutcome Shrink(BlockTrace trace, IReadOnlyCollection<NetworkBlock> removed, double tolerance = NetworkShrinker.Tolerance)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        trace.Require(removed);
        var cut = new Cut(trace, removed.ToHashSet<NetworkBlock>(ReferenceEqualityComparer.Instance), tolerance);
        var names = StateNames.Of(trace.Network.Module);
        using var mode = EvalMode.Of(trace.Network.Module);
        using var state = new NetworkState(names, trace.Network.Layers);
        var done = false;
        try
        {
            RandomState.Fill(names);
            cut.Prove("on random weights");
            cut.PutBack();
            state.Restore();
            var difference = cut.Prove("on its own weights");
            done = true;
            return new(trace.Size, NetworkShrinker.Size(cut.Smaller), difference, new Dictionary<(string, int), IReadOnlyList<int>>());
        }
        finally
        {
            if (!done)
            {
                cut.PutBack();
                state.Restore();
            }
        }
    }

    private sealed class Cut(BlockTrace trace, IReadOnlyCollection<NetworkBlock> removed, double tolerance)
    {
        private readonly Stack<Action> _back = [];

        public NetworkTrace Smaller => new(trace.Network.Module, trace.Network.Samples, trace.Network.Forward, Tracer.LayersOf(trace.Network.Module).Layers);

        /// <summary>Runs the network with the blocks passed over, takes them out, runs it again, and compares.</summary>
        public double Prove(string where)
        {
            using var passed = PassedOver();
            NetworkShrinker.RequireFinite(passed, where);

            foreach (var block in removed)
            {
                _back.Push(trace.TakeOut(block));
            }

            using var smaller = LayerRun.Without(Smaller);
            var difference = passed.Difference(smaller);
            return difference <= tolerance ? difference
                : throw new NetworkPruningException(FormattableString.Invariant($"the smaller network isn't the one in which {string.Join(", ", removed.Select(static block => block.Name))} give what they are given {where}: outputs differ by {difference:0.0e+0} of the largest, at most {tolerance:0.0e+0} is allowed. Nothing was changed. Other code may call those blocks; leave them."));
        }

        public void PutBack()
        {
            while (_back.TryPop(out var back))
            {
                back();
            }
        }

        private LayerRun PassedOver()
        {
            using var hooks = new BlockHooks(trace, removed, static (_, input, _) => input);
            return LayerRun.Of(trace.Network, null);
        }
    }
}
