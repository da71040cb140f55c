using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>How much the label's probability moves over a window of epochs.</summary>
    public static Method<ISampleScore> DynUnc => new("dyn-unc",
        "How much the label's probability moves within a window of visits, mean over all windows.",
        "He et al., Large-scale Dataset Pruning with Dynamic Uncertainty, CVPR 2024 workshops",
        [new("window", 10, 2, 100, "how many visits the spread is taken over") { Integer = true, Example = "5" }, RunsParameter],
        static p => new DynUncScore { Window = (int)p["window"], Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// Dynamic uncertainty (He et al. 2024, section 3): ten times the sample standard deviation of the label's probability over its last <see cref="Window"/> visits, mean over all visits from the
/// first full window on; in [0, 10·√(window / (4·(window − 1)))]. The run's last epoch takes no part, as in the published program; what that program reads as "not seen", a probability of exactly 0, is a probability here.
/// </summary>
public sealed record DynUncScore : ISampleScore
{
    private const string Name = "dyn-unc";
    private const float Scale = 10;
    private const int Longest = 100;

    private static readonly PreciseSum s_sum = new(Name);
    private static readonly Column s_visits = new(Name + "/visits", 0, Merge.Sum);
    private static readonly Column[] s_ring = [.. Enumerable.Range(0, Longest).Select(static slot => new Column($"{Name}/probability-{slot}"))];

    /// <summary>How many visits the spread is taken over, in [2, 100]; 10 by default.</summary>
    public int Window
    {
        get;
        init => field = value is >= 2 and <= Longest ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Window is in [2, 100]");
    } = 10;

    /// <inheritdoc/>
    public int? Runs { get; init => field = ScoreRanges.Runs(value); }

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.DynUnc.SpecOf(("window", Window), ("runs", Runs));

    /// <inheritdoc/>
    public ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <inheritdoc/>
    public ScoreEvidence Evidence => ScoreEvidence.Visits;

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [.. Ring, .. s_sum.Columns, s_visits];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [ScoreSignals.TrueProbability];

    /// <inheritdoc/>
    public int LeastEpochs => Window + 1;

    private ReadOnlySpan<Column> Ring => s_ring.AsSpan(0, Window);

    /// <inheritdoc/>
    public bool Looks(int epoch, int epochs) => epoch < epochs - 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        s_sum.Find(samples, out var sums, out var rests);
        var visits = samples[s_visits];
        var ring = samples.Arrays(Ring);
        var ids = batch.Ids;
        var probabilities = batch[ScoreSignals.TrueProbability][..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var id = (int)ids[i];
            var seen = (int)visits[id];
            visits[id] = seen + 1;
            ring[seen % ring.Length][id] = probabilities[i];
            if (seen + 1 >= ring.Length)
            {
                PreciseSum.Add(ref sums[id], ref rests[id], Scale * Deviation(ring, id, oldest: (seen + 1) % ring.Length));
            }
        }
    }

    /// <inheritdoc/>
    public void Result(SampleTable samples, Span<float> result)
    {
        ArgumentNullException.ThrowIfNull(samples);
        s_sum.Find(samples, out var sums, out var rests);
        var visits = samples[s_visits];
        for (var id = 0; id < result.Length; id++)
        {
            var windows = visits[id] - Window + 1;
            result[id] = windows < 1 ? float.NaN : (float)(((double)sums[id] + rests[id]) / windows);
        }
    }

    // From the oldest on, so that the sum is the same wherever in the ring the window begins.
    private static double Deviation(float[][] ring, int id, int oldest)
    {
        double sum = 0, squares = 0;
        for (var k = 0; k < ring.Length; k++)
        {
            sum += ring[(oldest + k) % ring.Length][id];
        }

        var mean = sum / ring.Length;
        for (var k = 0; k < ring.Length; k++)
        {
            var off = ring[(oldest + k) % ring.Length][id] - mean;
            squares += off * off;
        }

        return Math.Sqrt(squares / (ring.Length - 1));
    }
}
