using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>Says in plain sentences what the numbers of a comparison show, and no more than their intervals carry.</summary>
public static class Findings
{
    private const double ErrorRate = 0.05;

    /// <summary>The notes for a set of arm results.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<ArmResult> arms)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (arms.Count == 0)
        {
            return ["No seed was finished by every arm: there is nothing to compare."];
        }

        var missed = arms.Select(static arm => arm is { Role: "method", AskedSave: { } asked, Reached: { } reached } ? SaveMissed(arm.Name, asked, reached.Average()) : null).OfType<string>().ToArray();
        var seeds = arms[0].Seeds.Count;
        if (seeds < Difference.SeedsForInterval)
        {
            var count = seeds == 1 ? "One seed proves" : string.Create(CultureInfo.InvariantCulture, $"{seeds} seeds prove");
            return [.. missed, $"{count} nothing: two runs of the same method differ by as much. Three seeds or more give intervals."];
        }

        var methods = arms.Where(static arm => arm.Role == "method").ToArray();
        var notes = methods.SelectMany(arm => OfMethod(arm, seeds).Concat(MoreCompute(arm, arms) is { } more ? [more] : [])).ToList();
        var differences = methods.Sum(static arm => Differences(arm).Count(static delta => delta?.Low is not null));
        if (methods.Length > 1 && differences > 1)
        {
            notes.Add(Text($"{differences} differences were looked at, each at the 95 % level and without correction: if no arm differed from any other, about {differences * ErrorRate:0.#} of them would still be expected to look like a difference."));
        }

