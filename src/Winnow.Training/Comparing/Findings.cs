using System.Globalization;

namespace Winnow.Training.Comparing;

/// <summary>Says in plain sentences what the numbers of a comparison show, and no more than their intervals carry.</summary>
public static class Findings
{
    /// <summary>The notes for a set of arm results.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<ArmResult> arms)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (arms.Count == 0)
        {
            return ["No seed was finished by every arm: there is nothing to compare."];
        }

        var seeds = arms[0].Seeds.Count;
        if (seeds < Difference.SeedsForInterval)
        {
            var count = seeds == 1 ? "One seed proves" : string.Create(CultureInfo.InvariantCulture, $"{seeds} seeds prove");
            return [$"{count} nothing: two runs of the same method differ by as much. Use --seeds 3 or more for intervals."];
        }

        var notes = new List<string>();
        foreach (var arm in arms.Where(static arm => arm.Role == "method"))
        {
            if (arm.DeltaFull is { Low: { } low, High: { } high } full)
            {
                notes.Add(Text($"{arm.Name} saved {arm.Saved.Samples:P1} of the samples; its accuracy differs from full data by {Points(full.Mean)} points (95 % interval {Points(low)} to {Points(high)}, {seeds} seeds): {Verdict(low, high, "full data")}."));
            }

            if (arm.DeltaShortened is { Low: { } lower, High: { } upper } shortened)
            {
                notes.Add(Text($"Against full data under a schedule shortened to the same steps it differs by {Points(shortened.Mean)} points ({Points(lower)} to {Points(upper)}): {Verdict(lower, upper, "the shortened control")}."));
            }
        }

        return notes;
    }

    private static string Verdict(double low, double high, string reference) =>
        low > 0 ? $"better than {reference}"
        : high < 0 ? $"worse than {reference}"
        : $"no difference to {reference} is shown, and none within the interval is ruled out";

    private static string Points(double share) => (share * 100).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
