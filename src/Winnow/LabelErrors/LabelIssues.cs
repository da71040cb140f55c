namespace Winnow.LabelErrors;

/// <summary>Labels that may be wrong.</summary>
/// <param name="Ids">The samples, 0-based, the most doubtful first.</param>
/// <param name="Quality">How well each sample's label fits, [n], of all samples, in the samples' order; the lower the worse.</param>
/// <param name="Predicted">The class that each sample most probably is of, [n], in the samples' order.</param>
public sealed record LabelIssues(int[] Ids, float[] Quality, int[] Predicted)
{
    /// <summary>How labels are looked for.</summary>
    public sealed record Options
    {
        /// <summary>Which labels are taken for wrong.</summary>
        public LabelFilter Filter { get; init; } = LabelFilter.PruneByNoiseRate;

        /// <summary>By which number they are ranked.</summary>
        public LabelQuality RankBy { get; init; } = LabelQuality.SelfConfidence;

        /// <summary>Which share of the labels that are estimated to be wrong is looked for, in (0, 1]; of the filters that go by that estimate.</summary>
        public double NoiseShare
        {
            get;
            init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the share of the estimated noise is in (0, 1].");
        }

        = 1;

        /// <summary>How many samples of each class are never taken, at least 0; of the filters that go by the estimate.</summary>
        public int LeastPerClass
        {
            get;
            init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "at least 0 samples of a class are left.");
        }

        = 1;
    }

    /// <summary>Looks for labels that may be wrong.</summary>
    /// <param name="samples">Labels, and the probabilities of a model that wasn't trained on them.</param>
    /// <param name="options">How; the defaults when null.</param>
    public static LabelIssues Find(PredictedClasses samples, Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        options ??= new();
        var joint = ConfidentJoint.Of(samples);
        var predicted = new int[samples.Count];
        var quality = new float[samples.Count];
        for (var i = 0; i < predicted.Length; i++)
        {
            predicted[i] = samples.Predicted(i);
            quality[i] = (float)options.RankBy.Of(samples, i);
        }

        var wrong = IssueFilters.Apply(samples, joint, predicted, options);
        // Of equally doubtful ones the smaller id stays first.
        return new([.. Enumerable.Range(0, samples.Count).Where(i => wrong[i]).OrderBy(i => quality[i])], quality, predicted);
    }
}
