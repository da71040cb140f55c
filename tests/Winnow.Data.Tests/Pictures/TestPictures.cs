using SkiaSharp;

namespace Winnow.Data.Tests.Pictures;

/// <summary>Pictures' files, written by the encoders or by hand.</summary>
internal static class TestPictures
{
    /// <summary>Red grows to the right, green downwards, blue is <paramref name="blue"/>; opacity as given.</summary>
    public static byte[] Make(int width, int height, byte blue, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int quality = 100, byte opacity = 255)
    {
        using var picture = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, opacity == 255 ? SKAlphaType.Opaque : SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                picture.SetPixel(x, y, new SKColor((byte)(255 * x / width), (byte)(255 * y / height), blue, opacity));
            }
        }

        using var data = picture.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>A folder with this many pictures for each class, each of another blue.</summary>
    public static void Classes(TemporaryFolder folder, string prefix, int count, params string[] classes)
    {
        for (var i = 0; i < count * classes.Length; i++)
        {
            folder.Write($"{prefix}{classes[i / count]}/{i % count:00}.png", Make(16, 16, (byte)(i + 1)));
        }
    }

    /// <summary>A PNG out of chunks, with right checksums.</summary>
    public static byte[] Png(params (string Name, byte[] Content)[] chunks) =>
        [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. chunks.SelectMany(static chunk => Chunk(chunk.Name, chunk.Content))];

    /// <summary>The first chunk of a PNG.</summary>
    public static byte[] Header(int width, int height, byte bits = 8, byte colour = 2) => [.. Fixtures.BigEndian(width), .. Fixtures.BigEndian(height), bits, colour, 0, 0, 0];

    /// <summary>A whole PNG of rows that have no filter.</summary>
    public static byte[] Png(int width, int height, byte bits, byte colour, byte[][] rows, params (string Name, byte[] Content)[] between)
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                zlib.WriteByte(0);
                zlib.Write(row);
            }
        }

        return Png([("IHDR", Header(width, height, bits, colour)), .. between, ("IDAT", packed.ToArray()), ("IEND", [])]);
    }

    /// <summary>A JPEG whose EXIF data say how it is to be turned.</summary>
    public static byte[] Turned(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"u8, (byte)orientation, 0, 0, 0, 0, 0, 0];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    private static byte[] Chunk(string name, byte[] content)
    {
        byte[] named = [.. System.Text.Encoding.ASCII.GetBytes(name), .. content];
        return [.. Fixtures.BigEndian(content.Length), .. named, .. Fixtures.BigEndian((int)Crc(named))];
    }

    private static uint Crc(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
