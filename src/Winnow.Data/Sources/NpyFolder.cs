using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

// x.npy and y.npy, with a test pair or without.
internal static class NpyFolder
{
    // The file by which a folder is known; null where it holds no such pair.
    public static string? Marker(string folder)
        => Path.Combine(folder, "x.npy") is var x && File.Exists(x) && File.Exists(Path.Combine(folder, "y.npy")) ? x : null;

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        string xTest = Path.Combine(folder, "x_test.npy"), yTest = Path.Combine(folder, "y_test.npy");
        (var all, var note, var scales) = Part(Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy"), name, scales: null);
        if (File.Exists(xTest) || File.Exists(yTest))
        {
            // A test part that is stored as float32 beside a training part of float64 gets the same as if it were float64, too.
            (var test, var testNote, _) = Part(xTest, yTest, name + " (test)", scales);
            return FolderSource.Pair(all, test, name, FolderSource.Join(note, testNote == note ? null : testNote));
        }

        return HoldOut(all, folder, name, "x_test.npy", note, options);
    }

    // A part of every class to test on, where there is no file of one: the samples' (x) is missing, and that of their labels (y).
    internal static LoadedData HoldOut(SampleSet all, string folder, string name, string missing, string? note, DataOptions options)
    {
        (var kept, var held) = Divide(all.Labels, all.Classes, options.Holdout);
        if (held.Length == 0 || kept.Length == 0)
        {
            throw new DataException(FormattableString.Invariant(
                $"{folder}: there is no {missing}, and holding out {options.Holdout:0.####} of every class of {all.Count} samples leaves {kept.Length} to train on and {held.Length} to test on. Add {missing} and y{missing[1..]}, or more samples."));
        }

        note = FolderSource.Join(note, FormattableString.Invariant(
            $"There is no {missing}: {held.Length} of {all.Count} samples ({options.Holdout:0.####} of every class, evenly spaced in file order) are held out as the test part."));
        return FolderSource.Describe(all.Select(kept), all.Select(held).With(name + " (test)", all.Classes, null), note);
    }

    // The k-th sample of a class is held out where the running share passes a whole number: for 1/6 every sixth. Depends on nothing but the
    // labels' order, so no seed has to be remembered to know which samples a model has never seen.
    internal static (int[] Kept, int[] Held) Divide(ReadOnlySpan<int> labels, int classes, double share)
    {
        const double rounding = 1e-9; // 18 * (1/6) must count as 3
        var seen = new int[classes];
        var kept = new List<int>(labels.Length);
        var held = new List<int>();
        for (var i = 0; i < labels.Length; i++)
        {
            var k = seen[labels[i]]++;
            var passes = Math.Floor(((k + 1) * share) + rounding) > Math.Floor((k * share) + rounding);
            (passes ? held : kept).Add(i);
        }

        return ([.. kept], [.. held]);
    }

    private static (SampleSet Set, string? Note, ColumnScales? Scales) Part(string xPath, string yPath, string name, ColumnScales? scales)
    {
        NpyArray x = Npy.Read(xPath), y = Npy.Read(yPath);
        if (x.Shape.Length == 0 || y.Shape.Length == 0 || x.Shape[0] != y.Shape[0])
        {
            throw new DataException($"{xPath} has the shape {x.ShapeText}, {yPath} {y.ShapeText}; the first extents, the number of samples, "
                + "must be equal.");
        }

        if (x.Length == 0)
        {
            throw new DataException($"{xPath}: the shape {x.ShapeText} holds no samples; at least one is needed.");
        }

        var labels = Labels(y, yPath);
        (var type, var shape, var bytes, var note, scales) = x.Type switch
        {
            NpyType.UInt8 => NpySamples.Bytes(x, xPath),
            NpyType.Float16 or NpyType.Float32 or NpyType.Float64 => NpySamples.Floats(x, xPath, scales),
            _ => throw new DataException($"{xPath}: elements are {x.Type}; images are uint8, features floats: x.astype('float64')."),
        };
        return (SampleSet.Create(name, type, shape, bytes, labels, classes: 0, classNames: null), note, scales);
    }

    internal static int[] Labels(NpyArray y, string path)
    {
        if (!(y.Shape.Length == 1 || (y.Shape.Length == 2 && y.Shape[1] == 1)))
        {
            throw new DataException($"{path}: labels have the shape {y.ShapeText}; one integer a sample, [N], is needed (numpy.argmax of one-hot rows).");
        }

        if (!y.IsInteger)
        {
            throw new DataException($"{path}: labels are {y.Type}; they must be integers: y.astype('int64').");
        }

        var labels = new int[y.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            // An unsigned 64-bit label above 2^63 comes out negative here and is refused with the others.
            var label = y.Type == NpyType.UInt64 ? (long)MemoryMarshal.Cast<byte, ulong>(y.Data.Span)[i] : y.IntegerAt(i);
            if (label is < 0 or >= SampleSet.MaxClasses)
            {
                var shown = y.Type == NpyType.UInt64 ? $"{(ulong)label}" : $"{label}";
                throw new DataException($"{path}: label {shown} of sample {i} is outside [0, {SampleSet.MaxClasses}).");
            }

            labels[i] = (int)label;
        }

        return labels;
    }
}
