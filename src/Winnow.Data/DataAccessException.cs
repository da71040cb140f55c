namespace Winnow.Data;

/// <summary>A file that can't be opened, read or written: missing, a folder, no permission, no space.</summary>
public sealed class DataAccessException : DataException
{
    /// <summary>An error about one path.</summary>
    /// <param name="path">The path as it was given.</param>
    /// <param name="problem">What is wrong with it, and the remedy.</param>
    /// <param name="inner">What the operating system's error was.</param>
    public DataAccessException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => Path = path;

    /// <summary>The path as it was given.</summary>
    public string Path { get; }
}
