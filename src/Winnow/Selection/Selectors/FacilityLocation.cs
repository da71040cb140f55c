using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples that stand for all others.</summary>
    public static Method<ISelector> FacilityLocation => new("facility-location",
        "Keep the sample that makes all samples most like their most similar kept one, again and again.",
        "Wei, Iyer and Bilmes, Submodularity in data subset selection and active learning, ICML 2015; Minoux 1978 (lazy); Mirzasoleiman et al., AAAI 2015 (stochastic)",
        GreedyChoice.Parameters,
        static p => new FacilityLocationSelector { Similarity = GreedyChoice.SimilarityOf(p), Optimizer = GreedyChoice.OptimizerOf(p), Epsilon = GreedyChoice.EpsilonOf(p) });
}

/// <summary>
/// Greedy facility location: makes the sum over all samples of the similarity to the most similar kept one large; worth at least 1 − 1/e of the best selection. Of equal ones
/// the smaller id comes first. Scores are gains, what each added to the sum. All n × n similarities are kept where half of the memory holds them, and computed again where not.
/// </summary>
public sealed record FacilityLocationSelector : ISelector
{
    /// <summary>How alike two samples are.</summary>
    public Similarity Similarity { get; init; }

    /// <summary>How the sample that adds most is found.</summary>
    public GreedyOptimizer Optimizer { get; init; }

    /// <summary>With <see cref="GreedyOptimizer.Stochastic"/>, in (0, 1): (n/k)·ln(1/ε) samples are looked at each time. apricot and DeepCore have 0.9, which is about one.</summary>
    public double Epsilon { get; init; } = 0.1;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => Optimizer != GreedyOptimizer.Stochastic;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep) =>
        GreedyChoice.Select(input, keep, Similarity, static similarities => new Geometry.FacilityLocation(similarities), Optimizer, Epsilon);
}
