using System.Globalization;
using Winnow.Data.Formats;
using Winnow.Data.Pictures;

namespace Winnow.Data.Masks;

/// <summary>
/// Pictures with masks: <c>images/</c>, and in <c>masks/</c> a PNG of the same name that holds a class a pixel; what the classes are called may stand in <c>classes.txt</c>. Both folders may stand in <c>train/</c>
/// and <c>test/</c> (or <c>val/</c>).
/// </summary>
internal static class MaskFolder
{
    public const string Images = "images", Masks = "masks", ClassFile = "classes.txt";

    private static readonly string[] s_second = ["test", "val"];

    private const int Planes = MaskedSamples.Planes;

    /// <summary>Whether a folder is of this form.</summary>
    public static bool Recognises(string folder) => Has(folder) || Has(Path.Combine(folder, "train"));

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        if (options.Backgrounds is not null)
        {
            throw new DataOptionException($"{name} has {Images}/ and {Masks}/, whose pictures have backgrounds of their own; leave out ", nameof(DataOptions.Backgrounds), ".");
        }

        var side = options.ImageSize ?? DataOptions.DefaultImageSize;
        var named = ClassNames(Path.Combine(folder, ClassFile));
        var (pairs, trainCount, note) = Pairs(folder);
        PictureEntry[] pictures = [.. pairs.Select(static pair => pair.Picture)];
        PictureDecoding.CheckSize(folder, pairs.Count, Planes, side);
        var most = named?.Length ?? LoadedData.IgnoredPixel;
        var decoded = PictureDecoding.FindOrDecode(
            folder,
            [.. pictures, .. pairs.Select(static pair => pair.Mask).OfType<PictureEntry>()],
            pairs.Count,
            Planes,
            side,
            FormattableString.Invariant($"\nmasks {most}"),
            options,
            () => Begin(pairs, side, most),
            out var unkept);
        note = PictureDecoding.Join(note, PictureDecoding.Refuse(folder, pictures, decoded.Problems, options), unkept);
        var bad = decoded.Problems.Select(static problem => problem.Place).ToHashSet();
        int[] whole = [.. Enumerable.Range(0, pairs.Count).Where(i => !bad.Contains(i))];
        if (whole.Length == 0)
        {
            throw new DataException($"{folder}: none of its pictures can be used, the first since it {decoded.Problems[0].Problem}.");
        }

        var (plane, length) = (side * side, Planes * side * side);
        var counts = Count(decoded.Pixels, whole.Length, plane);
        var largest = Array.FindLastIndex(counts.Total, LoadedData.IgnoredPixel - 1, static count => count > 0);
        if (largest < 1 && named is null)
        {
            throw new DataException(largest < 0
                ? $"{folder}: all pixels of all masks are {LoadedData.IgnoredPixel}, which says that they have no class; classes are numbered from 0."
                : counts.Total[LoadedData.IgnoredPixel] > 0
                    ? $"{folder}: its masks hold 0 and {LoadedData.IgnoredPixel} alone, and {LoadedData.IgnoredPixel} says that a pixel has no class. If it means the object, save 1 in its place."
                    : $"{folder}: its masks hold class 0 alone; at least two classes are needed to learn which is which.");
        }

        var samples = new MaskedSamples(folder, name, side, named ?? [.. Enumerable.Range(0, largest + 1).Select(static label => label.ToString(CultureInfo.InvariantCulture))])
        {
            Names = [.. whole.Select(i => pictures[i].Name)],
            Rows = whole,
            Labels = counts.Labels,
            TrainCount = trainCount is { } count ? whole.Count(i => i < count) : null,
        };

        // What a name says of pictures that belong together isn't known here: photographs often have nothing but numbers.
        var (train, test) = samples.Divide(static name => name, k => Sample(k)[..(3 * plane)], options.Holdout);
        return samples.Make(train, test, Sample, note);

