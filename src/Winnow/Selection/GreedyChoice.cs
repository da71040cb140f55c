using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>How a greedy selection finds the sample that adds most.</summary>
public enum GreedyOptimizer
{
    /// <summary>Looks again only at samples whose gain, as it was, is still the largest: the same samples as <see cref="Naive"/>.</summary>
    Lazy,

    /// <summary>Looks at all samples each time.</summary>
    Naive,

    /// <summary>Looks at a random part each time.</summary>
    Stochastic,
}

/// <summary>What selectors have in common that make a function of sets large.</summary>
internal static class GreedyChoice
{
    private const string Alike = "similarity", Way = "optimizer", Missed = "epsilon";

    public static IReadOnlyList<Parameter> Parameters =>
    [
        Parameter.Choice(Alike, "how alike two samples are: (1 + cosine)/2, the largest Euclidean distance less theirs, or what apricot has by the names euclidean and cosine, the same of squared distances and the square of the cosine",
            "cosine", "distance", "squared-distance", "squared-cosine"),
        Parameter.Choice(Way, "how the sample that adds most is found: by looking again only where the gain was large, at all of them, or at a random part", "lazy", "naive", "stochastic"),
        new(Missed, 0.1, 0, 1, "with optimizer=stochastic, how much may be missed on average: the smaller, the larger the part that is looked at, ln(1/epsilon) times the samples that there are for each one kept") { MinOpen = true, MaxOpen = true, Example = "0.01" },
    ];

    public static Similarity SimilarityOf(ParameterValues values) => values.Choice(Alike) switch
    {
        "distance" => Similarity.Distance,
        "squared-distance" => Similarity.SquaredDistance,
        "squared-cosine" => Similarity.SquaredCosine,
        _ => Similarity.Cosine,
    };

    public static GreedyOptimizer OptimizerOf(ParameterValues values) => values.Choice(Way) switch
    {
        "naive" => GreedyOptimizer.Naive,
        "stochastic" => GreedyOptimizer.Stochastic,
        _ => GreedyOptimizer.Lazy,
    };

    public static double EpsilonOf(ParameterValues values) => values[Missed];

    /// <summary>Chooses so many samples by their similarities. The part that is looked at in the stochastic way depends on how many are kept, so that its order is no ranking, and ascending.</summary>
    public static SampleSelection Select(SelectionInput input, int keep, Similarity similarity, Func<SimilarityMatrix, ISetFunction> function, GreedyOptimizer optimizer, double epsilon)
    {
        if (keep == 0)
        {
            return new([]);
        }

        using var similarities = SimilarityMatrix.Of(input.Embeddings!, similarity, new() { Threads = input.Threads }, input.Stop);
        var (order, gains) = (new int[keep], new float[keep]);
        var taken = 0;
        foreach (var pick in Picks(function(similarities), input, keep, optimizer, epsilon))
        {
            (order[taken], gains[taken]) = (pick.Id, (float)pick.Gain);
            taken++;
            input.Progress?.Invoke((double)taken / keep);
        }

        if (optimizer == GreedyOptimizer.Stochastic)
        {
            Array.Sort(order, gains);
        }

        return new(order) { Scores = gains };
    }

    private static IEnumerable<GreedyPick> Picks(ISetFunction function, SelectionInput input, int keep, GreedyOptimizer optimizer, double epsilon) => optimizer switch
    {
        GreedyOptimizer.Lazy => GreedySelection.Lazy(function, keep, input.Stop),
        GreedyOptimizer.Naive => GreedySelection.Naive(function, keep, input.Stop),
        GreedyOptimizer.Stochastic => GreedySelection.Stochastic(function, keep, input.Seed, epsilon, input.Stop),
        _ => throw new SelectionException($"optimizer={optimizer} is not one of {string.Join(", ", Enum.GetNames<GreedyOptimizer>())}."),
    };
}
