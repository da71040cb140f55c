using System.IO.Compression;
using System.Text;

namespace Winnow.Data.Tests;

// Small files built byte by byte, so that the tests don't check the writers with themselves.
internal static class Fixtures
{
    public static byte[] Idx(byte[] data, params int[] shape) => [0, 0, 8, (byte)shape.Length, .. shape.SelectMany(BigEndian), .. data];

    public static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    public static byte[] Npy(string header, byte[] data, byte version = 1)
    {
        var text = Encoding.Latin1.GetBytes(header);
        byte[] length = version == 1 ? [(byte)text.Length, (byte)(text.Length >> 8)] : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    public static byte[] Npy(string descr, string shape, byte[] data)
        => Npy($"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n", data);

    public static byte[] CifarRecord(byte label, byte fill, byte? coarse = null)
        => [.. coarse is { } c ? [c] : Array.Empty<byte>(), label, .. Enumerable.Repeat(fill, 3072)];

    public static byte[] Gzip(byte[] data)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    public static byte[] Bytes<T>(params T[] values)
        where T : unmanaged
        => System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();

    // A small IDX data set: `train` and `test` samples of 2 x 2 pixels, labels counting through three classes.
    public static void WriteIdxFolder(string folder, int train = 6, int test = 3, bool gzip = false)
    {
        Directory.CreateDirectory(folder);
        foreach ((var part, var count) in new[] { ("train", train), ("t10k", test) })
        {
            byte[] pixels = [.. Enumerable.Range(0, count * 4).Select(i => (byte)i)], labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % 3))];
            Write($"{part}-images-idx3-ubyte", Idx(pixels, count, 2, 2));
            Write($"{part}-labels-idx1-ubyte", Idx(labels, count));
        }

        void Write(string name, byte[] data)
            => File.WriteAllBytes(Path.Combine(folder, gzip ? name + ".gz" : name), gzip ? Gzip(data) : data);
    }
}
