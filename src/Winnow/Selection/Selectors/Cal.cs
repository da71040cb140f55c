using Winnow.Catalog;
using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples that are predicted otherwise than their neighbours.</summary>
    public static Method<ISelector> Cal => new("cal",
        "Keep the samples whose predicted probabilities differ most from those of their nearest neighbours in the same class.",
        "Margatina et al., Active Learning by Acquiring Contrastive Examples, EMNLP 2021; in the form of Guo et al., DeepCore, 2022",
        [
            new("neighbours", 10, 1, 1000, "with how many nearest samples of its class each is compared") { Integer = true, Example = "5" },
            Parameter.Choice("keeps", "which samples are kept: those that differ most, as in the paper, or least, as DeepCore's program does", "highest", "lowest"),
            EmbeddingMetric.Parameter,
        ],
        static p => new ContrastiveSelector { Neighbours = (int)p["neighbours"], Lowest = p.Choice("keeps") == "lowest", Metric = EmbeddingMetric.Of(p) });
}

/// <summary>
/// CAL: a sample's score is the mean of ½·KL(p‖q) + ½·KL(q‖p) between its probabilities and those of its nearest neighbours of the same class, in nats; probabilities below 1e-12
/// count as that. A sample isn't its own neighbour, but one equal to it is. A class of one sample has the score 0. Of equal scores the smaller id comes first.
/// </summary>
public sealed record ContrastiveSelector : ISelector
{
    private const double Least = 1e-12;

    /// <summary>How many neighbours each is compared with, at least 1; all others of its class where there are fewer.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>Whether those that differ least are kept: what DeepCore's program does, against the paper.</summary>
    public bool Lowest { get; init; }

    /// <summary>How far apart two samples are.</summary>
    public Metric Metric { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | SelectionNeeds.Labels | SelectionNeeds.Probabilities;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (input.Count == 0)
        {
            return new([]);
        }

        LastLayer.Check(input);
        return new TopSelector { Easiest = Lowest }.Select(input with { Scores = Scores(input) }, keep);
    }

    private float[] Scores(SelectionInput input)
    {
        var scores = new float[input.Count];
        var members = ClassMembers.Of(input.Labels.Span, input.Classes);
        // Also those in classes of one, which are compared with none.
        input.Embeddings!.RequireFinite(input.Threads);
        for (var c = 0; c < members.Length; c++)
        {
            var ids = members[c];
            if (ids.Length < 2)
            {
                continue;
            }

            var near = NearestNeighbours.Among(SelectionInput.Gather(input.Embeddings, ids), Math.Min(Neighbours, ids.Length - 1), new NearestNeighboursOptions { Metric = Metric, Threads = input.Threads }, input.Stop);
            LastLayer.Pieces(ids.Length, input.Threads, i =>
            {
                double sum = 0;
                foreach (var other in near.Ids(i))
                {
                    sum += Divergence(input, ids[i], ids[other]);
                }

                scores[ids[i]] = (float)(sum / near.Neighbours);
            });
            input.Progress?.Invoke((c + 1.0) / members.Length);
        }

        return scores;
    }

    // The two directions together are ½·Σ (p − q)·ln(p/q).
    private static double Divergence(SelectionInput input, int one, int other)
    {
        var classes = LastLayer.Classes(input);
        var p = input.Probabilities.Span.Slice(one * classes, classes);
        var q = input.Probabilities.Span.Slice(other * classes, classes);
        double sum = 0;
        for (var c = 0; c < classes; c++)
        {
            double a = Math.Max(p[c], Least), b = Math.Max(q[c], Least);
            sum += (a - b) * Math.Log(a / b);
        }

        return sum / 2;
    }
}