        notes.AddRange(missed);
        return notes;
    }

    /// <summary>What to say of a saving that was asked for and missed by more than a percentage point; null where it was reached.</summary>
    /// <param name="method">The method's spec.</param>
    /// <param name="asked">The share of visits asked to be saved.</param>
    /// <param name="reached">The share that was saved.</param>
    public static string? SaveMissed(string method, double asked, double reached) => Math.Abs(reached - asked) <= 0.01 ? null
        : reached < asked
            ? Text($"{method} saved {reached:P1} of the visits where {asked:P1} were asked: it found too few samples that its rule, or a guard around it, lets go. Ask for less, or loosen them (winnow methods NAME tells how).")
            : Text($"{method} saved {reached:P1} of the visits where {asked:P1} were asked: a guard around it leaves out more than that by itself. Ask for more, or loosen it (winnow methods NAME tells how).");

    /// <summary>
    /// What to say of a method whose controls train on as many samples and yet compute less by more than a percentage point of full data's
    /// compute, because the method also looks at samples that it doesn't train on; null where they cost the same, or one of equal compute was run.
    /// </summary>
    /// <param name="arm">The method.</param>
    /// <param name="arms">All arms.</param>
    public static string? MoreCompute(ArmResult arm, IReadOnlyList<ArmResult> arms)
    {
        ArgumentNullException.ThrowIfNull(arm);
        ArgumentNullException.ThrowIfNull(arms);
        return arm.DeltaEqualCompute is null && arms.FirstOrDefault(other => other.Control == "shortened" && (other.MatchedTo == arm.Name || other.SharedSave is not null)) is { Saved.Compute: { } least } && arm.Saved.Compute is { } own && least - own > 0.01
            ? Text($"{arm.Name} computes more than its controls, because it also sends samples through the model that it doesn't train on: it saves {own:P1} of full data's compute, they save {least:P1}. To beat them is not to beat a schedule of equal compute, which would be longer: the control of equal compute is that one.")
            : null;
    }

    private static IEnumerable<string> OfMethod(ArmResult arm, int seeds)
    {
        var judgement = arm.Judgement;
        if (arm.DeltaFull is { Low: { } low, High: { } high } full)
        {
            var asked = arm.AskedSave is { } save ? Text($" ({save:P1} were asked for)") : "";
            yield return Text($"{arm.Name} saved {arm.Saved.Samples:P1} of the samples{asked}; its {judgement.Words} differs from full data by {judgement.Signed(full.Mean)}{judgement.Unit} (95 % interval {judgement.Signed(low)} to {judgement.Signed(high)}, {seeds} seeds): {Verdict(judgement.Gain(low, high))}.");
        }

        if (arm.DeltaFullWorstClass is { Low: { } from, High: < 0 and var to } worst)
        {
            yield return Text($"The worst class of {arm.Name} is {Points(worst.Mean)} points from full data's worst ({Points(from)} to {Points(to)}): worse.");
        }

        var (beaten, unbeaten) = (new List<string>(), new List<string>());
        foreach (var (delta, against, name) in Rivals(arm))
        {
            if (delta is { Low: { } lower, High: { } upper })
            {
                var gain = judgement.Gain(lower, upper);
                (gain.Low > 0 ? beaten : unbeaten).Add(name);
                yield return Text($"Against {against} {arm.Name} differs by {judgement.Signed(delta.Mean)}{judgement.Unit} ({judgement.Signed(lower)} to {judgement.Signed(upper)}): {Contest(gain, name)}.");
            }
        }

        if (beaten.Count + unbeaten.Count > 1)
        {
            yield return beaten.Count == 0 ? $"{arm.Name} beats none of its {unbeaten.Count} controls: {string.Join(", ", unbeaten)}."
                : unbeaten.Count == 0 ? $"{arm.Name} beats all {beaten.Count} controls: {string.Join(", ", beaten)}."
                : $"Of its {beaten.Count + unbeaten.Count} controls {arm.Name} beats {string.Join(", ", beaten)}; it does not beat {string.Join(", ", unbeaten)}.";
        }

        foreach (var (delta, part) in new[] { (arm.DeltaWithoutWeights, "weights"), (arm.DeltaWithoutAnnealing, "full epochs at the end") })
        {
            if (delta is { Low: { } lower, High: { } upper })
            {
                var gain = judgement.Gain(lower, upper);
                yield return Text($"The {part} of {arm.Name} are worth {judgement.Signed(delta.Mean)}{judgement.Unit} ({judgement.Signed(lower)} to {judgement.Signed(upper)}): {(gain.Low > 0 ? "they help" : gain.High < 0 ? "they do harm" : "that they matter isn't shown")}.");
            }
        }
    }

    private static (Difference? Delta, string Against, string Name)[] Rivals(ArmResult arm) =>
    [
        (arm.DeltaShortened, "full data under a schedule shortened to the same steps", "the shortened schedule"),
        (arm.DeltaEqualCompute, "full data under a schedule of as much compute", "the schedule of equal compute"),
        (arm.DeltaShortenedLr, "the shortened schedule at a learning rate raised by the mean of all samples over visited ones", "the shortened schedule at the raised learning rate"),
        (arm.DeltaRandom, "a random choice of as many samples in each epoch", "random choice"),
        (arm.DeltaRs2, "RS2 (random without repetition) with as many visits", "RS2"),
    ];

    private static IEnumerable<Difference?> Differences(ArmResult arm) =>
        [arm.DeltaFull, .. Rivals(arm).Select(static rival => rival.Delta), arm.DeltaWithoutWeights, arm.DeltaWithoutAnnealing, arm.DeltaFullWorstClass];

    private static string Verdict((double Low, double High) gain) =>
        gain.Low > 0 ? "better than full data"
        : gain.High < 0 ? "worse than full data"
        : "no difference to full data is shown, and none within the interval is ruled out";

    private static string Contest((double Low, double High) gain, string name) =>
        gain.Low > 0 ? $"it beats {name}"
        : gain.High < 0 ? $"it does not beat {name}, it is worse"
        : $"it does not beat {name}; no difference is shown, and none within the interval is ruled out";

    private static string Points(double share) => (share * 100).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
