using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

public static partial class DensityScheduleCatalog
{
    /// <summary>The same share of the survivors in each of some rounds.</summary>
    public static Method<IDensitySchedule> Geometric => new("geometric",
        "Drop the same share of the survivors in each of some rounds, so that the last one reaches the density.",
        "Frankle and Carbin, The Lottery Ticket Hypothesis, ICLR 2019",
        [
            new("rounds", 5, 1, 1e6, "how many rounds there are") { Integer = true, Example = "10" },
            From(0), Until(1), First,
        ],
        static p => Ordered(p, new GeometricSchedule((int)p["rounds"], p["from"], p["until"], p["first"])));
}

/// <summary>
/// n rounds at even distances: of the part [from, until] of the run, round k = 1 … n begins after (k − 1)/n of it, and the density from then on is first · (last/first)^(k/n): each round keeps the same share of
/// what the one before left.
/// </summary>
/// <param name="Rounds">n, at least 1, and no more than the steps of that part. Default 5.</param>
/// <param name="From">The share of the run after which the first round begins, in [0, 1]. Default 0.</param>
/// <param name="Until">The share at which the last one ends, in [<paramref name="From"/>, 1]. Default 1.</param>
/// <param name="First">The density before the first round, in (0, 1]. Default 1.</param>
public sealed record GeometricSchedule(int Rounds = 5, double From = 0, double Until = 1, double First = 1) : IDensitySchedule
{
    /// <inheritdoc/>
    public bool Regrows => false;

    /// <inheritdoc/>
    public PruningStep At(long step, long steps, double density)
    {
        Ramp.Check(step, steps, density, First);
        var round = RoundOf(step, steps, Rounds, From, Until, out var begins);
        return round == 0
            ? new(First, IsUpdate: step == 0 && First < 1)
            : new(round == Rounds ? density : Ramp.Geometric(First, density, (double)round / Rounds), begins);
    }

    /// <summary>The round that a step is of, 1-based; 0 before the first.</summary>
    internal static int RoundOf(long step, long steps, int rounds, double from, double until, out bool begins)
    {
        var (start, length) = Ramp.Updates(steps, from, until, 1);
        if (rounds > Math.Max(1, length))
        {
            throw new NetworkPruningException($"{rounds} rounds don't fit into {length} steps; take fewer rounds or a longer part of the run.");
        }

        long Begin(int round) => start + (long)((Int128)(round - 1) * length / rounds);
        var low = 0;
        for (var high = rounds; low < high;)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Begin(middle) <= step ? (middle, high) : (low, middle - 1);
        }

        begins = low > 0 && Begin(low) == step;
        return low;
    }
}
