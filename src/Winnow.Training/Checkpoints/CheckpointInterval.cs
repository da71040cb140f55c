using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Training.Checkpoints;

/// <summary>What an interval between checkpoints is counted in.</summary>
public enum CheckpointUnit
{
    /// <summary>Seconds of wall-clock time, looked at after each step.</summary>
    Seconds,

    /// <summary>Optimiser steps.</summary>
    Steps,

    /// <summary>Epochs, at their ends.</summary>
    Epochs,

    /// <summary>Only when the run is interrupted.</summary>
    Never,
}

/// <summary>How often a run's state is saved; it always is when the run is interrupted.</summary>
/// <param name="Amount">So many units, above 0.</param>
/// <param name="Unit">Counted in these.</param>
public sealed record CheckpointInterval(double Amount, CheckpointUnit Unit)
{
    /// <summary>Ten minutes: what a crash may cost.</summary>
    public static CheckpointInterval Default { get; } = new(600, CheckpointUnit.Seconds);

    private static readonly (string Word, CheckpointUnit Unit)[] s_units = [("epochs", CheckpointUnit.Epochs), ("steps", CheckpointUnit.Steps), ("s", CheckpointUnit.Seconds)];

    /// <summary>Reads <c>30s</c>, <c>500steps</c>, <c>2epochs</c> or <c>never</c>; a bare number is seconds. Null when it is none of these.</summary>
    public static CheckpointInterval? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "never")
        {
            return new(1, CheckpointUnit.Never);
        }

        (string Word, CheckpointUnit Unit) seconds = ("", CheckpointUnit.Seconds);
        var (word, unit) = s_units.FirstOrDefault(entry => text.EndsWith(entry.Word, StringComparison.Ordinal), seconds);
        var range = new NumberRange<double>(0, 1e9) { MinOpen = true, Whole = unit != CheckpointUnit.Seconds };
        return NumberText.Read(text.AsSpan(0, text.Length - word.Length).TrimEnd(' '), range, out var amount) is null ? new(amount, unit) : null;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back.</summary>
    public override string ToString() => Unit == CheckpointUnit.Never ? "never" : string.Create(CultureInfo.InvariantCulture, $"{Amount}{s_units.First(entry => entry.Unit == Unit).Word}");
}
