using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>
/// Which classes of a large source set a small target set is like: each target sample votes for one, and the samples of the classes with the most votes are kept for pretraining
/// (Zhang et al., Selectivity Drives Productivity: Efficient Dataset Pruning for Enhanced Transfer Learning, NeurIPS 2023, DP4TL). It isn't a selector, since it goes by a second set.
/// </summary>
public static class TransferVotes
{
    /// <summary>Votes by label mapping: each target sample votes for the source class that a model of the source set predicts for it.</summary>
    /// <param name="probabilities">The probabilities, or outputs, of the source classes for each target sample, [samples × classes], a row a sample, no NaN.</param>
    /// <param name="classes">The number of source classes, at least 1.</param>
    /// <returns>Votes for each class, [classes]. Of equally probable classes the smaller gets the vote.</returns>
    /// <exception cref="SelectionException">The numbers aren't whole rows, or one is NaN; names the sample.</exception>
    public static int[] ByLabels(ReadOnlySpan<float> probabilities, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (probabilities.Length % classes != 0)
        {
            throw new SelectionException($"{probabilities.Length} probabilities aren't whole rows of {classes} classes; give a row a target sample.");
        }

        var votes = new int[classes];
        for (var start = 0; start < probabilities.Length; start += classes)
        {
            var best = 0;
            for (var c = 0; c < classes; c++)
            {
                var p = probabilities[start + c];
                if (float.IsNaN(p))
                {
                    throw new SelectionException($"a probability of target sample {start / classes} is NaN; give every sample numbers, or leave it out.");
                }

                best = p > probabilities[start + best] ? c : best;
            }

            votes[best]++;
        }

        return votes;
    }

    /// <summary>Votes by feature mapping: each target sample votes for the source class, or cluster, whose mean embedding is nearest.</summary>
    /// <param name="target">The target samples' embeddings, of the same width as the source's.</param>
    /// <param name="source">The source samples' embeddings.</param>
    /// <param name="labels">The class or cluster of each source sample, 0-based; one without samples gets no votes.</param>
    /// <param name="metric">How far apart two embeddings are. The paper has the Euclidean distance.</param>
    /// <param name="threads">The most threads; 0 means all cores. It changes no vote.</param>
    /// <returns>Votes for each class, [largest label + 1]. Of equally near means the smaller class gets the vote.</returns>
    /// <exception cref="SelectionException">Labels or widths don't fit, there is no source sample, or a row can't be used; says which.</exception>
    public static int[] ByFeatures(EmbeddingMatrix target, EmbeddingMatrix source, ReadOnlySpan<int> labels, Metric metric = Metric.Euclidean, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(source);
        if (labels.Length != source.Count || source.Count == 0)
        {
            throw new SelectionException($"there are {labels.Length} labels for {source.Count} source samples; give one a sample, of at least one sample.");
        }

        if (target.Width != source.Width)
        {
            throw new SelectionException($"embeddings of the target have {target.Width} numbers and those of the source {source.Width}; take both from one network.");
        }

        try
        {
            source.RequireFinite(threads);
            var (means, of) = Means(source, labels);
            var nearest = NearestNeighbours.Of(target, EmbeddingMatrix.Of(means, source.Width), 1, new NearestNeighboursOptions { Metric = metric, Threads = threads });
            var votes = new int[of[^1] + 1];
            for (var i = 0; i < target.Count; i++)
            {
                votes[of[nearest.Ids(i)[0]]]++;
            }

            return votes;
        }
        catch (Exception error) when (error is EmbeddingException or WorkingMemoryException)
        {
            throw new SelectionException($"the embeddings: {error.Message}");
        }
    }

    /// <summary>The classes with the most votes, or the fewest.</summary>
    /// <param name="votes">Votes for each class.</param>
    /// <param name="count">How many classes, in [0, classes].</param>
    /// <param name="fewest">Whether those with the fewest votes come first, as a control.</param>
    /// <returns>That many classes, best first, of equally many votes the smaller one first.</returns>
    /// <exception cref="SelectionException">There are fewer classes.</exception>
    public static int[] Best(ReadOnlySpan<int> votes, int count, bool fewest = false)
    {
        if (count < 0 || count > votes.Length)
        {
            throw new SelectionException($"{count} classes are to be kept of {votes.Length}; keep 0 to {votes.Length}.");
        }

        var all = votes.ToArray();
        return [.. Enumerable.Range(0, all.Length).OrderBy(c => fewest ? all[c] : -(long)all[c]).ThenBy(static c => c).Take(count)];
    }

    /// <summary>The samples of some classes.</summary>
    /// <param name="labels">The class of each source sample.</param>
    /// <param name="classes">The classes that are kept, in any order.</param>
    /// <returns>Ids, ascending.</returns>
    public static int[] Samples(ReadOnlySpan<int> labels, ReadOnlySpan<int> classes)
    {
        HashSet<int> kept = [.. classes];
        var ids = new List<int>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (kept.Contains(labels[i]))
            {
                ids.Add(i);
            }
        }

        return [.. ids];
    }

    // Of classes that have samples, and which these are.
    private static (float[] Means, int[] Of) Means(EmbeddingMatrix source, ReadOnlySpan<int> labels)
    {
        var sums = new SortedDictionary<int, (double[] Sum, int Count)>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0)
            {
                throw new SelectionException($"the label of source sample {i} is {labels[i]}; labels are classes, 0 and above.");
            }

            var (sum, count) = sums.TryGetValue(labels[i], out var before) ? before : (new double[source.Width], 0);
            WideDots.AddMultiple(sum, 1, source.Rows(i, 1));
            sums[labels[i]] = (sum, count + 1);
        }

        return ([.. sums.Values.SelectMany(static of => of.Sum.Select(sum => (float)(sum / of.Count)))], [.. sums.Keys]);
    }
}
