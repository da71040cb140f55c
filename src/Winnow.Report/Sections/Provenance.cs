using Winnow.Records;
using Winnow.Report.Reading;
using Winnow.Report.Text;

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
        yield return ("data", data is null ? "" : Numbers.Invariant($"{data.Name}: {data.Train:N0} training and {data.Test:N0} test samples{(data.Classes > 0 ? Numbers.Invariant($", {data.Classes} classes") : "")}"));
        yield return ("data fingerprint", data?.Fingerprint ?? "");
        yield return ("model", recipe is null ? "" : recipe.Model + (Parameters(folder) is { } count ? Numbers.Invariant($", {count:N0} parameters") : ""));
        yield return ("recipe", recipe is null ? "" : Recipe(recipe));
        yield return ("Winnow", environment?.Winnow ?? "");
        yield return ("libtorch", environment?.Libtorch ?? "");
        yield return ("runtime", environment?.Runtime ?? "");
        yield return ("machine", environment is null ? "" : Numbers.Invariant($"{environment.Processor}, {environment.Device}, {(environment.Threads == 1 ? "1 thread" : $"{environment.Threads} threads")}"));
        yield return ("run", string.Join(" to ", Times(folder).Distinct()));
    }

    // A comparison that was stopped before its first whole seed doesn't tell.
    private static long? Parameters(RecordedFolder folder) => folder.Comparison?.Parameters ?? (folder.Networks is not { } networks ? folder.Training?.Parameters : networks.Arms is [var first, ..] ? first.Parameters[0] : null);

    // What a recipe says, in the order of a sentence; settings that it doesn't have are left out.
    private static string Recipe(RecordedRecipe recipe)
    {
        return string.Join(", ", new[]
        {
            recipe.Whole("epochs") is { } epochs ? Numbers.Invariant($"{epochs} epochs{(recipe.Whole("batch_size") is { } size ? Numbers.Invariant($" in batches of {size}") : "")}") : null,
            recipe.Text("optimizer"),
            Number("peak_learning_rate", static rate => Numbers.Invariant($"peak learning rate {rate:0.######}")),
            recipe.Text("schedule") is { } schedule ? $"{schedule} schedule" : null,
            Number("momentum", static momentum => Numbers.Invariant($"momentum {momentum:0.####}")),
            Number("weight_decay", static decay => Numbers.Invariant($"weight decay {decay:0.######}")),
            Number("label_smoothing", static smoothing => Numbers.Invariant($"label smoothing {smoothing:0.####}")),
            recipe.Text("precision"),
            recipe.Part("augmentation") is { } augmentation ? $"augmentation {Augmentation(augmentation)}" : null,
            recipe.Text("normalization") is { } normalization ? $"loss divided by the {normalization}" : null,
            recipe.Number("label_noise") is > 0 and var noise ? Numbers.Invariant($"{noise:P1} of the labels wrong (seed {recipe.Whole("label_noise_seed") ?? 0})") : null,
            recipe.Number("imbalance") is > 1 and var imbalance ? Numbers.Invariant($"classes imbalanced 1 to {imbalance:0.##}") : null,
        }.OfType<string>());

        string? Number(string name, Func<double, string> text) => recipe.Number(name) is { } value ? text(value) : null;
    }

    // As the command line takes it.
    private static string Augmentation(RecordedRecipe augmentation)
    {
        string[] items =
        [
            .. augmentation.Flag("flip") == true ? ["flip"] : Array.Empty<string>(),
            .. augmentation.Whole("crop_padding") is > 0 and var padding ? [Numbers.Invariant($"crop={padding}")] : Array.Empty<string>(),
            .. augmentation.Whole("cutout") is > 0 and var side ? [Numbers.Invariant($"cutout={side}")] : Array.Empty<string>(),
        ];
        return items.Length == 0 ? "none" : string.Join(',', items);
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
