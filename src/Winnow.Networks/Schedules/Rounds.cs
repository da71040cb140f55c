using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

public static partial class DensityScheduleCatalog
{
    /// <summary>A given share of the survivors in each round.</summary>
    public static Method<IDensitySchedule> Rounds => new("rounds",
        "Train, keep a given share of the survivors, train again, in rounds until the density is reached.",
        "Frankle and Carbin, The Lottery Ticket Hypothesis, ICLR 2019; open_lth's fifth a round",
        [
            new("count", 10, 1, 1e6, "how many trainings there are, the first of them dense") { Integer = true, Example = "20" },
            new("keep", 0.8, 0, 1, "the share of the survivors that each round keeps") { MinOpen = true, MaxOpen = true, Example = "0.5" },
        ],
        static p => new RoundsSchedule((int)p["count"], p["keep"]));
}

/// <summary>
/// A run of several trainings of equal length, of which the first is dense: training k = 0, 1, … has the density max(last, keep^k), as iterative pruning with rewinding has it. The update is the first step of each
/// training that is sparser than the one before; later trainings stay at the last density.
/// </summary>
/// <param name="Count">How many trainings, at least 1; enough of them that keep^(count − 1) is at most the last density. Default 10.</param>
/// <param name="Keep">The share of the survivors that each round keeps, in (0, 1). Default 0.8.</param>
public sealed record RoundsSchedule(int Count = 10, double Keep = 0.8) : IDensitySchedule
{
    /// <inheritdoc/>
    public bool Regrows => false;

    /// <inheritdoc/>
    public PruningStep At(long step, long steps, double density)
    {
        Ramp.Check(step, steps, density);
        // As many as the density takes, but for the rounding of powers.
        var needed = 1 + (int)Math.Ceiling((Math.Log(density) / Math.Log(Keep)) - 1e-9);
        if (Count < needed)
        {
            throw new NetworkPruningException(FormattableString.Invariant($"{Count} trainings that keep {Keep} each end at the density {Math.Pow(Keep, Count - 1)}, and {density} is wanted; take {needed} trainings, or keep less."));
        }

        var training = GeometricSchedule.RoundOf(step, steps, Count, 0, 1, out var begins) - 1;
        return new(Of(training, density), begins && training > 0 && Of(training, density) < Of(training - 1, density));
    }

    private double Of(int training, double density) => Math.Max(density, Math.Pow(Keep, training));
}
