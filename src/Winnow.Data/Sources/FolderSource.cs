using System.Globalization;
using Winnow.Data.Masks;
using Winnow.Data.Pictures;

namespace Winnow.Data.Sources;

// Reads a folder by the files it holds.
internal static class FolderSource
{
    public static bool Recognises(string folder) => Found(folder).Any();

    public static LoadedData Read(string folder, string name, DataOptions options) => Found(folder).ToArray() switch
    {
        [_] when options.Masks => throw Maskless(name),
        [var (_, read)] => NotOfPictures(folder, name, options) ?? read(name, options),
        [var (first, _), var (second, _), ..] => throw new DataException($"{folder} holds more than one data set, by {first} and {second}; which of them is "
            + "meant can't be told. Give each a folder of its own."),

        _ when options is { Masks: true, Streaming: Streaming.On } => throw new DataOptionException($"{name}: pictures with masks are read into memory as a whole; leave out ", nameof(DataOptions.Streaming), "."),
        _ when MaskFolder.Recognises(folder) => options.Masks
            ? MaskFolder.Read(folder, name, options)
            : throw new DataOptionException($"{folder} has {MaskFolder.Images}/ and {MaskFolder.Masks}/, pictures with the class of each of their pixels; read them with ", nameof(DataOptions.Masks), "."),
        _ when options.Masks && PictureTree.HasPictures(folder) => CutOuts.Read(folder, name, options),

        // Only where nothing else is: a folder of arrays may well have pictures of plots below it.
        _ when PictureTree.HasPictures(folder) => PictureFolder.Read(folder, name, options),
        _ => throw new DataException($"{folder}: holds no data set that Winnow knows. Looked for train-images-idx3-ubyte (IDX, also .gz), "
            + "data_batch_1.bin (CIFAR-10), train.bin with test.bin (CIFAR-100), x.npy with y.npy, x-00000.npy with y-00000.npy and so on, and sub-folders of pictures, one a class (.png, .jpg, .jpeg, .webp)."),
    };

    private static DataException Maskless(string name) => new(
        $"{name} has no masks, which say the class of each pixel. Give a folder with {MaskFolder.Images}/ and {MaskFolder.Masks}/ (PNG of class numbers), or one of cut-out pictures, a sub-folder a class.");

    // A setting that would change nothing is a misunderstanding. Returns null.
    private static LoadedData? NotOfPictures(string folder, string name, DataOptions options) => options switch
    {
        { ImageSize: not null } => throw new DataOptionException($"{name} isn't made of pictures' files, so that its samples have the size that they have; leave out ", nameof(DataOptions.ImageSize), "."),
        { SkipCorrupt: true } => throw new DataOptionException($"{name} isn't made of pictures' files, of which some could be left out; leave out ", nameof(DataOptions.SkipCorrupt), "."),
        { Streaming: Streaming.On } when ShardFolder.Marker(folder) is null => throw new DataOptionException($"{name} is read into memory as a whole, since its files can't be read at any place; leave out ", nameof(DataOptions.Streaming), ", or save it as x-00000.npy and y-00000.npy."),
        _ => null,
    };

    // The data sets of a folder, each by a file that tells it, and how it is read.
    private static IEnumerable<(string Marker, Func<string, DataOptions, LoadedData> Read)> Found(string folder)
    {
        if (IdxFolder.Marker(folder) is { } images)
        {
            yield return (images, (name, _) => IdxFolder.Read(folder, name));
        }

        foreach (var classes in new[] { 10, 100 })
        {
            if (CifarFolder.Marker(folder, classes) is { } batch)
            {
                yield return (batch, (name, _) => CifarFolder.Read(folder, name, classes));
            }
        }

        if (NpyFolder.Marker(folder) is { } x)
        {
            yield return (x, (name, options) => NpyFolder.Read(folder, name, options));
        }

        if (ShardFolder.Marker(folder) is { } shard)
        {
            yield return (shard, (name, options) => ShardFolder.Read(folder, name, options));
        }
    }

    public static LoadedData Describe(SampleSet train, SampleSet test, string? note)
    {
        var shape = string.Join(" x ", train.Shape.ToArray());
        var kind = train.IsImage ? $"images of {shape}" : $"rows of {shape} features";
        var description = string.Create(CultureInfo.InvariantCulture,
            $"{train.Name}: {train.Count} training and {test.Count} test {kind} ({(train.ElementType == ElementType.UInt8 ? "bytes" : "float32")}), {train.Classes} classes");
        return new(train, test, description, note);
    }

    // Training and test part of files that name no number of classes: both get the larger one's.
    public static LoadedData Pair(SampleSet train, SampleSet test, string name, string? note)
    {
        if (!train.Shape.SequenceEqual(test.Shape) || train.ElementType != test.ElementType)
        {
            throw new DataException($"{name}: training samples are {SampleSet.Describe(train.Shape)} of {train.ElementType}, test samples "
                + $"{SampleSet.Describe(test.Shape)} of {test.ElementType}; they must be alike.");
        }

        var classes = Math.Max(train.Classes, test.Classes);
        var names = ClassNames.For(name, classes);
        return Describe(train.With(name, classes, names), test.With(name + " (test)", classes, names), note);
    }

    public static string? Join(string? first, string? second)
        => first is null ? second : second is null ? first : first + " " + second;
}
