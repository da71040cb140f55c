namespace Winnow.Data;

/// <summary>How a data set is looked for and, where it brings no test part, divided.</summary>
public sealed record DataOptions
{
    /// <summary>The name of the environment variable that <see cref="Folder"/> is taken from.</summary>
    public const string FolderVariable = "WINNOW_DATA";

    /// <summary>
    /// The folder that holds one folder a named data set. Default: the environment variable <c>WINNOW_DATA</c>; null when it isn't set.
    /// <c>./data</c> is looked through in any case, after it.
    /// </summary>
    public string? Folder { get; init; } = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>
    /// The share of every class that becomes the test part when a pair of npy files has none, in (0, 1). Default 1/6: the sixth, twelfth,
    /// … sample of every class in file order.
    /// </summary>
    public double Holdout { get; init; } = 1.0 / 6.0;
}
