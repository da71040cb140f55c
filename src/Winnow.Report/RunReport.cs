using Winnow.Data;
using Winnow.Records;
using Winnow.Report.Inspection;
using Winnow.Report.Reading;
using Winnow.Report.Text;

namespace Winnow.Report;

/// <summary>Makes one self-contained HTML page of run folders: plots, the tables behind them, what was found and how to do it again.</summary>
public static class RunReport
{
    /// <summary>The page's name in a run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>The page of one or more run folders, finished or not.</summary>
    /// <param name="folders">Run folders as <c>train</c> and <c>compare</c> write them; each once.</param>
    /// <param name="hand">
    /// What is known of the run of the only folder by whoever has just made it; null reads and opens it again. Where the samples can't be
    /// opened the report says so, and has no pictures.
    /// </param>
    /// <exception cref="ReportException">A folder isn't one, is given twice, or holds what no report can be made of.</exception>
    public static string Html(IReadOnlyList<string> folders, RunAtHand? hand = null)
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
            ? ReportPage.Of(read, folders is [var only] && read[0].Training is not null ? SamplesSection.Of(only, hand) : Markup.Empty)
            : throw new ReportException($"{string.Join(", ", folders)}: no run has begun there yet; there is nothing to report.");
    }

    /// <summary>Writes the page to a file, whole or not at all. A file that is there is replaced only if it is a report itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folders">As in <see cref="Html"/>.</param>
    /// <param name="hand">As in <see cref="Html"/>.</param>
    /// <exception cref="ReportException">As in <see cref="Html"/>, or the file may not or can't be written.</exception>
    public static void Write(string path, IReadOnlyList<string> folders, RunAtHand? hand = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PageFile.Write(path, ReportPage.Beginning, "report", Html(folders, hand));
    }
}

/// <summary>What a process that has just made a run knows of it.</summary>
/// <param name="Plan">What it was begun with; the folder's own is locked by that process.</param>
/// <param name="Samples">The samples that it was trained on; null opens them from where they were.</param>
public sealed record RunAtHand(RunPlan Plan, SampleSet? Samples);
