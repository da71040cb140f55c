namespace Winnow.Curation.Filters;

/// <summary>A part of a text, in bytes.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is.</param>
public readonly record struct ByteRange(int Start, int Length);
