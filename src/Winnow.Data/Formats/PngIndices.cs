using System.Buffers.Binary;
using System.IO.Compression;
using Winnow.Data.Pictures;

namespace Winnow.Data.Formats;

/// <summary>
/// Reads the numbers that a PNG stores, one a pixel: the entries of a palette, or grey as it stands, of 1 to 8 bits. Decoders of pictures make colours of them, from which
/// the numbers can't be had back.
/// </summary>
internal static class PngIndices
{
    private const int Grey = 0, Palette = 3, HeaderLength = 13;

    /// <summary>Reads one file.</summary>
    /// <param name="file">Its content.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="numbers">Row by row, a byte a pixel.</param>
    /// <returns>What is wrong, as the rest of a sentence that begins with the file's name; null where nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> file, out int width, out int height, out byte[] numbers)
    {
        (width, height, numbers) = (0, 0, []);
        if (PictureContainer.Problem(file, out _) is { } problem)
        {
            return problem == PictureContainer.NoPicture ? "is no PNG" : problem;
        }

        if (file[0] != 0x89)
        {
            return "is no PNG";
        }

        using var packed = new MemoryStream();
        var (bits, seen) = (0, false);
        for (var at = 8; ;)
        {
            // The container's lengths have been looked at.
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            var named = file.Slice(at + 4, 4 + length);
            var name = named[..4];
            var content = named[4..];
            if (Crc32.Append(0, named) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + length)..]))
            {
                return PictureContainer.Damaged;
            }

            if (name.SequenceEqual("IHDR"u8))
            {
                if (seen || length != HeaderLength)
                {
                    return PictureContainer.Damaged;
                }

                seen = true;
                (width, height, bits) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content[4..]), content[8]);
                if (Refused(width, height, bits, colour: content[9], interlaced: content[12] != 0) is { } refused)
                {
                    return refused;
                }
            }
            else if (name.SequenceEqual("IDAT"u8))
            {
                packed.Write(content);
            }
            else if (name.SequenceEqual("IEND"u8))
            {
                break;
            }

            at += 12 + length;
        }

        packed.Position = 0;
        return Unpack(packed, width, height, bits, out numbers);
    }

    private static string? Refused(int width, int height, int bits, byte colour, bool interlaced) => width < 1 || height < 1 ? PictureContainer.Damaged
        : colour is not (Grey or Palette) || bits is not (1 or 2 or 4 or 8) ? $"holds {(colour is Grey or Palette ? FormattableString.Invariant($"numbers of {bits} bits") : "colours")} and not a class a pixel; save it as a PNG with a palette, or in grey, of at most 8 bits"
        : interlaced ? "is interlaced; save it without"
        : null;

    private static string? Unpack(Stream packed, int width, int height, int bits, out byte[] numbers)
    {
        numbers = [];
        var stride = (int)((((long)width * bits) + 7) / 8);
        byte[] row = new byte[stride], above = new byte[stride];
        var found = GC.AllocateUninitializedArray<byte>(checked(width * height));
        try
        {
            using var rows = new ZLibStream(packed, CompressionMode.Decompress);
            for (var y = 0; y < height; y++)
            {
                var filter = rows.ReadByte();
                if (filter is < 0 or > 4 || rows.ReadAtLeast(row, stride, throwOnEndOfStream: false) < stride)
                {
                    return PictureContainer.Damaged;
                }

                Restore(row, above, filter);
                for (var x = 0; x < width; x++)
                {
                    var bit = x * bits;
                    found[(y * width) + x] = (byte)((row[bit / 8] >> (8 - bits - (bit % 8))) & ((1 << bits) - 1));
                }

                (row, above) = (above, row);
            }
        }
        catch (InvalidDataException)
        {
            return PictureContainer.Damaged;
        }

        numbers = found;
        return null;
    }

    // The filters of the format's specification (PNG, section 9), whose unit is a byte where a pixel has no more.
    private static void Restore(byte[] row, byte[] above, int filter)
    {
        byte left = 0, corner = 0;
        for (var x = 0; x < row.Length; x++)
        {
            row[x] += filter switch
            {
                1 => left,
                2 => above[x],
                3 => (byte)((left + above[x]) / 2),
                4 => Paeth(left, above[x], corner),
                _ => 0,
            };
            (left, corner) = (row[x], above[x]);
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        var guess = left + above - corner;
        var (toLeft, toAbove, toCorner) = (Math.Abs(guess - left), Math.Abs(guess - above), Math.Abs(guess - corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }
}
