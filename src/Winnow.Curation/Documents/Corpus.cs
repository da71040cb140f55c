using System.IO.Enumeration;

namespace Winnow.Curation.Documents;

/// <summary>The shards of a corpus, found below files and folders, in an order that depends on their names alone.</summary>
public static class Corpus
{
    private static readonly string[] s_lines = [".jsonl", ".ndjson", ".jsonlines"], s_packed = ["", ".gz", ".zst", ".zstd"];

    /// <summary>Finds the shards below paths: of a file itself; of a folder every file of records below it, and the plain texts of each folder as one.</summary>
    /// <param name="inputs">Files and folders, in the order in which their records come. Within a folder shards come by their names, compared byte by byte.</param>
    /// <param name="except">A folder whose files aren't looked at, such as the one that is written into; null for none. Links to folders aren't followed.</param>
    /// <exception cref="CurationException">A path isn't there or can't be read, holds no records, is given twice, or two inputs have a shard of one name.</exception>
    public static IReadOnlyList<Shard> Find(IEnumerable<string> inputs, string? except = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var shards = new List<Shard>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            var found = Directory.Exists(input) ? OfFolder(input, except) : File.Exists(input) ? OfFile(input) : throw new CurationException($"{input}: there is no such file or folder.");
            foreach (var shard in found.OrderBy(static shard => shard.Name, StringComparer.Ordinal))
            {
                // What is written is named like what was read, and so is what is noted of it.
                if (!names.TryAdd(shard.OutputName, input) || (shard.Name != shard.OutputName && !names.TryAdd(shard.Name, input)))
                {
                    throw new CurationException($"{input}: its {shard.OutputName} would be written where that of {names[shard.OutputName]} is; give one folder that holds both, or run twice into two folders.");
                }

                shards.Add(shard with { Index = shards.Count });
            }
        }

        return shards.Count > 0 ? shards : throw new CurationException("no input was named; give files or folders of records, e.g. a folder of .jsonl files.");
    }

    /// <summary>The folders that shards' files lie in, by their full paths: two corpora whose files have the same names aren't the same.</summary>
    internal static IReadOnlyList<string> FoldersOf(IReadOnlyList<Shard> shards) => [.. shards.Select(static shard => Path.GetDirectoryName(Path.GetFullPath(shard.Files[0]))!).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<Shard> OfFile(string path) =>
        IsLines(path) ? [Of(Path.GetFileName(path), RecordFormat.JsonLines, [path])]
        : IsParquet(path) ? [Of(Path.GetFileName(path), RecordFormat.Parquet, [path])]
        : IsText(path) ? [Of(Path.GetFileNameWithoutExtension(path), RecordFormat.PlainText, [path])]
        : throw new CurationException($"{path}: its name doesn't say what it holds; read are {string.Join(", ", s_lines)} (also with {string.Join(", ", s_packed.Skip(1))} behind), .parquet and .txt.");

    private static List<Shard> OfFolder(string folder, string? except)
    {
        var files = FilesBelow(folder, except is null ? null : Path.GetFullPath(except));
        var shards = files.Where(IsLines).Select(file => Of(Below(folder, file), RecordFormat.JsonLines, [file])).ToList();
        shards.AddRange(files.Where(IsParquet).Select(file => Of(Below(folder, file), RecordFormat.Parquet, [file])));
        foreach (var texts in files.Where(IsText).GroupBy(static file => Path.GetDirectoryName(file)!, StringComparer.Ordinal))
        {
            var name = Below(folder, texts.Key);
            shards.Add(Of(name == "." ? "texts" : name, RecordFormat.PlainText, [.. texts.Order(StringComparer.Ordinal)]));
        }

        return shards.Count > 0 ? shards : throw new CurationException($"{folder}: holds no records; looked for are {string.Join(", ", s_lines)} (also with {string.Join(", ", s_packed.Skip(1))} behind), .parquet and .txt.");
    }

    private static string[] FilesBelow(string folder, string? except)
    {
        try
        {
            return [.. new FileSystemEnumerable<string>(folder, static (ref entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None })
            {
                ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory && !entry.FileName.StartsWith("."),
                ShouldRecursePredicate = (ref entry) => !entry.FileName.StartsWith(".") && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint)
                    && (except is null || Path.GetFullPath(entry.ToFullPath()) != except),
            }];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CurationException($"{folder}: can't be looked through: {error.Message.TrimEnd('.')}; make it readable, or name what of it is an input.", error);
        }
    }

    private static Shard Of(string name, RecordFormat format, IReadOnlyList<string> files) => new(0, name, format, files, files.Sum(static file => new FileInfo(file).Length));

    private static string Below(string folder, string path) => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');

    private static bool IsLines(string path) => s_packed.Any(packed => s_lines.Any(lines => path.EndsWith(lines + packed, StringComparison.OrdinalIgnoreCase)));

    private static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static bool IsText(string path) => path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
