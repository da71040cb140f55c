using Winnow.Data.Pictures;
using Winnow.Data.Sources;

namespace Winnow.Data;

/// <summary>Opens data sets by name or by folder.</summary>
public static class DataSources
{
    /// <summary>The names that <see cref="Open"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. NamedSource.All.Select(s => s.Name)];

    /// <summary>
    /// Loads a data set whole. A name is looked up in <see cref="DataOptions.Folder"/>, then in <c>./data</c>, then where Debian's package
    /// puts it. Anything else is a folder, recognised by its files: an IDX quadruple (<c>train-images-idx3-ubyte</c> …, also
    /// <c>.gz</c>), CIFAR-10 (<c>data_batch_1.bin</c> … <c>data_batch_5.bin</c>, <c>test_batch.bin</c>), CIFAR-100 (<c>train.bin</c>,
    /// <c>test.bin</c>; fine labels), npy files (<c>x.npy</c>, <c>y.npy</c>, and <c>x_test.npy</c>, <c>y_test.npy</c> if there is a test
    /// part), or else pictures (PNG, JPEG, WebP): a sub-folder a class, or such sub-folders in <c>train</c> and <c>test</c> (or <c>val</c>).
    /// </summary>
    /// <remarks>
    /// npy: x is uint8 images [N, H, W], [N, C, H, W] or [N, H, W, C] with C of 1, 3 or 4 (where both readings are possible, channels come
    /// first, and the note says so); or floats: a table [N, D], or images by the same rules, but that C may be any number where it comes first.
    /// Floats become float32; a float64 column (channel) that float32 can't hold, since it lies too far from zero for its spread, is standardised in float64 first, in the
    /// test part by the training part's mean and deviation, and the note says so.
    /// y is integers [N] or [N, 1] in [0, 65536). Files that contradict each other (a .gz and an unpacked file with other content, two data sets
    /// in one folder) are refused, both by name.
    /// Pictures: the class is the sub-folder, at whatever depth below it the file is; classes and files are in the order of their names, character by character. The middle square
    /// of each, on white where it is transparent and turned as its EXIF data say, is scaled to [3, <see cref="DataOptions.ImageSize"/>, the same]. What was decoded is kept in
    /// <see cref="DataOptions.CacheFolder"/>.
    /// With <see cref="DataOptions.Masks"/> samples are [4, <see cref="DataOptions.ImageSize"/>, the same], the last plane being the class of each pixel: from <c>images/</c> and <c>masks/</c> (PNG of class numbers of
    /// the same names, 255 for none; optionally a name a class in <c>classes.txt</c>), or from pictures by class whose opacity is the mask, over pictures of <see cref="DataOptions.Backgrounds"/>.
    /// </remarks>
    /// <param name="nameOrPath">One of <see cref="Names"/>, or a folder.</param>
    /// <param name="options">Where to look and how to divide; null for the defaults.</param>
    /// <exception cref="DataException">
    /// Nothing known by this name; files missing (<see cref="DataAccessException"/>) or damaged (<see cref="DataFormatException"/>); parts
    /// that don't fit together; no samples; NaN; labels out of range.
    /// </exception>
    public static LoadedData Open(string nameOrPath, DataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        options ??= new DataOptions();
        if (!(options.Holdout is > 0 and < 1))
        {
            throw new DataException(FormattableString.Invariant(
                $"holdout={options.Holdout} is outside (0, 1); it is the share of every class that becomes the test part, e.g. 0.1667."));
        }

        if (options.ImageSize is { } side and not (>= PictureFolder.SmallestSize and <= PictureFolder.LargestSize))
        {
            throw new DataOptionException("", nameof(DataOptions.ImageSize), FormattableString.Invariant(
                $" {side} is not in [{PictureFolder.SmallestSize}, {PictureFolder.LargestSize}]; it is the side in pixels that pictures are scaled to, e.g. {DataOptions.DefaultImageSize}."));
        }

        if (options.Backgrounds is not null && !options.Masks)
        {
            throw new DataOptionException($"pictures of {options.Backgrounds} lie behind others only where those bring masks; leave the backgrounds out, or ask for masks with ", nameof(DataOptions.Masks), ".");
        }

        if (options.Threads < 1)
        {
            throw new DataOptionException("", nameof(DataOptions.Threads), FormattableString.Invariant($" {options.Threads} is less than 1; it is the number of threads that decode pictures."));
        }

        if (NamedSource.Find(nameOrPath) is { } named)
        {
            return FolderSource.Read(named.Locate(options), named.Name, options);
        }

        if (File.Exists(nameOrPath))
        {
            throw new DataAccessException(nameOrPath, "is a file; give the folder that holds the data set's files.");
        }

        if (!Directory.Exists(nameOrPath))
        {
            throw new DataException(NamedSource.Unknown(nameOrPath));
        }

        return FolderSource.Read(nameOrPath, System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(nameOrPath))), options);
    }
}
