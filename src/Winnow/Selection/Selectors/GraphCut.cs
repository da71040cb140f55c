using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples like many others, but not like one another.</summary>
    public static Method<ISelector> GraphCut => new("graph-cut",
        "Keep the sample most like all others and least like those kept before, again and again.",
        "Wei, Iyer and Bilmes, Submodularity in data subset selection and active learning, ICML 2015; Guo et al., DeepCore, 2022",
        [
            new("lambda", 1, 0, 1e6, "how much being like all samples counts against being like kept ones") { Example = "2" },
            Parameter.Choice("own", "a sample's similarity with itself, which is taken off its gain, as in apricot, or left out, as in DeepCore", "subtracted", "left-out"),
            .. GreedyChoice.Parameters,
        ],
        static p => new GraphCutSelector { Lambda = p["lambda"], OwnLeftOut = p.Choice("own") == "left-out", Similarity = GreedyChoice.SimilarityOf(p), Optimizer = GreedyChoice.OptimizerOf(p), Epsilon = GreedyChoice.EpsilonOf(p) });
}

/// <summary>
/// Greedy graph cut: λ times the similarities of all samples with the kept ones, less those among the kept ones. A sample's gain is λ·Σ_i S_ij − 2·Σ_kept S_sj − S_jj. Of equal
/// ones the smaller id comes first. Scores are gains, which may be negative for λ below 2.
/// </summary>
public sealed record GraphCutSelector : ISelector
{
    /// <summary>λ, finite and at least 0.</summary>
    public double Lambda { get; init; } = 1;

    /// <summary>Whether S_jj isn't taken off the gain.</summary>
    public bool OwnLeftOut { get; init; }

    /// <summary>How alike two samples are.</summary>
    public Similarity Similarity { get; init; }

    /// <summary>How the sample that adds most is found.</summary>
    public GreedyOptimizer Optimizer { get; init; }

    /// <summary>With <see cref="GreedyOptimizer.Stochastic"/>, in (0, 1): (n/k)·ln(1/ε) samples are looked at each time.</summary>
    public double Epsilon { get; init; } = 0.1;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => Optimizer != GreedyOptimizer.Stochastic;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep) =>
        GreedyChoice.Select(input, keep, Similarity, similarities => new Geometry.GraphCut(similarities, Lambda, !OwnLeftOut), Optimizer, Epsilon);
}
