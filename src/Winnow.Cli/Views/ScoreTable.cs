using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Winnow.Data.Scores;
using Winnow.Scores;

namespace Winnow.Cli.Views;

/// <summary>Scores as a table: a score a row.</summary>
internal static class ScoreTable
{
    public static void Write(Terminal terminal, ScoreSummary summary)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{summary.Data ?? "scores"}, {summary.Count:N0} samples")));
        table.AddColumns("score", "higher is");
        foreach (var heading in (string[])["runs", "lowest", "median", "highest"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var score in summary.Scores)
        {
            table.AddRow(score.Name, score.Orientation == "higher-is-harder" ? "harder" : "cleaner", score.Runs.ToString(CultureInfo.InvariantCulture), Number(score.Lowest), Number(score.Median), Number(score.Highest));
        }

        terminal.Out.Write(table);
        foreach (var file in summary.Files)
        {
            terminal.WriteLine($"Scores: {file}");
        }
    }

    // JSON has no infinity.
    private static string Number(double? value) => value is { } number ? number.ToString("G4", CultureInfo.InvariantCulture) : "∞";
}

/// <summary>What <c>score --json</c> says.</summary>
internal sealed record ScoreSummary
{
    public required IReadOnlyList<string> Files { get; init; }

    public required string Source { get; init; }

    [JsonPropertyName("n")]
    public required int Count { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Data { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Fingerprint { get; init; }

    public required int Epochs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ulong? Seed { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<ScoreRow> Scores { get; init; }

    public static ScoreSummary Of(ScoreFile file, params IReadOnlyList<string> paths) => new()
    {
        Files = paths,
        Source = file.Manifest.Source,
        Count = file.Count,
        Data = file.Manifest.Data,
        Fingerprint = file.Manifest.Fingerprint,
        Epochs = file.Manifest.Epochs,
        Seed = file.Manifest.Seed,
        Seconds = file.Manifest.Seconds,
        Scores = [.. file.Scores.Select(ScoreRow.Of)],
    };
}

/// <summary>A score in JSON; numbers that are infinite are null.</summary>
internal sealed record ScoreRow(
    string Name,
    string Orientation,
    int Runs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Lowest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Median,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Highest)
{
    public static ScoreRow Of(ScoreValues score)
    {
        var sorted = score.Values.ToArray();
        Array.Sort(sorted);
        return new(score.Spec, score.Orientation == ScoreOrientation.HigherIsHarder ? "higher-is-harder" : "higher-is-cleaner", score.Runs, At(0), At(sorted.Length / 2), At(sorted.Length - 1));

        double? At(int place) => sorted.Length > 0 && float.IsFinite(sorted[place]) ? sorted[place] : null;
    }
}
