using System.Globalization;

namespace Winnow.Catalog;

/// <summary>A parameter of a method: a number in a range whose ends may be open, a whole number, or one of some words.</summary>
/// <param name="Name">Lower-case letters, digits and dashes.</param>
/// <param name="Default">The value when none is given; of a choice, the position of the word in <see cref="Choices"/>.</param>
/// <param name="Min">The lower end of the range.</param>
/// <param name="Max">The upper end of the range.</param>
/// <param name="Meaning">What it is, as a phrase that can follow "it is".</param>
public sealed record Parameter(string Name, double Default, double Min, double Max, string Meaning)
{
    /// <summary>Whether <see cref="Min"/> itself is outside the range.</summary>
    public bool MinOpen { get; init; }

    /// <summary>Whether <see cref="Max"/> itself is outside the range.</summary>
    public bool MaxOpen { get; init; }

    /// <summary>Whether only whole numbers are possible.</summary>
    public bool Integer { get; init; }

    /// <summary>The possible words; empty for a number.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>A valid value other than the default, shown in errors.</summary>
    public string Example { get; init; } = "";

    /// <summary>A parameter that takes one of some words.</summary>
    /// <param name="name">Lower-case letters, digits and dashes.</param>
    /// <param name="meaning">What it is, as a phrase that can follow "it is".</param>
    /// <param name="choices">The words, the default first.</param>
    public static Parameter Choice(string name, string meaning, params string[] choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        return new(name, 0, 0, choices.Length - 1, meaning) { Choices = choices, Integer = true, Example = choices[^1] };
    }

    /// <summary>A parameter that may be left unset, and then is NaN.</summary>
    /// <param name="name">Lower-case letters, digits and dashes.</param>
    /// <param name="min">The lower end of the range.</param>
    /// <param name="max">The upper end of the range.</param>
    /// <param name="meaning">What it is, as a phrase that can follow "it is".</param>
    public static Parameter Optional(string name, double min, double max, string meaning) => new(name, double.NaN, min, max, meaning);

    /// <summary>
    /// The parameter <c>save</c> of methods that can be steered: the share of all visits of a run to save, in (0, 1). It stands in for the
    /// parameters that otherwise decide how much is pruned.
    /// </summary>
    public static Parameter Save { get; } =
        Optional("save", 0, 1, "the share of all visits of the run to save, reached by steering") with { MinOpen = true, MaxOpen = true, Example = "0.3" };

    /// <summary>The range as text, such as <c>(0, 1]</c> or <c>exact | reference</c>.</summary>
    public string Range => Choices.Count > 0
        ? string.Join(" | ", Choices)
        : Bounds.ToString();

    /// <summary>A value as the text that stands for it in a spec: the shortest that reads back to the same number, or the word.</summary>
    /// <param name="value">A valid value.</param>
    public string Format(double value) => Choices.Count > 0 ? Choices[(int)value] : double.IsNaN(value) ? "unset" : Text(value);

    /// <summary>Whether a number is in the range.</summary>
    /// <param name="value">Any number, NaN included.</param>
    public bool Allows(double value) => Bounds.Contains(value);

    /// <summary>Reads a value.</summary>
    /// <param name="text">The value's text.</param>
    /// <param name="place">The whole spec, for the message.</param>
    /// <exception cref="MethodSpecException">It is no number or word, or outside the range.</exception>
    internal double Read(string text, string place)
    {
        if (Choices.Count > 0)
        {
            for (var i = 0; i < Choices.Count; i++)
            {
                if (Choices[i] == text)
                {
                    return i;
                }
            }

            throw Refused(text, $"is not one of {string.Join(", ", Choices)}", place);
        }

        return NumberText.Read(text, Bounds, out var value) is { } problem ? throw Refused(text, problem, place) : value;
    }

    private NumberRange<double> Bounds => new(Min, Max) { MinOpen = MinOpen, MaxOpen = MaxOpen, Whole = Integer };

    private MethodSpecException Refused(string text, string rule, string place) =>
        new($"{Name}={text} {rule} in \"{place}\"; it is {Meaning}, e.g. {Name}={(Example.Length > 0 ? Example : Format(Default))}");

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
