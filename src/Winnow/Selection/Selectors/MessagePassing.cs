using Winnow.Catalog;
using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Hard samples that aren't alike.</summary>
    public static Method<ISelector> D2 => new("d2",
        "Let each sample's score count its neighbours', then keep the highest again and again, each time lowering those of its neighbours.",
        "Maharana, Yadav and Bansal, D2 Pruning: Message Passing for Balancing Diversity and Difficulty, ICLR 2024",
        [
            new("neighbours", 10, 1, 1000, "how many nearest samples each is joined with") { Integer = true, Example = "5" },
            new("forward", 1, 0, 1e6, "how soon a neighbour's score fades with its distance when scores are gathered") { Example = "0.5" },
            new("reverse", 0.1, 0, 1e6, "how soon the lowering fades with the distance when samples are kept") { Example = "0.5" },
            new("cutoff", 0, 0, 1, "the share of all samples that is left out for being the hardest, before any is kept") { MaxOpen = true, Example = "0.1" },
            Parameter.Choice("scale", "what is done to the scores before, which must not be negative: nothing, or stretched to [0, 1]", "none", "min-max"),
        ],
        static p => new MessagePassingSelector { Neighbours = (int)p["neighbours"], Forward = p["forward"], Reverse = p["reverse"], Cutoff = p["cutoff"], Scaled = p.Choice("scale") == "min-max" });
}

/// <summary>
/// D2 pruning. Samples are joined with their nearest ones by Euclidean distance; s_i ← s_i + Σ exp(−γ_f·d_ij)·s_j over them, at least 1e-7; then the sample with the highest s
/// is kept, and of its neighbours s_j ← s_j − exp(−γ_r·d_ij)·s_i. Of equal ones the smaller id comes first. Scores are those with which samples were kept.
/// </summary>
public sealed record MessagePassingSelector : ISelector
{
    private const double Least = 1e-7;

    /// <summary>How many neighbours each sample is joined with, at least 1; at most all others.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>γ_f, at least 0.</summary>
    public double Forward { get; init; } = 1;

    /// <summary>γ_r, at least 0.</summary>
    public double Reverse { get; init; } = 0.1;

    /// <summary>The share of all samples that is left out first, in [0, 1): floor(cutoff·n) by suspicion, as in <see cref="StratifiedSelector"/>.</summary>
    public double Cutoff { get; init; }

    /// <summary>Whether scores are stretched to [0, 1] first.</summary>
    public bool Scaled { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Scores | SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var left = MostSuspicious.Of(input, Cutoff, keep);
        if (input.Count < 2)
        {
            return new([.. Enumerable.Range(0, keep)]);
        }

        var graph = NearestNeighbours.Among(input.Embeddings!, Math.Min(Neighbours, input.Count - 1), new NearestNeighboursOptions { Threads = input.Threads, Progress = input.Progress }, input.Stop);
        return Greedy(graph, Gather(graph, Positive(input.Scores.Span)), left, keep, input.Stop);
    }

    private double[] Positive(ReadOnlySpan<float> scores)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (var i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
            {
                throw new SelectionException(FormattableString.Invariant($"the score of sample {i} is {scores[i]}, and scores are added up; choose a score with a finite value for every sample."));
            }

            if (scores[i] < 0 && !Scaled)
            {
                throw new SelectionException(FormattableString.Invariant($"the score of sample {i} is {scores[i]}, and scores below 0 would count against their neighbours; stretch them by scale=min-max."));
            }

            (low, high) = (Math.Min(low, scores[i]), Math.Max(high, scores[i]));
        }

        var positive = new double[scores.Length];
        for (var i = 0; i < positive.Length; i++)
        {
            positive[i] = !Scaled ? scores[i] : high > low ? (scores[i] - low) / (high - low) : 0;
        }

        return positive;
    }

    private double[] Gather(NearestNeighbours graph, double[] scores)
    {
        var gathered = new double[scores.Length];
        for (var i = 0; i < gathered.Length; i++)
        {
            var ids = graph.Ids(i);
            var distances = graph.Distances(i);
            gathered[i] = scores[i];
            for (var k = 0; k < ids.Length; k++)
            {
                gathered[i] += Math.Exp(-Forward * distances[k]) * scores[ids[k]];
            }

            gathered[i] = Math.Max(gathered[i], Least);
        }

        return gathered;
    }

    // The queue has for each sample that may still be kept a score of at least what it is now. One whose score has fallen since is put back with what it is now when it is met. One
    // whose score rises, as neighbours' do where a sample below 0 is kept, is put in again at once, and what was in the queue of it before is passed over when it is met.
    private SampleSelection Greedy(NearestNeighbours graph, double[] scores, ulong[] left, int keep, CancellationToken stop)
    {
        var queue = new PriorityQueue<int, (double Lowest, int Id)>(scores.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!GroupedKeys.Marked(left, i))
            {
                queue.Enqueue(i, (-scores[i], i));
            }
        }

        var (order, with, kept) = (new int[keep], new float[keep], new bool[scores.Length]);
        for (var n = 0; n < keep;)
        {
            if ((n & 1023) == 0)
            {
                stop.ThrowIfCancellationRequested();
            }

            queue.TryDequeue(out var id, out var key);
            if (kept[id] || -key.Lowest < scores[id])
            {
                continue;
            }

            if (-key.Lowest > scores[id])
            {
                queue.Enqueue(id, (-scores[id], id));
                continue;
            }

            (order[n], with[n], kept[id]) = (id, (float)scores[id], true);
            n++;
            var ids = graph.Ids(id);
            var distances = graph.Distances(id);
            for (var k = 0; k < ids.Length; k++)
            {
                var (near, before) = (ids[k], scores[ids[k]]);
                scores[near] -= kept[near] ? 0 : Math.Exp(-Reverse * distances[k]) * scores[id];
                if (scores[near] > before && !GroupedKeys.Marked(left, near))
                {
                    queue.Enqueue(near, (-scores[near], near));
                }
            }
        }

        return new(order) { Scores = with };
    }
}
