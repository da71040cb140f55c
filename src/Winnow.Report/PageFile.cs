using System.Text;
using Winnow.Data;
using Winnow.Records;

namespace Winnow.Report;

/// <summary>A page on its way to the disk: whole or not at all, and over no file that isn't one of its kind.</summary>
internal static class PageFile
{
    /// <param name="path">The file.</param>
    /// <param name="beginning">How every page of the kind begins.</param>
    /// <param name="kind">What the kind is called in messages.</param>
    /// <param name="html">The page.</param>
    /// <exception cref="ReportException">The file may not or can't be written.</exception>
    public static void Write(string path, string beginning, string kind, string html)
    {
        Check(path, beginning, kind);
        var text = Encoding.UTF8.GetBytes(html);
        try
        {
            AtomicFile.Write(path, stream => stream.Write(text));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"the {kind} can't be written to {path}: {error.Message}", error) { Writing = true };
        }
    }

    /// <summary>Refuses a place where it may not be written.</summary>
    /// <inheritdoc cref="Write"/>
    public static void Check(string path, string beginning, string kind)
    {
        if (Directory.Exists(path))
        {
            throw new ReportException($"{path} is a folder; give the name of a file, such as {Path.Combine(path, RunReport.FileName)}.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new ReportException($"{path} lies in a folder that doesn't exist; make it first.");
        }

        try
        {
            if (File.Exists(path) && !RunFolder.Begins(path, Encoding.UTF8.GetBytes(beginning)))
            {
                throw new ReportException($"{path} is there already and is no {kind} of Winnow; give another name, or remove it.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"{path} is there already and can't be read: {error.Message}", error);
        }
    }
}
