namespace Winnow.Data;

/// <summary>How far the pictures of a folder are decoded.</summary>
/// <param name="Done">How many are done, those that can't be used among them.</param>
/// <param name="Total">How many there are.</param>
public readonly record struct DecodingProgress(int Done, int Total);
