using Winnow.Catalog;

namespace Winnow.Training.Schedules;

public static partial class ScheduleCatalog
{
    /// <summary>Linear warm-up, then linear decay.</summary>
    public static Method<ILearningRateSchedule> Linear => new("linear",
        "Rise linearly to the peak, then fall linearly to the end.",
        "budgeted training: Li et al., ICLR 2020",
        [
            new("warmup", 0.25, 0, 1, "the share of the run in which the rate rises") { MaxOpen = true, Example = "0.1" },
            new("start", 0.1, 0, 1, "the first rate as a share of the peak") { Example = "0.04" },
            new("end", 0.002, 0, 1, "the last rate as a share of the peak") { Example = "0" },
        ],
        static p => new LinearSchedule(p["warmup"], p["start"], p["end"]));
}

/// <summary>Linear from <paramref name="Start"/> to 1 over the first <paramref name="Warmup"/> of the run, then linear to <paramref name="End"/>.</summary>
/// <param name="Warmup">Share of the run, in [0, 1).</param>
/// <param name="Start">First rate as a share of the peak, in [0, 1].</param>
/// <param name="End">Last rate as a share of the peak, in [0, 1].</param>
public sealed record LinearSchedule(double Warmup, double Start, double End) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double At(double progress) => Shape.WarmUpThenDecay(progress, Warmup, t => Shape.Line(Start, 1, t), t => Shape.Line(1, End, t));
}
