using System.Globalization;
using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests;

/// <summary>Data sets in numbered npy files.</summary>
internal static class ShardFiles
{
    /// <summary>Pieces of so many samples each, drawn by their places; labels count through three classes.</summary>
    public static void Write(TemporaryFolder folder, string part, bool floats, int[] shape, params ReadOnlySpan<int> counts)
    {
        var length = shape.Aggregate(1, static (product, extent) => product * extent);
        var random = new Random(part.Length);
        var at = 0;
        for (var k = 0; k < counts.Length; k++)
        {
            var pixels = new byte[counts[k] * length];
            random.NextBytes(pixels);
            Npy.Write(Name(folder, "x" + part, k), floats ? NpyArray.Create<float>(Array.ConvertAll(pixels, value => (value * 0.37f) - 1000 + at), [counts[k], .. shape]) : NpyArray.Create<byte>(pixels, [counts[k], .. shape]));
            Npy.Write(Name(folder, "y" + part, k), NpyArray.Create<long>([.. Enumerable.Range(at, counts[k]).Select(static i => (long)(i % 3))]));
            at += counts[k];
        }
    }

    public static string Name(TemporaryFolder folder, string part, int number) => folder[string.Create(CultureInfo.InvariantCulture, $"{part}-{number:00000}.npy")];

    /// <summary>One file of so many samples that are all 0 and take no room on the disk.</summary>
    public static void WriteSparse(TemporaryFolder folder, int count, params int[] shape)
    {
        using (var x = new FileStream(Name(folder, "x", 0), FileMode.Create))
        {
            Npy.WriteHeader(x, NpyType.UInt8, [count, .. shape]);
            x.SetLength(x.Position + (shape.Aggregate(1L, static (product, extent) => product * extent) * count));
        }

        Npy.Write(Name(folder, "y", 0), NpyArray.Create<byte>([.. Enumerable.Range(0, count).Select(static i => (byte)(i % 3))]));
    }

    /// <summary>Some samples by the way that is for many.</summary>
    public static byte[] ReadAll(SampleSet set)
    {
        var bytes = new byte[set.Count * set.SampleBytes];
        set.Read(Enumerable.Range(0, set.Count).ToArray(), bytes);
        return bytes;
    }

    public static byte[] OneByOne(SampleSet set, ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            bytes.AddRange(set.ElementType == ElementType.UInt8 ? set.Values(id).Select(static value => (byte)value) : MemoryMarshal.AsBytes<float>(set.Values(id)).ToArray());
        }

        return [.. bytes];
    }
}
