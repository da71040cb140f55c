using System.Text;
using Winnow.Report.Reading;
using Winnow.Training.Records;

namespace Winnow.Report;

/// <summary>Makes one self-contained HTML page of run folders: plots, the tables behind them, what was found and how to do it again.</summary>
public static class RunReport
{
    /// <summary>The page's name in a run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>The page of one or more run folders, finished or not.</summary>
    /// <param name="folders">Run folders as <c>train</c> and <c>compare</c> write them; each once.</param>
    /// <exception cref="ReportException">A folder isn't one, is given twice, or holds what no report can be made of.</exception>
    public static string Html(IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (folders.Count == 0)
        {
            throw new ReportException("no run folder is given; give at least one, as train and compare print it.");
        }

        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            if (!paths.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Length > 0 ? folder : "."))) && folder.Length > 0)
            {
                throw new ReportException($"{folder} is given twice; give each folder once.");
            }
        }

        RecordedFolder[] read = [.. folders.Select(FolderReader.Read)];
        return read.Any(static folder => folder.Runs.Count > 0)
            ? ReportPage.Of(read)
            : throw new ReportException($"{string.Join(", ", folders)}: no run has begun there yet; there is nothing to report.");
    }

    /// <summary>Writes the page to a file, whole or not at all. A file that is there is replaced only if it is a report itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folders">As in <see cref="Html"/>.</param>
    /// <exception cref="ReportException">As in <see cref="Html"/>, or the file may not or can't be written.</exception>
    public static void Write(string path, IReadOnlyList<string> folders)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var html = Html(folders);
        CheckPlace(path);
        try
        {
            RunFolder.WriteAtomically(path, stream => stream.Write(Encoding.UTF8.GetBytes(html)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"the report can't be written to {path}: {error.Message}", error) { Writing = true };
        }
    }

    private static void CheckPlace(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ReportException($"{path} is a folder; give the name of a file, such as {Path.Combine(path, FileName)}.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new ReportException($"{path} lies in a folder that doesn't exist; make it first.");
        }

        try
        {
            if (File.Exists(path) && !IsReport(path))
            {
                throw new ReportException($"{path} is there already and is no report of Winnow; give another name, or remove it.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"{path} is there already and can't be read: {error.Message}", error);
        }
    }

    private static bool IsReport(string path)
    {
        // A device is never one, and reading it might not end.
        Span<byte> beginning = stackalloc byte[ReportPage.Beginning.Length];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length && beginning.SequenceEqual(Encoding.UTF8.GetBytes(ReportPage.Beginning));
    }
}
