using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>The parameter by which selectors are told how far apart two embeddings are.</summary>
internal static class EmbeddingMetric
{
    private const string Name = "metric", Euclidean = "euclidean", Cosine = "cosine";

    public static Parameter Parameter => Parameter.Choice(Name, "how far apart two embeddings are", Euclidean, Cosine);

    public static Parameter ByAngle => Parameter.Choice(Name, "how far apart two embeddings are", Cosine, Euclidean);

    public static Metric Of(ParameterValues values) => values.Choice(Name) == Cosine ? Metric.Cosine : Metric.Euclidean;
}
