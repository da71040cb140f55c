using Winnow.Report.Reading;
using Winnow.Report.Text;
using Winnow.Training;

namespace Winnow.Report.Sections;

/// <summary>What it takes to do it again: command, data, recipe, versions, machine, seeds.</summary>
internal static class Provenance
{
    public static Markup Of(IReadOnlyList<RecordedFolder> folders) => folders is [var only]
        ? Markup.Of($"<dl>{Markup.Join(Facts(only).Where(static fact => fact.Value.Length > 0).Select(static fact => Markup.Of($"<dt>{fact.Name}</dt><dd>{(fact.Name == "command" ? Markup.Of($"<code>{fact.Value}</code>") : Markup.Of($"{fact.Value}"))}</dd>\n")))}</dl>\n")
        : Table.Of(
            "provenance",
            ["folder", .. Facts(folders[0]).Select(static fact => fact.Name)],
            [.. folders.Select(static folder => (IReadOnlyList<Cell>)[folder.Name, .. Facts(folder).Select(static fact => (Cell)fact.Value)])]);

    private static IEnumerable<(string Name, string Value)> Facts(RecordedFolder folder)
    {
        var (environment, recipe, data) = (folder.Environment, folder.Recipe, folder.Dataset);
        yield return ("command", environment is null ? "" : string.Join(' ', environment.Command.Select(Quoted)));
        yield return ("seeds", string.Join(", ", folder.Runs.Select(static run => run.Seed).Distinct()));
        yield return ("data", data is null ? "" : Numbers.Invariant($"{data.Name}: {data.Train:N0} training and {data.Test:N0} test samples, {data.Classes} classes"));
        yield return ("data fingerprint", data?.Fingerprint ?? "");
        yield return ("model", recipe is null ? "" : Numbers.Invariant($"{recipe.Model}, {folder.Comparison?.Parameters ?? folder.Training!.Parameters:N0} parameters"));
        yield return ("recipe", recipe is null ? "" : Recipe(recipe));
        yield return ("Winnow", environment?.Winnow ?? "");
        yield return ("libtorch", environment?.Libtorch ?? "");
        yield return ("runtime", environment?.Runtime ?? "");
        yield return ("machine", environment is null ? "" : Numbers.Invariant($"{environment.Processor}, {environment.Device}, {(environment.Threads == 1 ? "1 thread" : $"{environment.Threads} threads")}"));
        yield return ("run", string.Join(" to ", Times(folder).Distinct()));
    }

    private static string Recipe(TrainingRecipe recipe)
    {
        var augmentation = recipe.Augmentation;
        var noise = recipe.LabelNoise > 0 ? Numbers.Invariant($", {recipe.LabelNoise:P1} of the labels wrong (seed {recipe.LabelNoiseSeed})") : "";
        var imbalance = recipe.Imbalance > 1 ? Numbers.Invariant($", classes imbalanced 1 to {recipe.Imbalance:0.##}") : "";
        return Numbers.Invariant($"{recipe.Epochs} epochs in batches of {recipe.BatchSize}, {recipe.Optimizer}, peak learning rate {recipe.PeakLearningRate:0.######}, {recipe.Schedule} schedule, momentum {recipe.Momentum:0.####}, weight decay {recipe.WeightDecay:0.######}, label smoothing {recipe.LabelSmoothing:0.####}, {(recipe.Precision == Precision.Bf16 ? "bf16" : "fp32")}, augmentation {augmentation}, loss divided by the {(recipe.Normalization == Plans.LossNormalization.Weights ? "weights" : "batch")}{noise}{imbalance}");
    }

    // Begin and end as the events have them.
    private static IEnumerable<string> Times(RecordedFolder folder)
    {
        var planned = folder.Runs.SelectMany(static run => run.History).Select(static epoch => epoch.Plan?.At).Min();
        var ended = folder.Runs.Select(static run => run.End?.At).Max();
        foreach (var time in new[] { planned, ended })
        {
            if (time is { } at)
            {
                yield return Numbers.Invariant($"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
            }
        }
    }

    // As a shell would need it.
    private static string Quoted(string word) => word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+@%".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
