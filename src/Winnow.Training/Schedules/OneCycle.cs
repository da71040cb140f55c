using Winnow.Catalog;

namespace Winnow.Training.Schedules;

public static partial class ScheduleCatalog
{
    /// <summary>The one-cycle policy: cosine up, cosine down to almost nothing.</summary>
    public static Method<ILearningRateSchedule> OneCycle => new("onecycle",
        "Rise to the peak and fall to almost nothing, both along half a cosine.",
        "Smith and Topin, Super-Convergence, arXiv 1708.07120; defaults of PyTorch's OneCycleLR",
        [
            new("warmup", 0.3, 0, 1, "the share of the run in which the rate rises") { MaxOpen = true, Example = "0.2" },
            new("start", 0.04, 0, 1, "the first rate as a share of the peak") { Example = "0.1" },
            new("end", 4e-6, 0, 1, "the last rate as a share of the peak") { Example = "0.001" },
        ],
        static p => new OneCycleSchedule(p["warmup"], p["start"], p["end"]));
}

/// <summary>Half a cosine from <paramref name="Start"/> to 1 over the first <paramref name="Warmup"/> of the run, then one to <paramref name="End"/>.</summary>
/// <param name="Warmup">Share of the run, in [0, 1).</param>
/// <param name="Start">First rate as a share of the peak, in [0, 1].</param>
/// <param name="End">Last rate as a share of the peak, in [0, 1].</param>
public sealed record OneCycleSchedule(double Warmup, double Start, double End) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double At(double progress) => Shape.WarmUpThenDecay(progress, Warmup, t => Shape.HalfCosine(Start, 1, t), t => Shape.HalfCosine(1, End, t));
}
