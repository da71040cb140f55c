namespace Winnow.Cli;

/// <summary>A file that a verb writes its result to.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a place where nothing may or can be written, before any work is done.</summary>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether one that is there may be replaced.</param>
    public static string Check(string path, bool replace)
    {
        if (path.Length == 0 || Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new UsageException($"--out {path} {(path.Length == 0 ? "is empty" : Directory.Exists(path) ? "is a folder" : "lies in a folder that doesn't exist")}; give the name of a file in a folder that does.");
        }

        return replace || !File.Exists(path) ? path : throw new UsageException($"--out {path} is there already; give another name, or --force to replace it.");
    }
}
