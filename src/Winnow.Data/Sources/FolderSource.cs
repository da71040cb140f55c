using System.Globalization;

namespace Winnow.Data.Sources;

// Reads a folder by the files it holds.
static class FolderSource
{
    public static bool Recognises(string folder)
        => IdxFolder.Matches(folder) || CifarFolder.Matches(folder) is not null || NpyFolder.Matches(folder);

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        if (IdxFolder.Matches(folder))
            return IdxFolder.Read(folder, name);
        if (CifarFolder.Matches(folder) is { } classes)
            return CifarFolder.Read(folder, name, classes);
        if (NpyFolder.Matches(folder))
            return NpyFolder.Read(folder, name, options);
        throw new DataException($"{folder}: holds no data set that Winnow knows. Looked for train-images-idx3-ubyte (IDX, also .gz), "
            + "data_batch_1.bin (CIFAR-10), train.bin with test.bin (CIFAR-100), and x.npy with y.npy.");
    }

    public static LoadedData Describe(SampleSet train, SampleSet test, string? note)
    {
        string shape = string.Join(" x ", train.Shape.ToArray());
        string kind = train.IsImage ? $"images of {shape}" : $"rows of {shape} features";
        string description = string.Create(CultureInfo.InvariantCulture,
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

        int classes = Math.Max(train.Classes, test.Classes);
        if (test.Classes > train.Classes)
            note = Join(note, $"Labels {train.Classes} to {test.Classes - 1} occur only in the test part.");
        IReadOnlyList<string>? names = ClassNames.For(name, classes);
        return Describe(train.With(name, classes, names), test.With(name + " (test)", classes, names), note);
    }

    public static string? Join(string? first, string? second)
        => first is null ? second : second is null ? first : first + " " + second;
}
