using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

public static partial class DensityScheduleCatalog
{
    /// <summary>Drop slowly at first and at last, along half a cosine.</summary>
    public static Method<IDensitySchedule> Cosine => new("cosine",
        "Drop slowly at first and at last, along half a cosine.",
        "baseline",
        [From(0), Until(0.75), Every(100), First],
        static p => Ordered(p, new CosineSchedule(p["from"], p["until"], (long?)p.Maybe("every"), p["first"])));
}

/// <summary>Half a cosine from the first to the last density.</summary>
/// <param name="From">The share of the run after which updates begin, in [0, 1]. Default 0.</param>
/// <param name="Until">The share at which they end, in [<paramref name="From"/>, 1]; after it the mask is fixed. Default 0.75.</param>
/// <param name="Every">Steps from update to update, at least 1. Null, the default: 100, or in shorter runs a twentieth of the ramp.</param>
/// <param name="First">The density before the first update, in (0, 1]. Default 1.</param>
public sealed record CosineSchedule(double From = 0, double Until = 0.75, long? Every = null, double First = 1) : IDensitySchedule
{
    /// <inheritdoc/>
    public bool Regrows => false;

    /// <inheritdoc/>
    public PruningStep At(long step, long steps, double density) => Ramp.At((step, steps, density), First, From, Until, Every, Ramp.HalfCosine);
}
