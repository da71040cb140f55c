namespace Winnow.LabelErrors;

/// <summary>Which labels are taken for wrong, given how many of each kind are estimated to be. (Northcutt et al. 2021, section 3.2.)</summary>
public enum LabelFilter
{
    /// <summary>Of each given class and each other class as many as are estimated to be of the other, those whose probability of it is furthest above that of their own.</summary>
    PruneByNoiseRate,

    /// <summary>Of each given class as many as are estimated to be of another, those with the lowest probability of their own.</summary>
    PruneByClass,

    /// <summary>Those that both of these take for wrong.</summary>
    Both,

    /// <summary>Those that count for another class in the confident joint.</summary>
    ConfidentLearning,

    /// <summary>Those whose most probable class isn't their own.</summary>
    PredictedNotGiven,

    /// <summary>As many as <see cref="ConfidentLearning"/> takes, those with the lowest <see cref="LabelQuality.NormalizedMargin"/>.</summary>
    LowNormalizedMargin,

    /// <summary>As many as <see cref="ConfidentLearning"/> takes, those with the lowest <see cref="LabelQuality.SelfConfidence"/>.</summary>
    LowSelfConfidence,
}
