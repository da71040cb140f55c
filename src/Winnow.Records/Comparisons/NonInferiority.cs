using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>
/// A claim that a method costs no more accuracy (or whatever decides) than a margin, and whether the seeds carry it: only when the whole 95 % interval of the
/// paired difference to full data lies above minus the margin, or below it where less is better. The one place from which the word for that may be printed.
/// </summary>
public sealed record NonInferiority
{
    /// <summary>The arm's name.</summary>
    public required string Arm { get; init; }

    /// <summary>The margin, above 0: in percentage points where the metric is a share such as accuracy, else in its own unit; fixed before the runs.</summary>
    public required double MarginPoints { get; init; }

    /// <summary>Whether the claim is shown.</summary>
    public required bool Shown { get; init; }

    /// <summary>The claim with its interval, or what exactly isn't shown.</summary>
    public required string Statement { get; init; }

    /// <summary>The claims for every method among the arms.</summary>
    /// <param name="arms">The results.</param>
    /// <param name="marginPoints">The margin, above 0: in percentage points where the metric is a share, else in its own unit.</param>
    public static IReadOnlyList<NonInferiority> Of(IReadOnlyList<ArmResult> arms, double marginPoints)
    {
        ArgumentNullException.ThrowIfNull(arms);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(marginPoints);
        return [.. arms.Where(static arm => arm.Role == "method").Select(arm => Of(arm, marginPoints))];
    }

    private static NonInferiority Of(ArmResult arm, double marginPoints)
    {
        var judgement = arm.Judgement;
        var (limit, unit) = (-marginPoints / judgement.Scale, judgement.Unit);
        var margin = marginPoints.ToString("0.00##", CultureInfo.InvariantCulture);
        var what = judgement.IsShare ? unit : $" of {judgement.Words}";
        var seeds = arm.Seeds.Count;
        if (arm.DeltaFull is not { Low: { } low, High: { } high })
        {
            var lack = arm.DeltaFull is null
                ? "full data wasn't run beside it"
                : Text($"{(seeds == 1 ? "1 seed was" : $"{seeds} seeds were")} finished by every arm, and an interval needs {Difference.SeedsForInterval}");
            return Not($"{arm.Name}: that it loses at most {margin}{what} isn't shown: {lack}.");
        }

        var (least, most) = judgement.Gain(low, high);
        var interval = Text($"the 95 % interval of its difference to full data, {judgement.Signed(low, 3)} to {judgement.Signed(high, 3)}{unit} over {seeds} seeds,");
        var (above, below, reaches) = judgement.HigherIsBetter ? ("above -", "below -", "down to -") : ("below +", "above +", "up to +");
        return least > limit ? new() { Arm = arm.Name, MarginPoints = marginPoints, Shown = true, Statement = $"{arm.Name}: lossless within {margin}{what}: the whole of {interval} lies {above}{margin}." }
            : most < limit ? Not($"{arm.Name}: that it loses at most {margin}{what} isn't shown, and the opposite is: {interval} lies {below}{margin}.")
            : Not($"{arm.Name}: that it loses at most {margin}{what} isn't shown: {interval} reaches {reaches}{margin} or {(judgement.HigherIsBetter ? "below" : "above")}. More seeds make it narrower.");

        NonInferiority Not(string statement) => new() { Arm = arm.Name, MarginPoints = marginPoints, Shown = false, Statement = statement };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
