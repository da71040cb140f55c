using System.Globalization;
using Winnow.Data.Pictures;

namespace Winnow.Data.Masks;

/// <summary>
/// Pictures by class that are cut out: their opacity is the mask. Each is laid over a picture of another folder; a pixel that is at least half opaque is of its folder's class, and any other is
/// background, class 0.
/// </summary>
internal static class CutOuts
{
    /// <summary>What is made of such pictures' files: colours multiplied by opacity, and opacity.</summary>
    public const string Kind = "\nopacity";

    /// <summary>From this opacity on a pixel belongs to the object.</summary>
    public const byte Opaque = 128;

    private const int Planes = MaskedSamples.Planes;

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        if (options.Backgrounds is not { } behind)
        {
            throw new DataOptionException($"{folder} holds pictures by class; their opacity can tell which pixels are the object's once something else lies behind it: name a folder of other pictures by ", nameof(DataOptions.Backgrounds), ", or give a data set that has images/ and masks/.");
        }

        var side = options.ImageSize ?? DataOptions.DefaultImageSize;
        var tree = PictureTree.Read(folder);
        if (tree.Classes.Count >= LoadedData.IgnoredPixel)
        {
            throw new DataException(Text($"{folder} has {tree.Classes.Count} classes; with masks of a byte a pixel there are at most {LoadedData.IgnoredPixel - 1}, beside the background."));
        }

        PictureEntry[] entries = [.. tree.Train, .. tree.Test ?? []];
        PictureDecoding.CheckSize(folder, entries.Length, Planes, side);
        var decoded = PictureDecoding.FindOrDecode(folder, entries, entries.Length, Planes, side, Kind, options, PictureDecoding.Plain(entries, side, opacity: true), out var unkept);
        var refused = PictureDecoding.Refuse(folder, entries, decoded.Problems, options);
        var backgrounds = Backgrounds.Read(behind, side, options);
        var bad = decoded.Problems.Select(static problem => problem.Place).ToHashSet();
        int[] whole = [.. Enumerable.Range(0, entries.Length).Where(i => !bad.Contains(i))];
        var (plane, length) = (side * side, Planes * side * side);
        var (blank, opaque) = (new List<int>(), 0);
        for (var k = 0; k < whole.Length; k++)
        {
            var opacity = Sample(k)[(3 * plane)..];
            if (!opacity.ContainsAnyInRange(Opaque, (byte)255))
            {
                blank.Add(k);
            }

            opaque += opacity.ContainsAnyExcept((byte)255) ? 0 : 1;
        }

        if (opaque == whole.Length)
        {
            throw new DataException($"{folder}: no picture has a transparent pixel, so that nothing tells an object from what is around it. Give pictures that are cut out (PNG or WebP with opacity), or a data set that has images/ and masks/.");
        }

        int[] kept = [.. Enumerable.Range(0, whole.Length).Except(blank)];
        foreach (var entry in entries)
        {
            if (!Array.Exists(kept, k => entries[whole[k]].Label == entry.Label))
            {
                throw new DataException($"{folder}: no picture like {entry.Name}, of its class, can be used: {(blank.Count > 0 ? "they show nothing that is at least half opaque" : "none could be decoded")}. Mend them, or take the class's folder away.");
            }
        }

        var samples = new MaskedSamples(folder, name, side, ["background", .. tree.Classes])
        {
            Names = [.. kept.Select(k => entries[whole[k]].Name)],
            Rows = [.. kept.Select(k => whole[k])],
            Labels = [.. kept.Select(k => entries[whole[k]].Label + 1)],
            TrainCount = tree.Test is null ? null : kept.Count(k => whole[k] < tree.Train.Count),
        };
        var (train, test) = samples.Divide(UnitSplit.UnitOf, k => Sample(kept[k]), options.Holdout);
        var tested = test.ToHashSet();
        for (var k = 0; k < kept.Length; k++)
        {
            backgrounds.PutBehind(decoded.Pixels.AsSpan(kept[k] * length, length), samples.Names[k], tested.Contains(k), (byte)samples.Labels[k], side);
        }

        var note = PictureDecoding.Join(
            tree.Note,
            refused,
            unkept,
            blank.Count == 0 ? null : Text($"{blank.Count} of {entries.Length} pictures have no pixel that is at least half opaque and were left out."),
            opaque == 0 ? null : Text($"{opaque} of {entries.Length} pictures have no transparent pixel: all of such a picture counts as its class."),
            backgrounds.Note);
        return samples.Make(train, test, k => Sample(kept[k]), note);

        Span<byte> Sample(int k) => decoded.Pixels.AsSpan(k * length, length);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
