using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Winnow.Selection;

namespace Winnow.Cli.Views;

/// <summary>Laws and answers as a table, a pair of pilots a row, and then in sentences.</summary>
internal static class ScalingTable
{
    // Beyond that a law is asked for more than a small law can know.
    private const double FarBeyond = 10;

    public static void Write(Terminal terminal, ScalingSummary summary)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Text($"errors of {summary.Samples:N0} samples, by pilots on fewer"));
        table.AddColumns("pilots", "hard", "easy", "keep", "hard from");
        foreach (var row in summary.Plans)
        {
            table.AddRow(Markup.Escape(row.Pilots), Cell(row.HardError, row.HardLaw), Cell(row.EasyError, row.EasyLaw), row.Settled ? row.Keep : "undecided", row.HardFrom is { } from ? Text($"{from:N0}") : "–");
        }

        terminal.Out.Write(table);
        foreach (var row in summary.Plans)
        {
            var crossing = row.HardFrom is { } from ? Text($"hard ones are better from about {Rounded(from):N0} samples on") : "the laws don't cross towards hard ones";
            terminal.WriteLine(row.Settled
                ? $"{row.Pilots}: keep the {row.Keep} ones; {crossing}."
                : $"{row.Pilots}: undecided, since without one of the sizes the pilots say otherwise; add larger pilots, or more seeds.");
            if (row.Extrapolation > FarBeyond)
            {
                terminal.WriteNote(Text($"{row.Pilots}: {summary.Samples:N0} samples are {row.Extrapolation:N0} times the largest pilot, far beyond what was seen."));
            }
        }

        // What is undecided foretells nothing.
        if (summary.Plans.Where(static row => row.Settled).ToArray() is [_, _, ..] settled)
        {
            var best = settled.MinBy(static row => Math.Min(row.HardError, row.EasyError))!;
            terminal.WriteLine(Text($"Lowest error: {best.Pilots}, the {best.Keep} ones, {Math.Min(best.HardError, best.EasyError):G3}."));
        }
    }

    private static string Cell(double error, ScalingLaw law) => Text($"{error:G3} = {law.Floor:G3} + {law.Scale:G3}·n^-{law.Exponent:G3}");

    private static double Rounded(double value)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return Math.Round(value / unit) * unit;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>scaling --json</c> says.</summary>
internal sealed record ScalingSummary
{
    public required double Samples { get; init; }

    public required IReadOnlyList<ScalingRow> Plans { get; init; }
}

/// <summary>The answer of a pair of pilots.</summary>
internal sealed record ScalingRow
{
    public required string Pilots { get; init; }

    /// <summary><c>hard</c> or <c>easy</c>.</summary>
    public required string Keep { get; init; }

    public required bool Settled { get; init; }

    public required double HardError { get; init; }

    public required double EasyError { get; init; }

    public required ScalingLaw HardLaw { get; init; }

    public required ScalingLaw EasyLaw { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? HardFrom { get; init; }

    public required double Extrapolation { get; init; }

    public static ScalingRow Of(string pilots, AbundancePlan plan) => new()
    {
        Pilots = pilots,
        Keep = plan.KeepHard ? "hard" : "easy",
        Settled = plan.Settled,
        HardError = plan.Hard.At(plan.Samples),
        EasyError = plan.Easy.At(plan.Samples),
        HardLaw = plan.Hard,
        EasyLaw = plan.Easy,
        HardFrom = plan.HardFrom,
        Extrapolation = plan.Extrapolation,
    };
}
