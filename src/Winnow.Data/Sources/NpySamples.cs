using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

// What the extents of x.npy mean. Bytes are images, floats are a table or images; the rules are those of DataSources.Open.
static class NpySamples
{
    public static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note) Bytes(NpyArray x, string path)
    {
        int[] shape = x.Shape.ToArray();
        if (shape.Length == 3)
            return (ElementType.UInt8, [1, shape[1], shape[2]], x.Data, null);
        if (shape.Length != 4)
        {
            throw new DataException($"{path}: bytes of shape {x.ShapeText}; images are [N, H, W], [N, C, H, W] or [N, H, W, C]. Reshape them, "
                + "or save features as float32 [N, D].");
        }

        if (!IsChannels(shape[1]) && !IsChannels(shape[3]))
            throw new DataException($"{path}: bytes of shape {x.ShapeText}; neither the second nor the last extent is 1, 3 or 4 channels.");
        string? note = PutChannelsFirst<byte>(shape, MemoryMarshal.AsMemory(x.Data).Span, path, x);
        return (ElementType.UInt8, shape[1..], x.Data, note);
    }

    public static (ElementType Type, int[] Shape, ReadOnlyMemory<byte> Bytes, string? Note) Floats(NpyArray x, string path)
    {
        int[] shape = x.Shape.ToArray();
        if (shape.Length is < 2 or > 4)
            throw new DataException($"{path}: floats of shape {x.ShapeText}; a table is [N, D], images are [N, H, W], [N, C, H, W] or [N, H, W, C].");
        CheckFits(x, path);
        ReadOnlyMemory<byte> bytes = x.Type == NpyType.Float32 ? x.Data : MemoryMarshal.AsBytes<float>(x.ToSingles()).ToArray();
        string? note = shape.Length == 4 ? PutChannelsFirst(shape, MemoryMarshal.Cast<byte, float>(MemoryMarshal.AsMemory(bytes).Span), path, x) : null;
        return (ElementType.Float32, shape.Length == 3 ? [1, shape[1], shape[2]] : shape[1..], bytes, note);
    }

    static bool IsChannels(int extent) => extent is 1 or 3 or 4;

    // Of four extents the second are the channels where it can be, else the last. Of floats it may be neither, for maps of features: they are
    // taken to lie as networks make them, channels first. Changes shape and values, and says what was unclear.
    static string? PutChannelsFirst<T>(int[] shape, Span<T> values, string path, NpyArray x)
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
    static void Transpose<T>(Span<T> values, int plane, int channels)
        where T : unmanaged
    {
        if (channels == 1)
            return;
        T[] spare = new T[plane * channels];
        for (int start = 0; start < values.Length; start += spare.Length)
        {
            Span<T> sample = values.Slice(start, spare.Length);
            sample.CopyTo(spare);
            for (int channel = 0; channel < channels; channel++)
            {
                Span<T> destination = sample.Slice(channel * plane, plane);
                for (int i = 0, from = channel; i < plane; i++, from += channels)
                    destination[i] = spare[from];
            }
        }
    }

    // Only float64 can hold a finite number that float32 can't; SampleSet itself refuses NaN and infinity.
    static void CheckFits(NpyArray x, string path)
    {
        if (x.Type != NpyType.Float64)
            return;
        ReadOnlySpan<double> values = x.AsSpan<double>();
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsFinite(values[i]) && !float.IsFinite((float)values[i]))
                throw new DataException(FormattableString.Invariant($"{path}: {values[i]} at sample {i / (x.Length / x.Shape[0])} is too large for float32; scale the feature."));
        }
    }
}
