using System.Globalization;

namespace Winnow.Data.Pictures;

/// <summary>One picture's file.</summary>
/// <param name="Name">Its path below the folder of the data set, with '/' on every system.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Label">The place of its class among the classes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Modified">When it was last changed, in ticks.</param>
internal sealed record PictureEntry(string Name, string Path, int Label, long Length, long Modified);

/// <summary>The pictures of a folder: a sub-folder a class, or such sub-folders in <c>train</c> and <c>test</c> (or <c>val</c>).</summary>
internal sealed class PictureTree
{
    private const int Named = 3;

    private static readonly string[] s_endings = [".png", ".jpg", ".jpeg", ".webp"];

    private readonly string _folder;
    private readonly List<string> _loose = [];
    private readonly SortedSet<string> _otherEndings = new(StringComparer.Ordinal);
    private int _others;

    private PictureTree(string folder) => _folder = folder;

    /// <summary>The classes' names, those of both parts.</summary>
    public IReadOnlyList<string> Classes { get; private set; } = [];

    /// <summary>The pictures to train on, in the order of their names, character by character.</summary>
    public IReadOnlyList<PictureEntry> Train { get; private set; } = [];

    /// <summary>Those to test on; null where there is no part of them.</summary>
    public IReadOnlyList<PictureEntry>? Test { get; private set; }

    /// <summary>What of the folder isn't used, in sentences; null where all is.</summary>
    public string? Note { get; private set; }

    /// <summary>Whether there is a picture in a sub-folder, or in the folder itself. Stops at the first.</summary>
    public static bool HasPictures(string folder)
    {
        try
        {
            return Entries(folder).Any(static entry => entry is FileInfo file && IsPicture(file.Name))
                || Entries(folder).Any(static entry => entry is DirectoryInfo inner && Walk(inner.FullName).Any(static file => IsPicture(file.Name)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, error);
        }
    }

    /// <summary>Finds all pictures.</summary>
    /// <exception cref="DataException">Pictures that belong to no class, a class without pictures, parts that can't be told from classes.</exception>
    public static PictureTree Read(string folder)
    {
        try
        {
            var tree = new PictureTree(folder);
            tree.Read();
            return tree;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, error);
        }
    }

