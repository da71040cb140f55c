using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

// CIFAR-10 in six files, CIFAR-100 in two.
internal static class CifarFolder
{
    // The file by which a folder is known; null where it holds no CIFAR of so many classes.
    public static string? Marker(string folder, int classes)
        => Path.Combine(folder, classes == 10 ? "data_batch_1.bin" : "train.bin") is var file && File.Exists(file)
            && (classes == 10 || File.Exists(Path.Combine(folder, "test.bin"))) ? file : null;

    public static LoadedData Read(string folder, string name, int classes)
    {
        string[] training = classes == 10 ? [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")] : ["train.bin"];
        var train = Part(folder, training, name, classes);
        var test = Part(folder, [classes == 10 ? "test_batch.bin" : "test.bin"], name + " (test)", classes);
        return FolderSource.Describe(train, test, note: null);
    }

    private static SampleSet Part(string folder, string[] files, string name, int classes)
    {
        var pixels = new GrowingBuffer();
        var labels = new List<int>();
        string[] paths = [.. files.Select(f => Path.Combine(folder, f))];
        var inAll = paths.Where(File.Exists).Sum(p => new FileInfo(p).Length);
        if (inAll <= SampleSet.MaxBytes)
        {
            pixels.Reserve(inAll);
        }

        foreach (var path in paths)
        {
            using var stream = DataFile.OpenRead(path);
            Cifar.Append(stream, path, classes, pixels, labels);
        }

        return SampleSet.FromBytes(name, [3, 32, 32], pixels.WrittenMemory, labels.ToArray(), classes,
            classes == 10 ? ClassNames.Cifar10 : null);
    }
}
