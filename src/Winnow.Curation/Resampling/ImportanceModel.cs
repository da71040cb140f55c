using Winnow.Data.Formats;

namespace Winnow.Curation.Resampling;

/// <summary>
/// What DSIR compares raw texts with: the distributions of buckets in the raw and in the target corpus. The logarithm of a text's importance weight is the sum over its words and pairs of
/// ln(p_target + 1e-8) - ln(p_raw + 1e-8), and grows with the text's length.
/// </summary>
public sealed class ImportanceModel
{
    /// <summary>The least number of words that a text must have to be drawn, by the published default.</summary>
    public const int DefaultMinWords = 100;

    // Keeps the logarithm of what never occurred finite.
    internal const double Floor = 1e-8;

    private readonly double[] _logRatios;

    /// <summary>Fits a model.</summary>
    /// <param name="raw">The raw corpus, or a part of it; the published program takes the first 100,000 n-grams for each bucket.</param>
    /// <param name="target">The target corpus, with as many buckets.</param>
    /// <param name="smoothing">What is added to each count of the target, at least 0. Default 0; more helps where the target is small.</param>
    /// <exception cref="CurationException">A corpus has no n-grams, the numbers of buckets differ, or the smoothing is negative.</exception>
    public ImportanceModel(BucketHistogram raw, BucketHistogram target, double smoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(raw);
        ArgumentNullException.ThrowIfNull(target);
        if (raw.Counts.Length != target.Counts.Length)
        {
            throw new CurationException($"The raw corpus is counted in {raw.Counts.Length} buckets and the target in {target.Counts.Length}; count both in as many.");
        }

        if (!(smoothing >= 0 && double.IsFinite(smoothing)))
        {
            throw new CurationException(FormattableString.Invariant($"A smoothing of {smoothing} is no count; give 0 or more."));
        }

        if (raw.Total == 0 || target.Total == 0)
        {
            throw new CurationException($"The {(raw.Total == 0 ? "raw" : "target")} corpus has no words, so nothing can be compared with it; give texts with words.");
        }

        (Raw, Target, Smoothing) = (raw, target, smoothing);
        _logRatios = new double[raw.Counts.Length];
        var total = target.Total + (smoothing * _logRatios.Length);
        for (var b = 0; b < _logRatios.Length; b++)
        {
            _logRatios[b] = NaturalLogarithm.Of(((target.Counts[b] + smoothing) / total) + Floor) - NaturalLogarithm.Of(((double)raw.Counts[b] / raw.Total) + Floor);
        }
    }

    /// <summary>The raw corpus.</summary>
    public BucketHistogram Raw { get; }

    /// <summary>The target corpus.</summary>
    public BucketHistogram Target { get; }

    /// <summary>What was added to each count of the target.</summary>
    public double Smoothing { get; }

    /// <summary>The value of each bucket, in nats, between about -18.4 and 18.4.</summary>
    public ReadOnlySpan<double> LogRatios => _logRatios;

    /// <summary>Reads a model that was saved.</summary>
    /// <param name="path">An npz file.</param>
    /// <exception cref="CurationException">It is no such model.</exception>
    public static ImportanceModel Load(string path)
    {
        var content = Npz.Read(path);
        return content.Find("raw_counts") is { Type: NpyType.Int64 } raw && content.Find("target_counts") is { Type: NpyType.Int64 } target
            && content.Find("smoothing") is { Type: NpyType.Float64, Length: 1 } smoothing
            ? new(new(raw.AsSpan<long>()), new(target.AsSpan<long>()), smoothing.AsSpan<double>()[0])
            : throw new CurationException($"{path} is no model of importance weights: it lacks raw_counts, target_counts (int64) or smoothing (float64); save one with this program.");
    }

    /// <summary>Saves the model as npz: <c>raw_counts</c> and <c>target_counts</c> (int64), <c>smoothing</c> and <c>log_ratios</c> (float64).</summary>
    /// <param name="path">The file; replaced where there is one.</param>
    public void Save(string path) => Npz.Write(path, new NpzContent()
        .With("raw_counts", NpyArray.Create(Raw.Counts))
        .With("target_counts", NpyArray.Create(Target.Counts))
        .With("smoothing", NpyArray.Create<double>([Smoothing]))
        .With("log_ratios", NpyArray.Create(LogRatios)));
}
