using Winnow.Catalog;

namespace Winnow.Training.Schedules;

public static partial class ScheduleCatalog
{
    /// <summary>Optional linear warm-up, then half a cosine.</summary>
    public static Method<ILearningRateSchedule> Cosine => new("cosine",
        "Fall from the peak to the end along half a cosine, after an optional linear warm-up.",
        "Loshchilov and Hutter, SGDR, ICLR 2017",
        [
            new("warmup", 0, 0, 1, "the share of the run in which the rate rises") { MaxOpen = true, Example = "0.05" },
            new("end", 0, 0, 1, "the last rate as a share of the peak") { Example = "0.01" },
        ],
        static p => new CosineSchedule(p["warmup"], p["end"]));
}

/// <summary>Linear from 0 to 1 over the first <paramref name="Warmup"/> of the run, then half a cosine to <paramref name="End"/>.</summary>
/// <param name="Warmup">Share of the run, in [0, 1).</param>
/// <param name="End">Last rate as a share of the peak, in [0, 1].</param>
public sealed record CosineSchedule(double Warmup, double End) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double At(double progress) => Shape.WarmUpThenDecay(progress, Warmup, static t => t, t => Shape.HalfCosine(1, End, t));
}
