using System.Buffers.Binary;
using System.IO.Compression;

namespace Winnow.Data.Formats;

/// <summary>Writes PNG images: eight bits a channel, grey, with or without colour and transparency. For looking at samples, not for storing them.</summary>
public static class Png
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes one image.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="width">At least 1.</param>
    /// <param name="height">At least 1.</param>
    /// <param name="channels">1 (grey), 3 (red, green, blue) or 4 (and how opaque).</param>
    /// <param name="pixels">Row by row, the channels of a pixel side by side.</param>
    /// <exception cref="ArgumentException">The extents aren't these, or the pixels aren't as many.</exception>
    public static void Write(Stream stream, int width, int height, int channels, ReadOnlySpan<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        byte colour = channels switch
        {
            1 => 0,
            3 => 2,
            4 => 6,
            _ => throw new ArgumentOutOfRangeException(nameof(channels), channels, "an image has 1, 3 or 4 channels."),
        };
        var stride = checked(width * channels);
        if (pixels.Length != (long)stride * height)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no image of {width} x {height} pixels of {channels} channels.", nameof(pixels));
        }

        stream.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = colour;
        header[10..].Clear();
        Chunk(stream, "IHDR"u8, header);
        using (var data = new MemoryStream())
        {
            using (var packed = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                for (var row = 0; row < height; row++)
                {
                    packed.WriteByte(0); // no filter: small pictures gain little by one
                    packed.Write(pixels.Slice(row * stride, stride));
                }
            }

            Chunk(stream, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        }

        Chunk(stream, "IEND"u8, []);
    }

    private static void Chunk(Stream stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(name);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Append(0, name), content));
        stream.Write(number);
    }
}
