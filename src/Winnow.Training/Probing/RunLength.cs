namespace Winnow.Training.Probing;

/// <summary>How long runs will take by a measured speed, and how large a comparison may be to end in time.</summary>
/// <param name="SamplesPerSecond">Full steps, as a probe measured them.</param>
public sealed record RunLength(double SamplesPerSecond)
{
    // A probe counts the fastest step; a run has slower ones too, and does other things besides.
    private const double Reached = 0.85;

    // Sending a sample forward alone, of what a full step takes.
    private const double Forward = 0.35;

    // What a method leaves of a run where nobody knows yet.
    private const double UsuallyKept = 0.75;

    private const int FewestEpochs = 4, FewestSamples = 1000;

    /// <summary>What one run takes.</summary>
    /// <param name="samples">Training samples.</param>
    /// <param name="tests">Test samples, evaluated after each epoch.</param>
    /// <param name="epochs">Epochs of the full schedule.</param>
    /// <param name="kept">The share of visits that the run keeps, in (0, 1].</param>
    public TimeSpan Of(int samples, int tests, int epochs, double kept = 1) =>
        TimeSpan.FromSeconds(epochs * ((samples * kept) + (tests * Forward)) / (SamplesPerSecond * Reached));

    /// <summary>What a comparison takes at most, where nobody knows what a method saves, and a control takes as long as its method.</summary>
    /// <param name="kept">For each run the share of visits that it keeps; null where nobody knows.</param>
    /// <param name="samples">Training samples.</param>
    /// <param name="tests">Test samples.</param>
    /// <param name="epochs">Epochs of the full schedule.</param>
    public TimeSpan AtMost(IEnumerable<double?> kept, int samples, int tests, int epochs) =>
        kept.Aggregate(TimeSpan.Zero, (sum, share) => sum + Of(samples, tests, epochs, share ?? 1));

    /// <summary>The epochs and training samples with which a comparison ends in about a time: all samples where they fit, else fewer, and of epochs four at least.</summary>
    /// <param name="aim">The time.</param>
    /// <param name="kept">For each run the share of visits that it keeps; null where nobody knows, which counts as three quarters.</param>
    /// <param name="samples">Training samples that there are.</param>
    /// <param name="tests">Test samples.</param>
    /// <param name="epochs">Epochs that would be best.</param>
    public (int Epochs, int Samples) Fit(TimeSpan aim, IReadOnlyList<double?> kept, int samples, int tests, int epochs)
    {
        ArgumentNullException.ThrowIfNull(kept);
        var visits = aim.TotalSeconds * SamplesPerSecond * Reached;
        var shares = kept.Sum(static share => share ?? UsuallyKept);
        var best = Samples(epochs);

        // Fewer epochs rather than less than a quarter of the data.
        return best >= samples ? (epochs, samples) : best * 4 >= samples ? (epochs, Rounded(best)) : (Math.Min(epochs, FewestEpochs), Rounded(Samples(Math.Min(epochs, FewestEpochs))));

        double Samples(int passes) => ((visits / passes) - (kept.Count * tests * Forward)) / shares;

        int Rounded(double count) => (int)Math.Min(samples, Math.Max(FewestSamples, Math.Floor(count / 100) * 100));
    }
}
