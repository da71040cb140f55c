using System.Globalization;
using Winnow.Data.Files;
using Winnow.Data.Sources;

namespace Winnow.Data.Pictures;

/// <summary>Reads a folder of pictures, a sub-folder a class.</summary>
internal static class PictureFolder
{
    public const int SmallestSize = 8, LargestSize = 1024;

    private const int Channels = 3;

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        var side = options.ImageSize ?? DataOptions.DefaultImageSize;
        var tree = PictureTree.Read(folder);
        PictureEntry[] entries = [.. tree.Train, .. tree.Test ?? []];
        var (inFiles, placed) = Placement.Of(folder, (long)entries.Length * Channels * side * side, options);
        var decode = PictureDecoding.Plain(entries, side);
        string? unkept = null;
        var inFile = inFiles ? PictureDecoding.FindOrKeep(folder, entries, Channels, side, options, decode) : null;
        var decoded = inFiles ? null : PictureDecoding.FindOrDecode(folder, entries, entries.Length, Channels, side, "", options, decode, out unkept);
        var problems = inFile?.Problems ?? decoded!.Problems;
        var note = PictureDecoding.Join(placed, tree.Note, PictureDecoding.Refuse(folder, entries, problems, options), unkept);
        var bad = problems.Select(static problem => problem.Place).ToHashSet();
        var train = Part(name, 0, tree.Train.Count);
        if (tree.Test is { } tested)
        {
            var test = Part(name + " (test)", tree.Train.Count, tested.Count);
            return FolderSource.Describe(train, test, note) with { ImageSize = side };
        }

        var (kept, held) = NpyFolder.Divide(train.Labels, train.Classes, options.Holdout);
        if (held.Length == 0 || kept.Length == 0)
        {
            throw new DataException(Text(
                $"{folder}: there is no test/ or val/, and holding out {options.Holdout:0.####} of every class of {train.Count} pictures leaves {kept.Length} to train on and {held.Length} to test on. Divide the classes' folders into train/ and test/, or add pictures."));
        }

        note = PictureDecoding.Join(note, Text($"There is no test/ or val/: {held.Length} of {train.Count} pictures ({options.Holdout:0.####} of every class, evenly spaced in the order of their names) are held out as the test part."));
        return FolderSource.Describe(train.Select(kept), train.Select(held).With(name + " (test)", train.Classes, train.ClassNames), note) with { ImageSize = side };

        SampleSet Part(string called, int from, int count)
        {
            int[] usable = [.. Enumerable.Range(0, count).Where(i => !bad.Contains(from + i))];
            int[] labels = [.. usable.Select(i => entries[from + i].Label)];
            CheckClasses(folder, entries.AsSpan(from, count), labels);
            var length = Channels * side * side;
            var before = from - bad.Count(place => place < from);
            var set = inFile is null
                ? SampleSet.FromBytes(called, [Channels, side, side], decoded!.Pixels.AsMemory(before * length, usable.Length * length), labels, tree.Classes.Count, tree.Classes)
                : SampleSet.OfFiles(called, ElementType.UInt8, [Channels, side, side], inFile.Samples(before, usable.Length, length, options.CacheFolder), labels, tree.Classes.Count, tree.Classes);
            return usable.Length == count ? set : set.WithRows(usable);
        }
    }

    private static void CheckClasses(string folder, ReadOnlySpan<PictureEntry> entries, ReadOnlySpan<int> usable)
    {
        foreach (var entry in entries)
        {
            if (!usable.Contains(entry.Label))
            {
                throw new DataException($"{folder}: no picture like {entry.Name}, of its class and part, can be used. Mend them, or take the class's folder away.");
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
