using Winnow.Catalog;
using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>As many as the PQ index says.</summary>
    public static Method<IBudget> PqIndex => new("pq-index",
        "Drop as many as the unevenness of the magnitudes allows, round after round: few of even ones, many of spiky ones.",
        "Diao et al., Pruning Deep Neural Networks from a Sparsity Perspective, ICLR 2023, section 3 and algorithm 1",
        [
            new("p", 0.5, 0, 2, "the smaller norm's exponent") { MinOpen = true, Example = "1" },
            new("q", 1, 0, 10, "the larger norm's exponent, above p") { MinOpen = true, Example = "2" },
            new("eta", 0, 0, 1e6, "how much is allowed for sums of powers that pruning changes") { Example = "0.001" },
            new("gamma", 1, 0, 1e6, "the scale of what is dropped") { MinOpen = true, Example = "0.5" },
            new("beta", 0.9, 0, 1, "the most of the survivors that go in one round") { MinOpen = true, Example = "0.5" },
            Parameter.Choice("scope", "over what the index is taken", "layer", "global", "neuron"),
        ],
        static p => p["p"] < p["q"]
            ? new PqIndexBudget(p["p"], p["q"]) { Eta = p["eta"], Gamma = p["gamma"], Beta = p["beta"], Scope = Enum.Parse<PqScope>(p.Choice("scope"), ignoreCase: true) }
            : throw new MethodSpecException($"p has to be below q, and p={p.Text("p")} and q={p.Text("q")} in \"{p.Place}\"; try p=0.5,q=1"));
}

/// <summary>Over what a PQ index is taken.</summary>
public enum PqScope
{
    /// <summary>Each layer on its own.</summary>
    Layer,

    /// <summary>All layers together.</summary>
    Global,

    /// <summary>Each output of a layer on its own: the first extent.</summary>
    Neuron,
}

/// <summary>
/// The adaptive amount of SAP: of d survivors with PQ index I, at least r = d · (1+η)^(−q/(q−p)) · (1−I)^(pq/(q−p)) are needed, and ⌊d · min(γ · (1 − r/d), β)⌋ of the smallest go. Goes by
/// magnitudes, so its scores are those of <c>magnitude</c>; the survivors are what is alive.
/// </summary>
/// <param name="P">The smaller exponent, above 0. Default 0.5.</param>
/// <param name="Q">The larger exponent, above <paramref name="P"/>. Default 1.</param>
public sealed record PqIndexBudget(double P = 0.5, double Q = 1) : IBudget
{
    private const string Rule = "the PQ index";

    /// <summary>η, at least 0. Default 0.</summary>
    public double Eta { get; init; }

    /// <summary>γ, above 0. Default 1.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>β, the most of the survivors that go at once, in (0, 1]. Default 0.9.</summary>
    public double Beta { get; init; } = 0.9;

    /// <summary>Over what the index is taken. Default: each layer.</summary>
    public PqScope Scope { get; init; }

    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public bool SetsDensity => true;

    /// <summary>I = 1 − d^(1/q − 1/p) · ‖w‖_p / ‖w‖_q: 0 for equal magnitudes, 1 − d^(1/q − 1/p) for a single one that isn't 0; the same for any multiple. 0 where all are 0, or there are none.</summary>
    /// <param name="magnitudes">Finite; signs don't count.</param>
    /// <param name="p">Above 0.</param>
    /// <param name="q">Above <paramref name="p"/>.</param>
    /// <returns>In [0, 1).</returns>
    public static double Index(ReadOnlySpan<float> magnitudes, double p = 0.5, double q = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(p);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(q, p);
        // Relative to the largest, so that no power over- or underflows.
        double largest = 0, sumP = 0, sumQ = 0;
        foreach (var magnitude in magnitudes)
        {
            largest = Math.Max(largest, Math.Abs((double)magnitude));
        }

        if (largest == 0)
        {
            return 0;
        }

        foreach (var magnitude in magnitudes)
        {
            var relative = Math.Abs(magnitude) / largest;
            sumP += Math.Pow(relative, p);
            sumQ += Math.Pow(relative, q);
        }

        // Means instead of sums and d: the factor is in them, and equal magnitudes give 1 to the bit.
        return Math.Max(0, 1 - (Math.Pow(sumP / magnitudes.Length, 1 / p) / Math.Pow(sumQ / magnitudes.Length, 1 / q)));
    }

    /// <summary>How many of d survivors go.</summary>
    /// <param name="survivors">d, at least 0.</param>
    /// <param name="index">Their PQ index, in [0, 1].</param>
    public long Dropped(long survivors, double index)
    {
        // r / d.
        var needed = Math.Pow(1 + Eta, -Q / (Q - P)) * Math.Pow(1 - index, P * Q / (Q - P));
        return (long)Math.Floor(survivors * Math.Min(Gamma * (1 - needed), Beta));
    }

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (Scope != PqScope.Global)
        {
            return [.. layers.Select(layer => Rows(layer).Sum(static row => row.Keep))];
        }

        float[] all = [.. layers.SelectMany(static layer => layer.Magnitudes(Rule, 0, (int)layer.Count))];
        return LargestScores.Counts(layers, all.Length - Dropped(all.Length, Index(all, P, Q)));
    }

    /// <inheritdoc/>
    public MaskSet Select(IReadOnlyList<BudgetLayer> layers, long[] counts)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Scope != PqScope.Neuron ? LargestScores.Of(layers, counts) : new(layers.Select(layer => LargestScores.Of(layer, Rows(layer))));
    }

    private IEnumerable<(int Start, int Length, long Keep)> Rows(BudgetLayer layer)
    {
        var rows = Scope == PqScope.Neuron && layer.Count > 0 ? (int)layer.Shape[0] : 1;
        var length = (int)(layer.Count / rows);
        for (var row = 0; row < rows; row++)
        {
            var survivors = layer.Magnitudes(Rule, row * length, length);
            yield return (row * length, length, survivors.Length - Dropped(survivors.Length, Index(survivors, P, Q)));
        }
    }
}
