namespace Winnow.Data.Subsets;

/// <summary>Samples that were kept of a data set, and what each counts.</summary>
/// <param name="Manifest">Where it comes from.</param>
/// <param name="Order">Their ids: positions in the set they were kept of, 0-based, each once; best first where the method ranks.</param>
/// <param name="Weights">What each counts, in that order: finite, at least 0, of the mean 1; empty where all count the same.</param>
/// <param name="Scores">What each was chosen by, in that order; empty where there is no such number.</param>
public sealed record Subset(SubsetManifest Manifest, ReadOnlyMemory<int> Order, ReadOnlyMemory<float> Weights = default, ReadOnlyMemory<float> Scores = default)
{
    /// <summary>The ids in ascending order.</summary>
    public int[] Ids()
    {
        var ids = Order.ToArray();
        if (!IsAscending)
        {
            Array.Sort(ids);
        }

        return ids;
    }

    /// <summary>What each counts, in the order of <see cref="Ids"/>; empty where all count the same.</summary>
    public float[] WeightsById() => ById(Weights);

    /// <summary>What each was chosen by, in the order of <see cref="Ids"/>; empty where there is no such number.</summary>
    public float[] ScoresById() => ById(Scores);

    /// <summary>What is trained on: the ids in ascending order and what each counts (empty where all count the same), without those that count nothing.</summary>
    public (int[] Ids, float[] Weights) Trained()
    {
        var (ids, weights) = (Ids(), WeightsById());
        return Array.TrueForAll(weights, static weight => weight > 0)
            ? (ids, weights)
            : ([.. ids.Where((_, place) => weights[place] > 0)], [.. weights.Where(static weight => weight > 0)]);
    }

    private bool IsAscending
    {
        get
        {
            var order = Order.Span;
            for (var i = 1; i < order.Length; i++)
            {
                if (order[i] < order[i - 1])
                {
                    return false;
                }
            }

            return true;
        }
    }

    private float[] ById(ReadOnlyMemory<float> values)
    {
        var byId = values.ToArray();
        if (byId.Length > 0 && !IsAscending)
        {
            Array.Sort(Order.ToArray(), byId);
        }

        return byId;
    }

    /// <summary>Refuses a set of samples that the subset wasn't chosen from.</summary>
    /// <param name="set">The samples.</param>
    /// <exception cref="DataException">There are more or fewer, or they have another fingerprint; says both.</exception>
    public void Check(SampleSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.Count != Manifest.N)
        {
            throw new DataException($"the subset was chosen from {Manifest.N} samples, and {set.Name} has {set.Count} to train on: give the data, and the options that change them, that it was chosen with.");
        }

        if (Manifest.DataFingerprint is { } fingerprint && fingerprint != set.Fingerprint)
        {
            throw new DataException($"the subset was chosen from other samples than those of {set.Name}: their fingerprint was {fingerprint} and is {set.Fingerprint}. Give the data, and the options that change them, that it was chosen with.");
        }
    }
}
