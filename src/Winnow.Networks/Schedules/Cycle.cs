using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

public static partial class DensityScheduleCatalog
{
    /// <summary>Prune and regrow.</summary>
    public static Method<IDensitySchedule> Cycle => new("cycle",
        "Drop along the cubic ramp and at each update regrow as many as are dropped besides; without a ramp it is sparse training at one density.",
        "Liu et al., Sparse Training via Boosting Pruning Plasticity with Neuroregeneration (GraNet), NeurIPS 2021; Evci et al., Rigging the Lottery, ICML 2020",
        [
            Parameter.Optional("first", 0, 1, "the density before the first update; unset: the last one, as in RigL and SET") with { MinOpen = true, Example = "0.5" },
            From(0), Until(0.5), Every(1000),
            new("regrow", 0.5, 0, 1, "the share of a layer's survivors that is exchanged at first") { MaxOpen = true, Example = "0.3" },
            new("regrow-end", 0.005, 0, 1, "that share at last, along half a cosine") { MaxOpen = true, Example = "0.1" },
            new("stop", 1, 0, 1, "the share of the run after which nothing is exchanged any more, at least until") { Example = "0.75" },
        ],
        static p => p["stop"] >= p["until"]
            ? Ordered(p, new CycleSchedule(p.Maybe("first"), p["from"], p["until"], (long?)p.Maybe("every")) { Regrow = p["regrow"], RegrowEnd = p["regrow-end"], Stop = p["stop"] })
            : throw new MethodSpecException($"stop can't be below until, and stop={p.Text("stop")} and until={p.Text("until")} in \"{p.Place}\"; try until=0.5,stop=1"));
}

/// <summary>
/// The cubic ramp, and at each update (also after the ramp, until <see cref="Stop"/>) a share r of each layer's survivors is dropped and as many are regrown: r falls from <see cref="Regrow"/> to
/// <see cref="RegrowEnd"/> along half a cosine from the run's beginning to its end. The density isn't changed by the exchange; with equal first and last densities it is constant.
/// </summary>
/// <param name="First">The density before the first update, in (0, 1]; null, the default: the last density.</param>
/// <param name="From">The share of the run after which updates begin, in [0, 1]. Default 0.</param>
/// <param name="Until">The share at which the ramp ends. Default 0.5.</param>
/// <param name="Every">Steps from update to update, at least 1. Null, the default: 1000, or in shorter runs a twentieth of the time in which weights are exchanged.</param>
public sealed record CycleSchedule(double? First = null, double From = 0, double Until = 0.5, long? Every = null) : IDensitySchedule
{
    /// <summary>The share that is exchanged at first, in [0, 1). Default 0.5.</summary>
    public double Regrow { get; init; } = 0.5;

    /// <summary>The share at last, in [0, 1). Default 0.005.</summary>
    public double RegrowEnd { get; init; } = 0.005;

    /// <summary>The share of the run after which nothing is exchanged any more, in [<see cref="Until"/>, 1]. Default 1.</summary>
    public double Stop { get; init; } = 1;

    /// <inheritdoc/>
    public bool Regrows => true;

    /// <inheritdoc/>
    public PruningStep At(long step, long steps, double density)
    {
        var every = Every ?? Ramp.Interval(steps, From, Stop, most: 1000);
        var ramp = Ramp.At((step, steps, density), First ?? density, From, Until, every, Ramp.Cubic);
        var (start, updates) = Ramp.Updates(steps, From, Stop, every);
        var isExchange = step >= start && step < steps && (step - start) % every == 0 && (step - start) / every <= updates;
        return new(ramp.Density, ramp.IsUpdate || isExchange, isExchange ? Ramp.HalfCosine(Regrow, RegrowEnd, (double)step / steps) : 0);
    }
}
