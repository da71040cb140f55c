using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>How long a smaller network takes as a share of how long the whole one does, over pairs of runs by turns.</summary>
/// <param name="Median">Of half of the pairs the share is at most this.</param>
/// <param name="Low">Of a quarter of them it is at most this.</param>
/// <param name="High">Of a quarter of them it is at least this.</param>
public sealed record TimeShare(double Median, double Low, double High);

/// <summary>Budgets that this machine decides: the smaller network is timed beside the whole one, by turns, so that whatever else the machine does meets both.</summary>
/// <param name="trace">The network that is cut, and put back each time.</param>
/// <param name="whole">Sends a batch through a copy of it that stays whole.</param>
/// <param name="small">Sends the same batch through the network of the trace.</param>
/// <param name="clock">The clock; the system's when null.</param>
/// <param name="stop">Ends it.</param>
public sealed class CutSpeed(NetworkTrace trace, Action whole, Action small, TimeProvider? clock = null, CancellationToken stop = default)
{
    private const int FewestPairs = 7, MostPairs = 41, Bisections = 7, Rounds = 3;

    private const double MostMilliseconds = 1500;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    // What is nearer to the fastest than this may be it.
    private const double Noise = 0.03;

    /// <summary>The roundings that <see cref="Rounding"/> tries: none, and what vector registers and matrix kernels are wide.</summary>
    public static IReadOnlyList<int> Roundings { get; } = [1, 4, 8, 16, 32];

    /// <summary>How long the network takes without some units.</summary>
    /// <param name="removed">The units.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TimeShare Of(IReadOnlyCollection<ChannelUnit> removed) => ShareOf(Pairs(removed));

    /// <summary>The largest of the networks that take at most a share of the whole network's time, found by bisection over the share of multiplications.</summary>
    /// <param name="scores">What each unit is worth, as <see cref="ChannelBudget"/> takes it.</param>
    /// <param name="keep">The share of the time, in (0, 1].</param>
    /// <param name="options">What holds meanwhile; the defaults when null.</param>
    /// <param name="progress">Is told how many of how many measurements are done; null for nobody.</param>
    /// <returns>The units to remove, and what was measured of them in the end: by chance it can lie a little above the share that was asked for.</returns>
    /// <exception cref="NetworkPruningException">The share can't be met; the message says which can.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public (IReadOnlyList<ChannelUnit> Removed, TimeShare Reached) Milliseconds(IReadOnlyList<IReadOnlyList<double>> scores, double keep, ChannelBudgetOptions? options = null, Action<int, int>? progress = null)
    {
        if (!(keep > 0 && keep <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "The share to keep is above 0 and at most 1.");
        }

        var least = ChannelBudget.LeastMacs(trace, scores, options);
        var best = ChannelBudget.Macs(trace, scores, least, options);
        var time = Of(best);
        progress?.Invoke(1, Bisections + 2);
        if (time.Median > keep)
        {
            throw new NetworkPruningException(FormattableString.Invariant($"{keep:0.###} of the milliseconds can't be met: with the least that each group keeps, {time.Median:0.###} were measured ({time.Low:0.###} to {time.High:0.###}), at {least:0.###} of the multiplications. Ask for that, or let groups keep less than {(options ?? new()).LeastKeep:0.###}."));
        }

        // The share of the time is a good guess of that of the multiplications.
        var (low, high, at) = (least, 1.0, Math.Max(keep, least));
        for (var k = 0; k < Bisections; k++)
        {
            var removed = ChannelBudget.Macs(trace, scores, at, options);
            if (Of(removed).Median <= keep)
            {
                (best, low) = (removed, at);
            }
            else
            {
                high = at;
            }

            at = (low + high) / 2;
            progress?.Invoke(k + 2, Bisections + 2);
        }

        var reached = Of(best);
        progress?.Invoke(Bisections + 2, Bisections + 2);
        return (best, reached);
    }

    /// <summary>The rounding at which the network is fastest: of those within 3 % of the fastest the least, which leaves scores most to choose.</summary>
    /// <param name="choose">The units to remove at a rounding.</param>
    /// <param name="progress">Is told how many of how many measurements are done; null for nobody.</param>
    /// <returns>Each rounding that can be met and its share of the whole network's time, the chosen one first.</returns>
    /// <exception cref="NetworkPruningException">None can be met.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<(int RoundTo, TimeShare Time)> Rounding(Func<int, IReadOnlyCollection<ChannelUnit>> choose, Action<int, int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(choose);
        var candidates = new List<(int RoundTo, IReadOnlyCollection<ChannelUnit> Removed, List<double> Pairs)>();
        NetworkPruningException? refused = null;
        foreach (var round in Roundings)
        {
            try
            {
                candidates.Add((round, choose(round), []));
            }
            catch (NetworkPruningException error)
            {
                refused ??= error;
            }
        }

        if (candidates.Count == 0)
        {
            throw refused!;
        }

        for (var turn = 0; turn < Rounds; turn++)
        {
            for (var k = 0; k < candidates.Count; k++)
            {
                candidates[k].Pairs.AddRange(Pairs(candidates[k].Removed));
                progress?.Invoke((turn * candidates.Count) + k + 1, Rounds * candidates.Count);
            }
        }

        var timed = candidates.Select(static candidate => (candidate.RoundTo, Time: ShareOf(candidate.Pairs))).ToArray();
        var fastest = timed.Min(static entry => entry.Time.Median);
        var chosen = timed.First(entry => entry.Time.Median <= fastest * (1 + Noise));
        return [chosen, .. timed.Where(entry => entry.RoundTo != chosen.RoundTo)];
    }

    private List<double> Pairs(IReadOnlyCollection<ChannelUnit> removed) => NetworkShrinker.Try(trace, removed,
        () => Turns.Time(whole, small, FewestPairs, MostPairs, MostMilliseconds, _clock, stop).ConvertAll(static turn => turn.Small / turn.Whole));

    private static TimeShare ShareOf(List<double> pairs)
    {
        double[] sorted = [.. pairs.Order()];
        return new(sorted[sorted.Length / 2], sorted[sorted.Length / 4], sorted[3 * sorted.Length / 4]);
    }
}
