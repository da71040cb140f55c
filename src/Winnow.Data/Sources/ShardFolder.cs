using System.Globalization;
using Winnow.Catalog;
using Winnow.Data.Files;

namespace Winnow.Data.Sources;

/// <summary>x.npy and y.npy in numbered pieces: x-00000.npy and y-00000.npy, x-00001.npy and y-00001.npy, …; a test part likewise of x_test- and y_test-, or none.</summary>
internal static class ShardFolder
{
    /// <summary>The file by which a folder is known; null where it holds no piece.</summary>
    public static string? Marker(string folder) => Numbered(folder, "x-") is [var (_, first), ..] ? first : null;

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        var train = Shards.Of(Numbered(folder, "x-"), Numbered(folder, "y-"), name);
        var (x, y) = (Numbered(folder, "x_test-"), Numbered(folder, "y_test-"));
        var test = x.Count + y.Count > 0 ? Shards.Of(x, y, name + " (test)") : null;
        var (inFiles, note) = Placement.Of(folder, train.Bytes + (test?.Bytes ?? 0), options);
        var all = train.Open(inFiles, options.CacheFolder);
        return test is null
            ? NpyFolder.HoldOut(all, folder, name, "x_test-00000.npy", note, options)
            : FolderSource.Pair(all, test.Open(inFiles, options.CacheFolder), name, note);
    }

    /// <summary>The pieces of one kind in the order of their numbers.</summary>
    /// <exception cref="DataException">A number comes twice, or is missing between others.</exception>
    private static List<(int Number, string Path)> Numbered(string folder, string prefix)
    {
        const string Ending = ".npy";
        var found = new List<(int Number, string Path)>();
        if (!Directory.Exists(folder))
        {
            return found;
        }

        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, prefix + "*" + Ending))
            {
                var digits = Path.GetFileName(path.AsSpan())[prefix.Length..^Ending.Length];
                if (!digits.ContainsAnyExceptInRange('0', '9') && NumberText.Read(digits, out int number) is null)
                {
                    found.Add((number, path));
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(folder, $"can't be looked through: {error.Message}", error);
        }

        found.Sort(static (a, b) => a.Number != b.Number ? a.Number.CompareTo(b.Number) : string.CompareOrdinal(a.Path, b.Path));
        for (var i = 1; i < found.Count; i++)
        {
            if (found[i].Number == found[i - 1].Number)
            {
                throw new DataException($"{found[i - 1].Path} and {found[i].Path} have the same number; which of them is meant can't be told. Remove one, or give it another number.");
            }

            if (found[i].Number != found[i - 1].Number + 1)
            {
                throw new DataException(string.Create(CultureInfo.InvariantCulture,
                    $"{folder}: there is no {prefix}…{Ending} of number {found[i - 1].Number + 1}, though {Path.GetFileName(found[i].Path)} follows {Path.GetFileName(found[i - 1].Path)}; a piece is missing. Put it there, or number the others without gaps."));
            }
        }

        return found;
    }
}
