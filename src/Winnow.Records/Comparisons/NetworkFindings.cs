using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>Says in plain sentences what a comparison of smaller networks shows, and no more than its intervals carry.</summary>
public static class NetworkFindings
{
    /// <summary>The notes for a set of results.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<NetworkArmResult> arms)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (arms.Count == 0)
        {
            return ["No seed was finished by every arm: there is nothing to compare."];
        }

        var pruned = arms.Where(static arm => arm.Kind == "pruned").ToArray();
        var seeds = arms[0].Seeds.Count;
        if (seeds < Difference.SeedsForInterval)
        {
            return [Text($"{(seeds == 1 ? "One seed proves" : $"{seeds} seeds prove")} nothing: two trainings of the same network differ by as much. Three seeds or more give intervals.")];
        }

        var notes = pruned.SelectMany(arm => OfPruned(arm, seeds)).ToList();
        if (Against(pruned) is { } summary)
        {
            notes.Insert(0, summary);
        }

        notes.AddRange(Accounting(arms));
        var differences = pruned.Sum(static arm => Rivals(arm).Count(static rival => rival.Delta?.Low is not null));
        if (differences > 1)
        {
            notes.Add(Text($"{differences} differences were looked at, each at the 95 % level and without correction: if no network differed from any other, about {differences * 0.05:0.#} of them would still be expected to look like a difference."));
        }

        return notes;
    }

    /// <summary>How many of the pruned networks beat the line to beat, in a sentence; null where it wasn't run or has no intervals.</summary>
    /// <param name="pruned">The pruned networks.</param>
    public static string? Against(IReadOnlyList<NetworkArmResult> pruned)
    {
        ArgumentNullException.ThrowIfNull(pruned);
        var tested = pruned.Where(static arm => arm.DeltaScratchB?.Low is not null).ToArray();
        if (tested.Length == 0)
        {
            return null;
        }

        var beat = tested.Where(static arm => arm.Judgement.Gain(arm.DeltaScratchB) is { Low: > 0 }).Select(static arm => arm.Name).ToArray();
        var worse = tested.Count(static arm => arm.Judgement.Gain(arm.DeltaScratchB) is { High: < 0 });
        var open = tested.Length - beat.Length - worse;
        return Text($"Does a pruned network beat the same widths trained from scratch for as much compute (scratch-B)? {(beat.Length == 0 ? "None does" : $"{string.Join(", ", beat)} {(beat.Length == 1 ? "does" : "do")}")}, {(worse == 1 ? "1 is worse" : $"{worse} are worse")}, and of {open} no difference is shown, nor ruled out within {(open == 1 ? "its interval" : "their intervals")}.");
    }

    /// <summary>How long scratch-B trained, by either way to count that there is.</summary>
    private static IEnumerable<string> Accounting(IReadOnlyList<NetworkArmResult> arms)
    {
        var scratch = arms.Where(static arm => arm.Kind == "scratch-b").ToArray();
        if (scratch.Length > 0 && arms.FirstOrDefault(static arm => arm.Kind == "dense") is { } dense)
        {
            var without = scratch.Select(arm => arm.Macs.Select((macs, s) => dense.Epochs[s] * dense.Macs[s] / macs).Average()).ToArray();
            yield return Text($"Scratch-B trained for {Range([.. scratch.Select(static arm => arm.Epochs.Average())])} epochs, which are as many multiplications as training the whole network, choosing and recovering took; counted without the last two, as Liu et al. do, they would be {Range(without)}.");
        }

        static string Range(double[] values) => values.Max() - values.Min() < 0.05 ? Text($"{values[0]:F1}") : Text($"{values.Min():F1} to {values.Max():F1}");
    }

    private static IEnumerable<string> OfPruned(NetworkArmResult arm, int seeds)
    {
        var judgement = arm.Judgement;
        foreach (var (delta, rival) in Rivals(arm))
        {
            if (delta is { Low: { } low, High: { } high })
            {
                var gain = judgement.Gain(low, high);
                var verdict = gain.Low > 0 ? "it beats it" : gain.High < 0 ? "it does not beat it, it is worse" : "it does not beat it; no difference is shown, and none within the interval is ruled out";
                yield return Text($"{arm.Name} against {rival}: {judgement.Signed(delta.Mean)}{judgement.Unit} of {judgement.Words} (95 % interval {judgement.Signed(low)} to {judgement.Signed(high)}, {seeds} seeds): {verdict}.");
            }
        }
    }

    private static (Difference? Delta, string Rival)[] Rivals(NetworkArmResult arm) =>
    [
        (arm.DeltaDense, "the whole network"),
        (arm.DeltaScratchB, "the same widths from scratch for as much compute (scratch-B)"),
        (arm.DeltaScratchE, "the same widths from scratch for the whole network's epochs (scratch-E)"),
        (arm.DeltaWidth, "a dense network of the nearest width for as much compute"),
        (arm.DeltaRandom, "channels drawn at random"),
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
