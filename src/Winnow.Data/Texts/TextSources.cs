using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Texts;

/// <summary>Opens texts from files and folders.</summary>
public static class TextSources
{
    /// <summary>The share of the texts that is tested on where the files don't divide them.</summary>
    public const double Holdout = 0.05;

    private static readonly string[] s_testNames = ["test", "val", "validation", "valid"];

    /// <summary>
    /// Reads texts into memory: a file of JSON lines (<c>.jsonl</c>), each <c>{"text": …}</c>, or a prompt (<c>prompt</c> or <c>instruction</c>, with what it is about in <c>input</c>) with its answer
    /// (<c>response</c>, <c>completion</c> or <c>output</c>); or a folder of such files and of plain text files (<c>.txt</c>), each a text, in UTF-8. A folder that holds <c>train.jsonl</c> and
    /// <c>test.jsonl</c>, <c>train.txt</c> and <c>test.txt</c>, or folders <c>train</c> and <c>test</c>, is divided by them (<c>val</c>, <c>valid</c> and <c>validation</c> are other names of test).
    /// Else about one text in twenty (<see cref="Holdout"/>) is held out: by a hash of its prompt, or of plain text, so that equal ones are on one side.
    /// </summary>
    /// <param name="path">A <c>.jsonl</c> file, or a folder.</param>
    /// <param name="options">Nothing of it means anything to texts: what is given for pictures is refused.</param>
    /// <exception cref="DataException">There are no texts, a file can't be read or isn't UTF-8, or a line isn't what it should be.</exception>
    public static TextData Open(string path, DataOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (options?.ImageSize is not null)
        {
            throw new DataOptionException("", nameof(DataOptions.ImageSize), " is for folders of pictures, and texts are opened; leave it out.");
        }

        if (options?.Backgrounds is not null)
        {
            throw new DataOptionException("", nameof(DataOptions.Backgrounds), " are pictures that others lie over, and texts are opened; leave it out.");
        }

        if (options?.SkipCorrupt == true)
        {
            throw new DataOptionException("", nameof(DataOptions.SkipCorrupt), " is for folders of pictures, and texts are opened; leave it out.");
        }

        if (options?.Streaming == Streaming.On)
        {
            throw new DataOptionException("", nameof(DataOptions.Streaming), " is for images and vectors, and texts are read into memory as a whole; leave it out.");
        }

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (Directory.Exists(path))
        {
            return Folder(path, name);
        }

        if (!File.Exists(path))
        {
            throw new DataException($"{path}: neither a file nor a folder. Texts are read from a {TextFile.LinesEnding} file, a line {TextLine.Example}, or from a folder of such files and of {TextFile.PlainEnding} files.");
        }

        if (!TextFile.IsLines(path))
        {
            throw new DataException(TextFile.IsOne(path)
                ? $"{path}: is a single text, of which none could be held out to test on; give the folder that holds it as train{TextFile.PlainEnding} beside a test{TextFile.PlainEnding}, or several texts."
                : $"{path}: isn't a file of texts by its name; those end in {TextFile.LinesEnding}, and in a folder in {TextFile.PlainEnding} as well.");
        }

        return Divide(Path.GetFileNameWithoutExtension(name), TextFile.Read(path), path);
    }

    private static TextData Folder(string folder, string name)
    {
        var (train, test) = (Part(folder, ["train"]), Part(folder, s_testNames));
        if (train.Length > 0 && test.Length > 0)
        {
            var others = Texts(folder).Except(train).Except(test).Select(file => Path.GetRelativePath(folder, file)).ToArray();
            var left = others.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{others.Length:N0} files beside {Path.GetFileName(train[0])} and {Path.GetFileName(test[0])} were left out, such as {others[0]}.");
            var (samples, held) = (Read(train), Read(test));
            return new(name, samples, held, Join(left, Twice(samples, held)));
        }

        if (train.Length > 0 || test.Length > 0)
        {
            throw new DataException($"{folder}: there is {Path.GetFileName((train.Length > 0 ? train : test)[0])} and nothing to {(train.Length > 0 ? "test" : "train")} on; put {(train.Length > 0 ? "test" : "train")}{TextFile.LinesEnding} beside it, or give it another name to have texts of it held out.");
        }

        var files = Texts(folder);
        return files.Length == 0
            ? throw new DataException($"{folder}: holds no texts; they are in files that end in {TextFile.LinesEnding}, a line {TextLine.Example}, or in {TextFile.PlainEnding}.")
            : Divide(name, Read(files), folder);
    }

    /// <summary>The files of a part by its name: one of JSON lines, else a plain one, else those of a folder.</summary>
    private static string[] Part(string folder, string[] names)
    {
        string[][] found =
        [
            .. names.SelectMany(name => new[] { TextFile.LinesEnding, TextFile.PlainEnding }.Select(ending => Path.Combine(folder, name + ending))).Where(File.Exists).Select(static file => new[] { file }),
            .. names.Select(name => Path.Combine(folder, name)).Where(Directory.Exists).Select(Texts).Where(static files => files.Length > 0),
        ];
        return found.Length < 2 ? found.FirstOrDefault() ?? []
            : throw new DataException($"{folder}: holds {Path.GetRelativePath(folder, found[0][0])} and {Path.GetRelativePath(folder, found[1][0])}, which are the same part by their names; keep one of them.");
    }

    /// <summary>Every file of texts at whatever depth, in the order of their paths, character by character; not those whose path has a dot before a name.</summary>
    private static string[] Texts(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => TextFile.IsOne(file) && !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(static part => part.StartsWith('.')))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(folder, $"can't be read: {error.Message}", error);
        }
    }

    private static List<TextSample> Read(string[] files) => [.. files.SelectMany(TextFile.Read)];

    private static TextData Divide(string name, List<TextSample> samples, string place)
    {
        var parts = samples.ToLookup(IsHeldOut);
        TextSample[] train = [.. parts[false]], test = [.. parts[true]];
        return train.Length > 0 && test.Length > 0
            ? new(name, train, test)
            : throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{place}: of {samples.Count} texts {(test.Length == 0 ? "none falls" : "all fall")} into the part that is held out, about one in {1 / Holdout:0}; give a folder with train{TextFile.LinesEnding} and test{TextFile.LinesEnding}."));
    }

    /// <summary>By what it says alone, so that equal texts are on one side, whatever file and place they are in.</summary>
    private static bool IsHeldOut(TextSample sample)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(sample.Key), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) < Holdout * (1L << 32);
    }

    private static string? Twice(List<TextSample> train, List<TextSample> test)
    {
        var known = train.ToHashSet();
        var both = test.Count(known.Contains);
        return both == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{both:N0} of the {test.Count:N0} test texts are among the training texts as well, word for word: what is measured on them is memory.");
    }

    private static string? Join(params string?[] notes) => string.Join(" ", notes.OfType<string>()) is { Length: > 0 } note ? note : null;
}
