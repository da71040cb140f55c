using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>The metric that a comparison goes by, and how its numbers are written.</summary>
/// <param name="Name">As the task calls it, such as <c>accuracy</c> or <c>perplexity</c>.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="IsShare">Whether it is a share in [0, 1], written in percent, its differences in points.</param>
public sealed record Judgement(string Name, bool HigherIsBetter, bool IsShare)
{
    /// <summary>What comparisons went by before there were metrics.</summary>
    public static Judgement Accuracy { get; } = new(Metrics.Accuracy, HigherIsBetter: true, IsShare: true);

    /// <summary>The deciding one among metrics; accuracy where there are none.</summary>
    public static Judgement Of(Metrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        return metrics.Deciding is { } deciding ? new(deciding.Key, deciding.Value.HigherIsBetter, deciding.Value.IsShare) : Accuracy;
    }

    /// <summary>The name in words: <c>worst_class_accuracy</c> as "worst class accuracy".</summary>
    public string Words => Name.Replace('_', ' ');

    /// <summary>The same at the beginning of a sentence.</summary>
    public string Heading => char.ToUpperInvariant(Words[0]) + Words[1..];

    /// <summary>What follows a mean or stands beside a heading: " %", or nothing.</summary>
    public string Sign => IsShare ? " %" : "";

    /// <summary>What differences of it are, for a legend.</summary>
    public string Explanation => (IsShare ? $"points are percentage points of {Words}" : $"differences are of {Words}") + (HigherIsBetter ? "" : ", of which less is better");

    /// <summary>What follows a difference: " points", or nothing.</summary>
    public string Unit => IsShare ? " points" : "";

    /// <summary>What a difference of 1 is written as.</summary>
    public double Scale => IsShare ? 100 : 1;

    /// <summary>A value, such as <c>93.25%</c> or <c>12.7</c>.</summary>
    public string Value(double value) => IsShare ? value.ToString("P2", CultureInfo.InvariantCulture) : value.ToString("G5", CultureInfo.InvariantCulture);

    /// <summary>A mean and its standard deviation where there is one, without <see cref="Sign"/>, such as <c>93.25 ± 0.10</c>.</summary>
    public string Mean(Spread spread)
    {
        ArgumentNullException.ThrowIfNull(spread);
        var (mean, std) = IsShare ? ("F2", "F2") : ("G5", "G2");
        var text = (spread.Mean * Scale).ToString(mean, CultureInfo.InvariantCulture);
        return spread.Std is { } deviation ? $"{text} ± {(deviation * Scale).ToString(std, CultureInfo.InvariantCulture)}" : text;
    }

    /// <summary>A difference with its sign and without its unit, such as <c>+0.31</c>.</summary>
    /// <param name="difference">In the metric's own unit.</param>
    /// <param name="digits">Of a share, behind the point.</param>
    public string Signed(double difference, int digits = 2)
    {
        if (IsShare)
        {
            var zeros = new string('0', digits);
            return (difference * 100).ToString($"+0.{zeros};-0.{zeros};0.{zeros}", CultureInfo.InvariantCulture);
        }

        return (difference > 0 ? "+" : "") + difference.ToString("G4", CultureInfo.InvariantCulture);
    }

    /// <summary>An interval turned so that more is better.</summary>
    public (double Low, double High) Gain(double low, double high) => HigherIsBetter ? (low, high) : (-high, -low);

    /// <summary>A difference turned so that more is better; null where it has no interval.</summary>
    public (double Low, double High)? Gain(Difference? difference) => difference is { Low: { } low, High: { } high } ? Gain(low, high) : null;
}
