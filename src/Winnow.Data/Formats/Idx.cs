using System.Buffers.Binary;

namespace Winnow.Data.Formats;

/// <summary>
/// IDX files of unsigned bytes, the format of MNIST and its family: two zero bytes, the type (8), the number of extents, the extents as
/// big-endian 32-bit numbers, then the bytes. Raw or gzipped, which is seen from the first bytes, not from the name.
/// </summary>
public static class Idx
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads a whole file of images or labels.</summary>
    /// <param name="stream">Read to its end, stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <param name="rank">How many extents there must be: 3 for images (count, height, width), 1 for labels.</param>
    /// <returns>The extents and the bytes in row-major order.</returns>
    /// <exception cref="DataFormatException">Any damage, with its offset. Memory stays in proportion to what the stream really holds.</exception>
    public static (int[] Shape, ReadOnlyMemory<byte> Data) Read(Stream stream, string name, int rank)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        using var source = ByteSource.Open(stream, name);
        Span<byte> header = stackalloc byte[4];
        source.Read(header, "the IDX header");
        if (header[0] != 0 || header[1] != 0)
        {
            throw source.Error(0, "two zero bytes, the start of an IDX file", $"{header[0]:x2} {header[1]:x2}",
                "This is another kind of file.");
        }

        if (header[2] != UnsignedByte)
        {
            throw source.Error(2, "type 08, unsigned bytes", $"{header[2]:x2}{TypeName(header[2])}",
                "Other types are read from npy files: x.npy and y.npy in a folder.");
        }

        if (header[3] != rank)
        {
            throw source.Error(3, $"{rank} extents", $"{header[3]}", rank == 1 ? "Is this the file of images?" : "Is this the file of labels?");
        }

        var shape = new int[rank];
        long total = 1;
        for (var i = 0; i < rank; i++)
        {
            var at = source.Offset;
            source.Read(header, "an extent of the IDX header");
            var extent = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (extent == 0)
            {
                throw source.Error(at, "an extent of at least 1", "0", "The file holds no samples.");
            }

            total = extent > int.MaxValue ? long.MaxValue : Math.Min(long.MaxValue / 2 / extent, total) * extent;
            if (total > SampleSet.MaxBytes)
            {
                throw source.Error(at, $"at most {SampleSet.MaxBytes} bytes of samples", $"an extent of {extent} that goes beyond");
            }

            shape[i] = (int)extent;
        }

        var data = new GrowingBuffer();
        source.Read(data, total, $"samples ({string.Join(" x ", shape)})");
        source.ExpectEnd("the last sample");
        return (shape, data.WrittenMemory);
    }

    private static string TypeName(byte type) => type switch
    {
        0x09 => " (signed bytes)",
        0x0B => " (16-bit integers)",
        0x0C => " (32-bit integers)",
        0x0D => " (32-bit floats)",
        0x0E => " (64-bit floats)",
        _ => "",
    };
}
