namespace Winnow.Data;

/// <summary>A data set in memory: what to train on and what to test on. Both have the same shape, element type and classes.</summary>
/// <param name="Train">The training part, never empty.</param>
/// <param name="Test">The test part, never empty.</param>
/// <param name="Description">One line for people: name, counts, shape, classes.</param>
/// <param name="Note">Something the user should know about how the files were understood; null when there is nothing.</param>
public sealed record LoadedData(SampleSet Train, SampleSet Test, string Description, string? Note);
