using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

// What the extents of x.npy mean. Bytes are images, floats are a table or images; the rules are those of DataSources.Open.
internal static class NpySamples
{
    public static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note, ColumnScales? Scales) Bytes(NpyArray x, string path)
    {
        var shape = x.Shape.ToArray();
        if (shape.Length == 3)
        {
            return (ElementType.UInt8, [1, shape[1], shape[2]], x.Data, null, null);
        }

        if (shape.Length != 4)
        {
            throw new DataException($"{path}: bytes of shape {x.ShapeText}; images are [N, H, W], [N, C, H, W] or [N, H, W, C]. Reshape them, "
                + "or save features as float32 [N, D].");
        }

        if (!IsChannels(shape[1]) && !IsChannels(shape[3]))
        {
            throw new DataException($"{path}: bytes of shape {x.ShapeText}; neither the second nor the last extent is 1, 3 or 4 channels.");
        }

        var note = PutChannelsFirst<byte>(shape, MemoryMarshal.AsMemory(x.Data).Span, path, x);
        return (ElementType.UInt8, shape[1..], x.Data, note, null);
    }

    // Scales are those of the training part's file, for the test part; null makes them by these values, where they are float64.
    public static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note, ColumnScales? Scales) Floats(NpyArray x, string path, ColumnScales? scales)
    {
        var shape = x.Shape.ToArray();
        if (shape.Length is < 2 or > 4)
        {
            throw new DataException($"{path}: floats of shape {x.ShapeText}; a table is [N, D], images are [N, H, W], [N, C, H, W] or [N, H, W, C].");
        }

        return x.Type == NpyType.Float64 || scales is { Changes: true } ? Doubles(x, path, shape, scales) : Singles(x, path, shape);
    }

    private static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note, ColumnScales? Scales) Singles(NpyArray x, string path, int[] shape)
    {
        var bytes = x.Type == NpyType.Float32 ? x.Data : MemoryMarshal.AsBytes<float>(x.ToSingles()).ToArray();
        var values = MemoryMarshal.Cast<byte, float>(MemoryMarshal.AsMemory(bytes).Span);
        var note = shape.Length == 4 ? PutChannelsFirst(shape, values, path, x)
            : shape.Length == 2 ? ColumnScales.Constant<float>(values, shape[1], Path.GetFileName(path)) : null;
        var sample = Sample(shape);
        return (ElementType.Float32, sample, bytes, note, ColumnScales.Unchanged(sample[0]));
    }

    // In their own memory until they are scaled: there is never more than one copy of either kind.
    private static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note, ColumnScales? Scales) Doubles(NpyArray x, string path, int[] shape, ColumnScales? scales)
    {
        var values = x.Type == NpyType.Float64 ? MemoryMarshal.Cast<byte, double>(MemoryMarshal.AsMemory(x.Data).Span)
            : Array.ConvertAll(x.ToSingles(), static value => (double)value).AsSpan();
        var note = shape.Length == 4 ? PutChannelsFirst(shape, values, path, x) : null;
        var file = Path.GetFileName(path);
        var sample = Sample(shape);
        var plane = 1;
        foreach (var extent in sample.AsSpan(1))
        {
            plane *= extent;
        }

        // Parts that don't fit together are refused afterwards, by their shapes.
        if (scales is not null && scales.Columns != sample[0])
        {
            scales = ColumnScales.Unchanged(sample[0]);
        }

        if (scales is null)
        {
            scales = ColumnScales.Of(values, sample[0], plane);
            note = FolderSource.Join(note, scales.Note(file, sample.Length == 1 ? "column" : "channel"));
            if (shape.Length == 2)
            {
                note = FolderSource.Join(note, ColumnScales.Constant<double>(values, shape[1], file));
            }
        }

        var bytes = GC.AllocateUninitializedArray<byte>(checked(values.Length * sizeof(float)));
        var target = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        scales.Apply(values, plane, target);
        CheckFits(values, target, path, x.Length / x.Shape[0]);
        return (ElementType.Float32, sample, bytes, note, scales);
    }

    private static int[] Sample(int[] shape) => shape.Length == 3 ? [1, shape[1], shape[2]] : shape[1..];

    private static bool IsChannels(int extent) => extent is 1 or 3 or 4;

    // Of four extents the second are the channels where it can be, else the last. Of floats it may be neither, for maps of features: they are
    // taken to lie as networks make them, channels first. Changes shape and values, and says what was unclear.
    private static string? PutChannelsFirst<T>(int[] shape, Span<T> values, string path, NpyArray x)
        where T : unmanaged
    {
        if (IsChannels(shape[1]) || !IsChannels(shape[3]))
        {
            return IsChannels(shape[3])
                ? $"{Path.GetFileName(path)} {x.ShapeText} was read as [N, C, H, W], channels first; transpose it if channels come last."
                : null;
        }

        Transpose(values, shape[1] * shape[2], shape[3]);
        (shape[1], shape[2], shape[3]) = (shape[3], shape[1], shape[2]);
        return null;
    }

    // Each sample on its own through one spare sample's memory: no second copy of the whole.
    private static void Transpose<T>(Span<T> values, int plane, int channels)
        where T : unmanaged
    {
        if (channels == 1)
        {
            return;
        }

        var spare = new T[plane * channels];
        for (var start = 0; start < values.Length; start += spare.Length)
        {
            var sample = values.Slice(start, spare.Length);
            sample.CopyTo(spare);
            for (var channel = 0; channel < channels; channel++)
            {
                var destination = sample.Slice(channel * plane, plane);
                for (int i = 0, from = channel; i < plane; i++, from += channels)
                {
                    destination[i] = spare[from];
                }
            }
        }
    }

    // Only float64 can hold a finite number that float32 can't; SampleSet itself refuses NaN and infinity.
    private static void CheckFits(ReadOnlySpan<double> values, ReadOnlySpan<float> target, string path, int sampleLength)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(target[i]) && double.IsFinite(values[i]))
            {
                throw new DataException(FormattableString.Invariant($"{path}: {values[i]} at sample {i / sampleLength} is too large for float32; scale the feature."));
            }
        }
    }
}
