using System.Globalization;
using Winnow.Data.Pictures;

namespace Winnow.Data.Masks;

/// <summary>A sample's bytes.</summary>
/// <param name="k">Its place.</param>
internal delegate ReadOnlySpan<byte> BytesOfSample(int k);

/// <summary>Samples of three planes of colours and a mask, on their way to a data set.</summary>
/// <param name="folder">Where they come from.</param>
/// <param name="name">What the data set is called.</param>
/// <param name="side">The size.</param>
/// <param name="classes">What the classes of pixels are called.</param>
internal sealed class MaskedSamples(string folder, string name, int side, IReadOnlyList<string> classes)
{
    /// <summary>Bytes a pixel: red, green, blue, class.</summary>
    public const int Planes = 4;

    /// <summary>The pictures' names below the folder.</summary>
    public required string[] Names { get; init; }

    /// <summary>The place of each among the folder's files.</summary>
    public required int[] Rows { get; init; }

    /// <summary>The class that each mainly shows.</summary>
    public required int[] Labels { get; init; }

    /// <summary>How many of them, from the first on, are to be trained on; null where the folder doesn't say.</summary>
    public required int? TrainCount { get; init; }

    /// <summary>Which are trained and which are tested on: as the folder says, or by units.</summary>
    /// <param name="unitOf">The unit of a picture's name.</param>
    /// <param name="content">What must not be equal on both sides.</param>
    /// <param name="share">The share of each class that is held out.</param>
    /// <exception cref="DataException">One of them would be empty.</exception>
    public (int[] Train, int[] Test) Divide(Func<string, string> unitOf, BytesOfSample content, double share)
    {
        var (train, test) = TrainCount is { } count
            ? ([.. Enumerable.Range(0, count)], [.. Enumerable.Range(count, Names.Length - count)])
            : UnitSplit.Divide([.. Names.Select(unitOf)], [.. Names.Select((_, k) => UnitSplit.ContentOf(content(k)))], Labels, classes.Count, share);
        return train.Length > 0 && test.Length > 0
            ? (train, test)
            : throw new DataException(Text(
                $"{folder}: {(TrainCount is null ? Text($"there is no test/ or val/, and holding out {share:0.####} of each class, pictures of one unit and equal ones together, leaves") : "there are")} {train.Length} pictures to train on and {test.Length} to test on. Divide them into train/ and test/, or add pictures."));
    }

    /// <summary>The data set.</summary>
    /// <param name="train">From <see cref="Divide"/>.</param>
    /// <param name="test">From <see cref="Divide"/>.</param>
    /// <param name="bytes">The samples, masks included.</param>
    /// <param name="note">What there is to say of how they were read.</param>
    public LoadedData Make(int[] train, int[] test, BytesOfSample bytes, string? note)
    {
        var (kept, held) = (Set(name, train, bytes), Set(name + " (test)", test, bytes));
        if (TrainCount is null)
        {
            int[] untested = [.. Labels.Distinct().Where(label => !held.Labels.Contains(label)).Order()];
            note = PictureDecoding.Join(
                note,
                Text($"There is no test/ or val/: {test.Length} of {Names.Length} pictures are held out as the test part, those of one unit and equal ones together."),
                untested.Length == 0 ? null : $"No test picture mainly shows {string.Join(", ", untested.Select(label => classes[label]))}: of each there is one unit only.");
        }

        var description = Text($"{name}: {train.Length} training and {test.Length} test images of 3 x {side} x {side} (bytes) with masks, {classes.Count} classes of pixels");
        return new LoadedData(kept, held, description, note) { ImageSize = side, HasMasks = true };
    }

    private SampleSet Set(string called, int[] places, BytesOfSample bytes)
    {
        var length = Planes * side * side;
        var all = GC.AllocateUninitializedArray<byte>(checked(places.Length * length));
        for (var i = 0; i < places.Length; i++)
        {
            bytes(places[i]).CopyTo(all.AsSpan(i * length));
        }

        int[] labels = [.. places.Select(k => Labels[k])];
        return SampleSet.FromBytes(called, [Planes, side, side], all, labels, classes.Count, classes).WithRows([.. places.Select(k => Rows[k])]);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
