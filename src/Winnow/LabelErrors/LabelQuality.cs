namespace Winnow.LabelErrors;

/// <summary>How well a label fits what a model says of the sample: numbers in [0, 1], the lower the worse.</summary>
public enum LabelQuality
{
    /// <summary>The probability of the given class.</summary>
    SelfConfidence,

    /// <summary>(p − q + 1)/2, p being the probability of the given class and q the largest of the others.</summary>
    NormalizedMargin,

    /// <summary>ln(x + 1)/x with x = H/p: the entropy of the probabilities, in shares of its largest, over the probability of the given class.</summary>
    ConfidenceWeightedEntropy,
}

/// <summary>Computes <see cref="LabelQuality"/>.</summary>
internal static class LabelQualityExtensions
{
    public static double Of(this LabelQuality quality, PredictedClasses samples, int id)
    {
        var row = samples.Of(id);
        var own = samples.Label(id);
        switch (quality)
        {
            case LabelQuality.SelfConfidence:
                return row[own];
            case LabelQuality.NormalizedMargin:
                var other = float.NegativeInfinity;
                for (var c = 0; c < row.Length; c++)
                {
                    other = c == own ? other : Math.Max(other, row[c]);
                }

                return ((double)row[own] - other + 1) / 2;
            case LabelQuality.ConfidenceWeightedEntropy:
                double entropy = 0;
                foreach (var p in row)
                {
                    entropy -= p > 0 ? p * Math.Log(p) : 0;
                }

                // Where nothing is in doubt the ratio's limit is 1; where the given class is impossible it is 0.
                var ratio = entropy / Math.Log(row.Length) / row[own];
                return double.IsNaN(ratio) || double.IsPositiveInfinity(ratio) ? 0 : ratio < 1e-12 ? 1 : Math.Log(ratio + 1) / ratio;
            default:
                throw new ArgumentOutOfRangeException(nameof(quality), quality, "there is no such quality.");
        }
    }
}
