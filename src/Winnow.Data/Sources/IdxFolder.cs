using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

// MNIST's four files. Some mirrors write the dot where others write a hyphen, some leave the files unpacked.
internal static class IdxFolder
{
    // The file by which a folder is known; null where it is none of these.
    public static string? Marker(string folder) => Find(folder, "train-images", 3).FirstOrDefault();

    public static LoadedData Read(string folder, string name)
    {
        // Unpacking is nearly all of the time, so the two parts are unpacked beside each other. The training part's error comes first,
        // and none is thrown while a file is still being read.
        Task<SampleSet> train = Task.Run(() => Part(folder, "train", name)), test = Task.Run(() => Part(folder, "t10k", name + " (test)"));
        Task.WhenAll(train, test).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        return FolderSource.Pair(train.GetAwaiter().GetResult(), test.GetAwaiter().GetResult(), name, note: null);
    }

    private static SampleSet Part(string folder, string part, string name)
    {
        (var imagesPath, var shape, var pixels) = ReadOne(folder, part + "-images", 3);
        (var labelsPath, var labelShape, var labels) = ReadOne(folder, part + "-labels", 1);
        if (labelShape[0] != shape[0])
        {
            throw new DataException($"{imagesPath} has {shape[0]} samples, {labelsPath} has {labelShape[0]} labels; they don't belong together.");
        }

        var wide = new int[labels.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = labels.Span[i];
        }

        return SampleSet.FromBytes(name, [1, shape[1], shape[2]], pixels, wide);
    }

    private static (int[] Shape, ReadOnlyMemory<byte> Data) ReadFile(string path, int rank)
    {
        using var stream = DataFile.OpenRead(path);
        return Idx.Read(stream, path, rank);
    }

    // Downloaders leave the packed file beside the unpacked one: that is harmless while both hold the same. Where they don't, one of them is
    // out of date, and only a person knows which.
    private static (string Path, int[] Shape, ReadOnlyMemory<byte> Data) ReadOne(string folder, string part, int rank)
    {
        var found = Find(folder, part, rank);
        if (found.Length == 0)
        {
            throw new DataAccessException(Path.Combine(folder, $"{part}-idx{rank}-ubyte"),
                "there is no such file, with or without .gz; the data set isn't complete.");
        }

        (var shape, var data) = ReadFile(found[0], rank);
        foreach (var other in found.Skip(1))
        {
            (var otherShape, var otherData) = ReadFile(other, rank);
            if (!shape.AsSpan().SequenceEqual(otherShape) || !data.Span.SequenceEqual(otherData.Span))
            {
                throw new DataException($"{found[0]} and {other} lie side by side and hold different samples; which of them is meant can't be told. "
                    + "Remove the one that is out of date.");
            }
        }

        return (found[0], shape, data);
    }

    private static string[] Find(string folder, string part, int rank)
        => [.. new[] { $"{part}-idx{rank}-ubyte", $"{part}.idx{rank}-ubyte" }
            .SelectMany(file => new[] { file + ".gz", file })
            .Select(file => Path.Combine(folder, file))
            .Where(File.Exists)];
}
