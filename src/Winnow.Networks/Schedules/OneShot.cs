using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

public static partial class DensityScheduleCatalog
{
    /// <summary>Everything at once.</summary>
    public static Method<IDensitySchedule> OneShot => new("one-shot",
        "Drop all there is to drop at once.",
        "baseline",
        [
            new("at", 0, 0, 1, "the share of the run after which it happens") { Example = "0.5" },
            new("rounds", 1, 1, 10000, "in how many rounds, each of which scores what is left anew, without training in between") { Integer = true, Example = "100" },
        ],
        static p => new OneShotSchedule(p["at"], (int)p["rounds"]));
}

/// <summary>One update, at step ⌈at · steps⌉: dense before, the last density from then on.</summary>
/// <param name="At">The share of the run after which it happens, in [0, 1]. Default 0: before the first step.</param>
/// <param name="Rounds">In how many rounds, each of which scores anew what is left (<see cref="Scores.IterativeSelection"/>), at least 1. Default 1.</param>
public sealed record OneShotSchedule(double At = 0, int Rounds = 1) : IDensitySchedule
{
    /// <inheritdoc/>
    public bool Regrows => false;

    /// <inheritdoc/>
    PruningStep IDensitySchedule.At(long step, long steps, double density) => Ramp.At((step, steps, density), 1, At, At, 1, Ramp.Line) with { Rounds = Rounds };
}
