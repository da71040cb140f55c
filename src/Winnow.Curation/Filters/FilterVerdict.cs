namespace Winnow.Curation.Filters;

/// <summary>What a filter says of a text.</summary>
/// <param name="Rule">The number of the first rule that the text breaks; -1 where it breaks none.</param>
/// <param name="Value">The value that breaks it; 0 where none does.</param>
public readonly record struct FilterVerdict(int Rule, double Value)
{
    /// <summary>The text is kept.</summary>
    public static FilterVerdict Kept { get; } = new(-1, 0);

    /// <summary>Whether the text is kept.</summary>
    public bool IsKept => Rule < 0;
}