        ReadOnlySpan<byte> Sample(int k) => decoded.Pixels.AsSpan(k * length, length);
    }

    private static bool Has(string folder) => Directory.Exists(Path.Combine(folder, Images)) && Directory.Exists(Path.Combine(folder, Masks));

    /// <summary>All pictures with their masks, those to train on first; how many those are, where the folder says.</summary>
    private static (List<(PictureEntry Picture, PictureEntry? Mask)> Pairs, int? TrainCount, string? Note) Pairs(string folder)
    {
        if (Has(folder))
        {
            var all = Pairs(folder, "", out var note);
            return (all, null, note);
        }

        var second = s_second.FirstOrDefault(part => Has(Path.Combine(folder, part)));
        var train = Pairs(Path.Combine(folder, "train"), "train/", out var trainNote);
        if (second is null)
        {
            return (train, null, trainNote);
        }

        var test = Pairs(Path.Combine(folder, second), second + "/", out var testNote);
        return ([.. train, .. test], train.Count, PictureDecoding.Join(trainNote, testNote));
    }

    private static List<(PictureEntry Picture, PictureEntry? Mask)> Pairs(string folder, string prefix, out string? note)
    {
        var masks = PictureTree.ReadAll(Path.Combine(folder, Masks), prefix + Masks).ToLookup(mask => Stem(mask.Name, Masks), StringComparer.Ordinal);
        var pairs = new List<(PictureEntry, PictureEntry?)>();
        var used = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var picture in PictureTree.ReadAll(Path.Combine(folder, Images), prefix + Images))
        {
            var stem = Stem(picture.Name, Images);
            if (!used.TryAdd(stem, picture.Name))
            {
                throw new DataException($"{folder}: {used[stem]} and {picture.Name} would have the same mask; call them differently.");
            }

            PictureEntry[] own = [.. masks[stem]];
            pairs.Add((picture, own.Length < 2 ? own.FirstOrDefault() : throw new DataException($"{folder}: {picture.Name} has two masks, {own[0].Name} and {own[1].Name}; take one away.")));
        }

        if (pairs.Count == 0)
        {
            throw new DataException($"{Path.Combine(folder, Images)}: holds no picture (.png, .jpg, .jpeg or .webp). Put the pictures there, and in {Masks}/ a PNG of the same name for each.");
        }

        string[] lonely = [.. masks.Where(mask => !used.ContainsKey(mask.Key)).SelectMany(static mask => mask).Select(static mask => mask.Name)];
        note = lonely.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{lonely.Length} masks without a picture ({string.Join(", ", lonely.Take(3))}{(lonely.Length > 3 ? ", …" : "")}) were left out.");
        return pairs;

        string Stem(string name, string part) => Path.ChangeExtension(name[(prefix.Length + part.Length)..], null);
    }

    private static DecodeSample Begin(List<(PictureEntry Picture, PictureEntry? Mask)> pairs, int side, int classes)
    {
        var decoder = new PictureDecoder(side);
        byte[] file = [];
        return (place, target) =>
        {
            var (picture, mask) = pairs[place];
            var colours = target[..(3 * side * side)];
            if (decoder.Decode(picture.Path, colours) is { } problem)
            {
                return problem;
            }

            if (mask is null)
            {
                return $"has no mask: there is no PNG of that name in {Masks}/";
            }

            return decoder.IsTurned ? "is turned by its EXIF data, and its mask isn't; save it upright"
                : PictureDecoder.WithFile(mask.Path, ref file, target[(3 * side * side)..], (content, classOf) => Fill(content, classOf, decoder.Size, side, classes)) is { } wrong ? $"has a mask that {wrong}"
                : null;
        };
    }

    /// <summary>The mask of the middle square, by the pixel nearest to the middle of each of the result's.</summary>
    private static string? Fill(ReadOnlySpan<byte> file, Span<byte> target, (int Width, int Height) size, int side, int classes)
    {
        if (PngIndices.Read(file, out var width, out var height, out var numbers) is { } problem)
        {
            return problem;
        }

        if ((width, height) != size)
        {
            return FormattableString.Invariant($"is {width} x {height} pixels where the picture is {size.Width} x {size.Height}");
        }

        for (var p = 0; p < numbers.Length; p++)
        {
            if (numbers[p] >= classes && numbers[p] != LoadedData.IgnoredPixel)
            {
                return FormattableString.Invariant($"has class {numbers[p]} at row {p / width}, column {p % width}, and {ClassFile} names {classes} classes, 0 to {classes - 1}");
            }
        }

        var window = Math.Min(width, height);
        for (var y = 0; y < side; y++)
        {
            var row = Nearest(y, height) * width;
            for (var x = 0; x < side; x++)
            {
                target[(y * side) + x] = numbers[row + Nearest(x, width)];
            }
        }

        return null;

        int Nearest(int at, int length) => (int)((((2L * at) + 1) * window + ((long)(length - window) * side)) / (2L * side));
    }

    /// <summary>Names, one a line; null where there is no file.</summary>
    private static string[]? ClassNames(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string[] names;
        try
        {
            names = [.. File.ReadAllLines(path).Select(static line => line.Trim())];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"can't be read: {error.Message.TrimEnd('.')}.", error);
        }

        // Of empty lines only those at the end mean nothing.
        names = names[..(Array.FindLastIndex(names, static name => name.Length > 0) + 1)];
        var twice = names.GroupBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static group => group.Key.Length == 0 || group.Count() > 1)?.Key;
        return twice is not null ? throw new DataException(twice.Length == 0 ? $"{path}: line {Array.IndexOf(names, "") + 1} is empty; it holds the name of a class a line, that of class 0 first." : $"{path}: \"{twice}\" stands there twice; give each class a name of its own.")
            : names.Length is < 2 or > LoadedData.IgnoredPixel ? throw new DataException(FormattableString.Invariant($"{path}: names {names.Length} classes; there are 2 to {LoadedData.IgnoredPixel}, one a line, that of class 0 first."))
            : names;
    }

    /// <summary>How many pixels each class has in all, and the class that each sample has most pixels of; 0, usually the background, only where it has no other.</summary>
    private static (long[] Total, int[] Labels) Count(byte[] pixels, int samples, int plane)
    {
        var (total, labels) = (new long[256], new int[samples]);
        Span<int> own = stackalloc int[256];
        for (var k = 0; k < samples; k++)
        {
            own.Clear();
            foreach (var pixel in pixels.AsSpan((((k * Planes) + 3) * plane), plane))
            {
                own[pixel]++;
            }

            for (var label = 0; label < 256; label++)
            {
                total[label] += own[label];
                labels[k] = label is > 0 and < LoadedData.IgnoredPixel && own[label] > (labels[k] == 0 ? 0 : own[labels[k]]) ? label : labels[k];
            }
        }

        return (total, labels);
    }
}
