using Winnow.Plans;
using Winnow.Training.Tasks;

namespace Winnow.Training.Runs;

/// <summary>This process's shares of a plan's batches, one after the other, and the way back to the order of the whole.</summary>
internal sealed class RankBatches
{
    private readonly RankShare _share;
    private readonly DistributedRun _ranks;
    private readonly int[] _starts;

    public RankBatches(EpochPlan plan, int batchSize, DistributedRun ranks)
    {
        (_share, _ranks) = (plan.Share(ranks.Rank, ranks.Count, batchSize), ranks);
        _starts = new int[_share.Steps + 1];
        for (var b = 0; b < _share.Steps; b++)
        {
            _starts[b + 1] = _starts[b] + _share.Length(b);
        }

        Ids = new int[_starts[^1]];
        for (var b = 0; b < _share.Steps; b++)
        {
            _share.CopyIds(b, Ids.AsSpan(_starts[b]));
        }
    }

    /// <summary>The samples this process computes, in visiting order, padding included.</summary>
    public int[] Ids { get; }

    /// <summary>
    /// What each sample's loss counts in the loss of its step: its weight times its size over the step's denominator, 0 for padding. The denominator is the whole
    /// batch's, also where this process has only a share of it: gradients are added up, not averaged.
    /// </summary>
    /// <param name="normalization">Which denominator.</param>
    /// <param name="sizes">Of all training samples; empty where all count alike.</param>
    public float[] LossWeights(LossNormalization normalization, ReadOnlySpan<float> sizes = default)
    {
        var weights = new float[Ids.Length];
        for (var b = 0; b < _share.Steps; b++)
        {
            var mine = weights.AsSpan(_starts[b], Count(b));
            _share.CopyWeights(b, mine);
            var whole = Whole(b);
            var denominator = sizes.IsEmpty ? LossDenominator.Of(normalization, whole) : Parts(whole, normalization == LossNormalization.Weights, sizes);
            for (var k = 0; k < mine.Length; k++)
            {
                mine[k] = (float)(mine[k] * (sizes.IsEmpty ? 1.0 : sizes[Ids[_starts[b] + k]]) / denominator);
            }
        }

        return weights;
    }

    /// <summary>Where a batch's share begins; for the number of batches, the end.</summary>
    public int Start(int batch) => _starts[batch];

    /// <summary>How many samples a batch's share has, padding included.</summary>
    public int Count(int batch) => _starts[batch + 1] - _starts[batch];

    /// <summary>What all processes observed in the first so many batches, in visiting order.</summary>
    public SampleColumns Merge(SampleColumns mine, int batches)
    {
        if (_ranks.Count == 1 || batches == 0)
        {
            return mine;
        }

        var counts = new int[batches];
        for (var b = 0; b < batches; b++)
        {
            counts[b] = Whole(b).Count;
        }

        return _ranks.Merge(mine, Ids, _starts.AsSpan(0, batches + 1), counts, place => _share.Plan.Order[place]);
    }

    /// <summary>The way back from <see cref="Merge(SampleColumns, int)"/>: of what all observed, what this process would have; zeros for padding.</summary>
    public SampleColumns Split(SampleColumns whole, int batches)
    {
        return _ranks.Count == 1 ? whole : new(_starts[batches], whole.Names.Select(name => KeyValuePair.Create(name, Mine(whole[name], whole.Width(name)))));

        float[] Mine(float[] all, int width)
        {
            var mine = new float[_starts[batches] * width];
            for (var b = 0; b < batches && all.Length > 0; b++)
            {
                var part = _share.At(b);
                all.AsSpan(part.Start * width, part.Count * width).CopyTo(mine.AsSpan(_starts[b] * width));
            }

            return mine;
        }
    }

    /// <summary>The losses of one batch, in the batch's order.</summary>
    public float[] Merge(float[] mine, int batch) => _ranks.Merge(mine, Whole(batch).Count);

    /// <summary>How many parts the samples of a batch have together, each times the weight of its sample where that counts.</summary>
    private static double Parts(in PlannedBatch batch, bool weighted, ReadOnlySpan<float> sizes)
    {
        double sum = 0;
        foreach (var id in batch.Ids)
        {
            sum += sizes[id] * (weighted ? (double)batch.Plan.Weights[id] : 1);
        }

        return sum;
    }

    private PlannedBatch Whole(int batch) => _share.Plan.Batch(batch, _share.BatchSize);
}
