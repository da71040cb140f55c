using System.Text;
using Winnow.Data;
using Winnow.Records;
using Winnow.Records.Inspection;

namespace Winnow.Cli;

/// <summary>A file that the numbers of samples are written to, whole or not at all. A file that is there is replaced only if it is such an export.</summary>
internal sealed class ExportFile
{
    private readonly bool _csv;

    private ExportFile(string path, bool csv) => (Path, _csv) = (path, csv);

    public string Path { get; }

    /// <summary>Refuses a place where nothing may or can be written.</summary>
    public static ExportFile Of(string path)
    {
        var ending = System.IO.Path.GetExtension(path);
        if (ending is not (".csv" or ".jsonl"))
        {
            throw new UsageException($"--out {path} ends neither in .csv nor in .jsonl; e.g. --out samples.csv.");
        }

        OutputFile.CheckPlace("--out", path, "samples.csv");
        var file = new ExportFile(path, ending == ".csv");
        return !File.Exists(path) || file.IsExport() ? file : throw new UsageException($"--out {path} is there already and is no export of Winnow; give another name, or remove it.");
    }

    public void Write(IReadOnlyList<SampleNumbers> samples, IReadOnlyList<string>? names)
    {
        try
        {
            AtomicFile.Write(Path, stream =>
            {
                if (_csv)
                {
                    SampleExport.WriteCsv(stream, samples, names);
                }
                else
                {
                    SampleExport.WriteJsonLines(stream, samples, names);
                }
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"the samples can't be written to {Path}: {error.Message}", error);
        }
    }

    private bool IsExport()
    {
        try
        {
            return RunFolder.Begins(Path, Encoding.UTF8.GetBytes(_csv ? SampleExport.CsvBeginning : SampleExport.JsonBeginning));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--out {Path} is there already and can't be read: {error.Message}");
        }
    }
}
