namespace Winnow.Cli;

/// <summary>A file that a verb writes its result to.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a place where nothing may or can be written, before any work is done.</summary>
    /// <param name="option">Which option names it.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether one that is there may be replaced.</param>
    public static string Check(string option, string path, bool replace)
    {
        CheckPlace(option, path);
        return replace || !File.Exists(path) ? path : throw new UsageException($"{option} {path} is there already; give another name, or --force to replace it.");
    }

    /// <summary>Refuses a place where no file can be.</summary>
    /// <param name="option">Which option names it.</param>
    /// <param name="path">The file.</param>
    /// <param name="example">A name that would do; null to give none.</param>
    public static void CheckPlace(string option, string path, string? example = null)
    {
        if (path.Length == 0 || Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new UsageException($"{option} {path} {(path.Length == 0 ? "is empty" : Directory.Exists(path) ? "is a folder" : "lies in a folder that doesn't exist")}; give the name of a file in a folder that does{(example is null ? "" : $", e.g. {option} {example}")}.");
        }
    }
}