    /// <summary>All pictures at whatever depth, without classes, in the order of their names; what else there is isn't looked at.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="prefix">What their names begin with.</param>
    public static IReadOnlyList<PictureEntry> ReadAll(string folder, string prefix = "")
    {
        try
        {
            var found = new List<PictureEntry>();
            new PictureTree(folder).Collect(folder, prefix, label: 0, found);
            found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, error);
        }
    }

    // The system's message names the sub-folder.
    private static DataAccessException Unreadable(string folder, Exception error) => new(folder, $"can't be looked through: {error.Message.TrimEnd('.')}. Give this user the right to read it, or take it away.", error);

    private void Read()
    {
        foreach (var file in Entries(_folder).OfType<FileInfo>())
        {
            CountUnused(file);
        }

        var inner = Folders(_folder);
        string? train = Part(inner, "train"), test = Part(inner, "test"), val = Part(inner, "val");
        if (train is null || (inner.Length == 1 && Folders(Path.Combine(_folder, train)).Length == 0))
        {
            Train = Pictures([(_folder, "")])[0];
        }
        else if (inner.FirstOrDefault(name => name != train && name != test && name != val) is { } other)
        {
            throw new DataException($"{_folder} has {train}/ beside {other}/: whether they are classes, or parts of the data that have classes in them, can't be told. Let {train}/ and test/ (or val/) "
                + "stand alone above the classes, or call the classes otherwise.");
        }
        else
        {
            (string, string)[] parts = (test ?? val) is { } second ? [(Path.Combine(_folder, train), train + "/"), (Path.Combine(_folder, second), second + "/")] : [(Path.Combine(_folder, train), train + "/")];
            var found = Pictures(parts);
            (Train, Test) = (found[0], found.ElementAtOrDefault(1));
        }

        Note = Unused(test is null || train is null ? null : val);
    }

    private string? Unused(string? part)
    {
        string?[] sentences =
        [
            part is null ? null : $"{part}/ was left out: the test part is test/.",
            _loose.Count == 0 ? null : Text($"{Count(_loose.Count, "picture")} that {(_loose.Count == 1 ? "lies" : "lie")} in no class's folder ({List(_loose)}) {(_loose.Count == 1 ? "was" : "were")} left out."),
            _others == 0 ? null : Text($"{Count(_others, "file")} that {(_others == 1 ? "is no picture" : "are no pictures")} ({List([.. _otherEndings])}) {(_others == 1 ? "was" : "were")} left out."),
        ];
        return string.Join(' ', sentences.OfType<string>()) is { Length: > 0 } note ? note : null;
    }

    /// <summary>The pictures of parts, labelled by the classes that occur in any of them.</summary>
    private List<PictureEntry>[] Pictures(ReadOnlySpan<(string Path, string Prefix)> parts)
    {
        var classes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (path, prefix) in parts)
        {
            if (prefix.Length > 0)
            {
                foreach (var file in Entries(path).OfType<FileInfo>())
                {
                    CountUnused(file, prefix);
                }
            }

            var names = Folders(path);
            if (names.Length == 0)
            {
                throw new DataException($"{path}: {(_loose.Count == 0 ? "holds no folders" : $"{Count(_loose.Count, "picture")} ({List(_loose)}) but no folders")}; the class of a picture is the sub-folder that it is in, so make one a class and put the pictures there.");
            }

            classes.UnionWith(names);
        }

        Classes = [.. classes];
        var numbers = Classes.Select(static (name, label) => (name, label)).ToDictionary(static pair => pair.name, static pair => pair.label, StringComparer.Ordinal);
        var found = new List<PictureEntry>[parts.Length];
        for (var part = 0; part < parts.Length; part++)
        {
            found[part] = [];
            foreach (var name in Folders(parts[part].Path))
            {
                var before = found[part].Count;
                Collect(Path.Combine(parts[part].Path, name), parts[part].Prefix + name, numbers[name], found[part]);
                if (found[part].Count == before)
                {
                    throw new DataException($"{Path.Combine(parts[part].Path, name)}: holds no picture (.png, .jpg, .jpeg or .webp), though every sub-folder is a class. Put some in, or take the folder away.");
                }
            }

            found[part].Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        }

        return found;
    }

    private void Collect(string folder, string prefix, int label, List<PictureEntry> found)
    {
        foreach (var file in Walk(folder))
        {
            if (!IsPicture(file.Name))
            {
                CountUnused(file);
                continue;
            }

            // Of a link, what it leads to.
            var content = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            var name = (prefix.Length > 0 ? prefix + "/" : "") + Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            found.Add(new(name, file.FullName, label, content.Exists ? content.Length : 0, content.Exists ? content.LastWriteTimeUtc.Ticks : 0));
        }
    }

    private void CountUnused(FileInfo file, string prefix = "")
    {
        if (IsPicture(file.Name))
        {
            _loose.Add(prefix + file.Name);
            return;
        }

        _others++;
        _otherEndings.Add(file.Extension is { Length: > 1 } ending ? ending : file.Name);
    }

    /// <summary>All files below a folder, hidden ones left out.</summary>
    private static IEnumerable<FileInfo> Walk(string folder)
    {
        // Each with the folders that it is in, as they are called without links.
        var left = new Stack<(string Path, string[] Above)>([(folder, [Real(folder)])]);
        while (left.TryPop(out var place))
        {
            foreach (var entry in Entries(place.Path))
            {
                if (entry is FileInfo file)
                {
                    yield return file;
                    continue;
                }

                var real = Real(entry.FullName);
                if (place.Above.Contains(real))
                {
                    throw new DataException($"{entry.FullName}: is a link to a folder that it is in, so that there would be no end of pictures. Take the link away.");
                }

                left.Push((entry.FullName, [.. place.Above, real]));
            }
        }
    }

    private static string Real(string folder) => new DirectoryInfo(folder) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.GetFullPath(folder);

    private static string[] Folders(string folder) => [.. Entries(folder).OfType<DirectoryInfo>().Select(static inner => inner.Name).Order(StringComparer.Ordinal)];

    // What begins with a dot is hidden, and __MACOSX is what macOS adds to zip archives.
    private static IEnumerable<FileSystemInfo> Entries(string folder) => new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(static entry => entry.Name[0] != '.' && entry.Name != "__MACOSX");

    private static string? Part(string[] names, string part) => Array.Find(names, name => name.Equals(part, StringComparison.OrdinalIgnoreCase));

    private static bool IsPicture(string name) => Array.Exists(s_endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static string Count(int count, string word) => Text($"{count} {word}{(count == 1 ? "" : "s")}");

    private static string List(List<string> names)
    {
        names.Sort(StringComparer.Ordinal);
        return string.Join(", ", names.Take(Named)) + (names.Count > Named ? Text($" and {names.Count - Named} more") : "");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
