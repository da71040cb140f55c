using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// InfoBatch as its published program has it (NUS-HPC-AI-Lab/InfoBatch, commit 8bbb012), for comparison: a sample never seen has loss 3,
/// which counts in the mean; the mean is over all samples, so one NaN stops the pruning and one infinity makes every finite sample easy;
/// floor(keep·n) of the n below the mean are kept, perhaps none, with weight 1/keep, which is biased; epoch e is pruned while
/// e + 1 ≤ until·C. Reached by <c>infobatch:rule=reference</c>.
/// </summary>
public sealed record InfoBatchReferencePolicy : IPruningPolicy
{
    private static readonly Column s_loss = Column.Loss with { Initial = 3f };
    private static readonly Column[] s_columns = [s_loss];

    /// <summary>The share kept of the samples below the mean, in [0.1, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 0.875;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.InfoBatch.SpecOf(("keep", Keep), ("until", Until), ("rule", 1));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) => LastLoss.Store(samples[s_loss], batch);

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ReadOnlySpan<float> losses = samples[s_loss];
        if (epoch.Epoch + 1 > Until * epoch.TotalEpochs || losses.IsEmpty)
        {
            weights.Fill(1f);
            return;
        }

        var limit = Threshold(losses, epoch.Threads);
        new GroupDraw([limit], [Keep], Exact: false).Draw(epoch, "infobatch", losses, default, weights);
    }

    /// <summary>The program's threshold: the plain mean of all scores, rounded to float32. NaN and infinities go through.</summary>
    internal static float Threshold(ReadOnlySpan<float> losses, int threads)
    {
        // All states alike: every value counts. An infinite first value would make every distance NaN, so such a sum is plain.
        var mean = MaskedMean.Of(losses, new byte[losses.Length], 0, threads).Mean;
        if (double.IsFinite(mean))
        {
            return (float)mean;
        }

        double sum = 0;
        foreach (var loss in losses)
        {
            sum += loss;
        }

        return (float)(sum / losses.Length);
    }
}
