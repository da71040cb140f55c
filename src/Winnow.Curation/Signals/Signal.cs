namespace Winnow.Curation.Signals;

/// <summary>A number that says something of a text's quality.</summary>
/// <param name="Name">What it is called in rules, tables and files: lower-case letters, digits and low lines.</param>
/// <param name="Description">What it is, in one sentence.</param>
/// <param name="Unit">What it is counted in, such as <c>words</c>; <c>fraction</c> for a share.</param>
/// <param name="Min">The least value that a text can have.</param>
/// <param name="Max">The largest value that a text can have; infinite where there is no bound.</param>
/// <param name="Source">Where it is defined.</param>
public sealed record Signal(string Name, string Description, string Unit, double Min, double Max, string Source)
{
    /// <summary>Whether a text without words has no value, which then is NaN. Default false: a share of nothing is 0.</summary>
    public bool MayBeUndefined { get; init; }

    internal SignalId Id { get; init; }

    internal SignalStages Stages { get; init; }
}
