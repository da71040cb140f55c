using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Report.Reading;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>What was found and how sure it is, in a few sentences from the numbers; nothing that an interval doesn't carry.</summary>
internal static class Headline
{
    public static string Of(RecordedFolder folder) => folder switch
    {
        { Comparison: { } comparison } => Of(comparison),
        { Networks: { } networks } => Of(networks),
        { Training: { } training } => Of(training),
        _ => Numbers.Invariant($"{folder.Runs.Count(static run => run.End is { Interrupted: false })} of {folder.Runs.Count} runs so far came to their end. Without a result nothing is concluded."),
    };

    private static string Of(ComparisonResult comparison)
    {
        var methods = comparison.Arms.Where(static arm => arm.Role == "method").ToArray();
        var findings = Findings.Of(comparison.Arms);
        if (methods.Length == 0 || comparison.Arms[0].Seeds.Count < Difference.SeedsForInterval)
        {
            string[] numbers = [.. methods.Take(3).Select(static arm => Numbers.Invariant($"{arm.Name} saved {arm.Saved.Samples:P1} of the visits and ended at {Mean(arm)}{Beside(arm)}."))];
            return string.Join(' ', [.. numbers, .. findings]);
        }

        // One method: what it did to full data and to the line to beat. More: how many of them did.
        return methods.Length == 1
            ? string.Join(' ', [.. findings.Take(Told(methods[0])), .. MoreCompute(methods, comparison)])
            : string.Join(' ', [
                $"{methods.Length} methods over {methods[0].Seeds.Count} seeds saved {Range(methods.Min(static arm => arm.Saved.Samples), methods.Max(static arm => arm.Saved.Samples))} of the visits.",
                .. Verdicts(methods, static arm => arm.DeltaShortened, "Against full data under an equally shortened schedule, the line to beat,", "beats it"),
                .. Verdicts(methods, static arm => arm.DeltaEqualCompute, "Against full data under a schedule of as much compute", "beats it"),
                .. MoreCompute(methods, comparison),
                .. Verdicts(methods, static arm => arm.DeltaFull, "Against full data", "is better"),
                .. findings.Where(static note => note.Contains("without correction", StringComparison.Ordinal)),
            ]);
    }

    private static string Of(NetworkComparisonResult comparison)
    {
        var pruned = comparison.Arms.Where(static arm => arm.Kind == "pruned").ToArray();
        var findings = NetworkFindings.Of(comparison.Arms);
        return NetworkFindings.Against(pruned) is { } beaten
            ? string.Join(' ', [beaten, .. findings.Where(static note => note.Contains("without correction", StringComparison.Ordinal))])
            : string.Join(' ', [.. pruned.Take(3).Where(static arm => arm.Judged is not null).Select(static arm => Numbers.Invariant($"{arm.Name} ended at {Ended(arm.Judgement, arm.Judged!.Mean)}.")), .. findings]);
    }

    // The findings that say what one method did to full data, its worst class included, and to full data for as many steps and for as much compute.
    private static int Told(ArmResult method) => 1 + (method.DeltaFullWorstClass is { High: < 0 } ? 1 : 0) + (method.DeltaShortened is null ? 0 : 1) + (method.DeltaEqualCompute is null ? 0 : 1);

    private static IEnumerable<string> MoreCompute(ArmResult[] methods, ComparisonResult comparison) => methods.Select(arm => Findings.MoreCompute(arm, comparison.Arms)).OfType<string>();

    private static string Range(double least, double most) => Numbers.Percent(least) == Numbers.Percent(most) ? Numbers.Percent(least) : $"{Numbers.Percent(least)} to {Numbers.Percent(most)}";

    private static string Mean(ArmResult arm) => arm.Judged is { } judged ? Ended(arm.Judgement, judged.Mean) : "a metric that isn't there";

    // "93.1 % test accuracy", "a perplexity of 12.7".
    private static string Ended(Judgement judgement, double value) => judgement.IsShare ? $"{judgement.Value(value)} test {judgement.Words}" : $"a {judgement.Words} of {judgement.Value(value)}";

    private static string Beside(ArmResult arm) => arm is { DeltaFull: { } delta, Judged: { } judged } ? $" (full data: {arm.Judgement.Value(judged.Mean - delta.Mean)})" : "";

    private static IEnumerable<string> Verdicts(ArmResult[] methods, Func<ArmResult, Difference?> difference, string against, string better)
    {
        var tested = methods.Where(arm => difference(arm)?.Low is not null).ToArray();
        if (tested.Length == 0)
        {
            yield break;
        }

        string[] above = [.. tested.Where(arm => arm.Judgement.Gain(difference(arm)) is { Low: > 0 }).Select(static arm => arm.Name)];
        string[] below = [.. tested.Where(arm => arm.Judgement.Gain(difference(arm)) is { High: < 0 }).Select(static arm => arm.Name)];
        var open = tested.Length - above.Length - below.Length;
        var plural = better == "beats it" ? "beat it" : "are better";
        yield return Numbers.Invariant($"{against} {(above.Length == 0 ? $"none {better}" : above.Length == 1 ? $"1 {better} ({above[0]})" : $"{above.Length} {plural} ({string.Join(", ", above)})")}, {(below.Length == 0 ? "none is worse" : $"{below.Length} {(below.Length == 1 ? "is" : "are")} worse ({string.Join(", ", below)})")}, and of {open} no difference is shown at the 95 % level, nor ruled out within their intervals.");
    }

    private static string Of(TrainingResult training) => training is { Saved: { } saved } && training.Judged is { } value
        ? Numbers.Invariant($"{training.Method} ended at {Ended(Judgement.Of(training.Metrics), value)} after {(training.Epochs == 1 ? "1 epoch" : $"{training.Epochs} epochs")}, having saved {saved.Samples:P1} of the visits{(training.AskedSave is { } asked ? Numbers.Invariant($" ({asked:P1} asked)") : "")}; choosing samples took {training.OverheadShare:P2} of {training.Seconds.Total:F1} s. One run says nothing of what the saving cost: winnow compare holds it against full data over paired seeds.")
        : Numbers.Invariant($"{training.Method} was stopped after {training.History.Count} of {training.Epochs} epochs and {training.Visited:N0} visits; nothing is concluded from it.");
}
