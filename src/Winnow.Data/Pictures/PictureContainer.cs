using System.Buffers.Binary;

namespace Winnow.Data.Pictures;

/// <summary>
/// What a picture's file says of itself before anything is decoded: that it is a PNG, a JPEG or a WebP, how large, and whether it is whole. Decoders fill what is missing
/// at the end of a file with grey, so that files which were cut off are looked for here.
/// </summary>
internal static class PictureContainer
{
    public const string NoPicture = "is no PNG, JPEG or WebP picture", EndsEarly = "ends too early", Damaged = "is damaged";

    /// <summary>The most pixels: 400 MB while one is decoded.</summary>
    public const long MostPixels = 100_000_000;

    private const int JpegStart = 0xD8, JpegEnd = 0xD9, JpegScan = 0xDA;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>What is wrong with the file, as the rest of a sentence that begins with its name; null where nothing is.</summary>
    /// <param name="file">Its content.</param>
    /// <param name="reducible">Whether the decoder can make it smaller by itself, as it can a JPEG.</param>
    public static string? Problem(ReadOnlySpan<byte> file, out bool reducible)
    {
        reducible = false;
        if (file.IsEmpty)
        {
            return "is empty";
        }

        if (file.StartsWith(PngSignature))
        {
            return Png(file);
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, JpegStart, 0xFF]))
        {
            reducible = true;
            return Jpeg(file);
        }

        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L > file.Length ? EndsEarly : null;
        }

        // The first bytes of a picture, and nothing more.
        return PngSignature.StartsWith(file) || ((ReadOnlySpan<byte>)[0xFF, JpegStart]).StartsWith(file) || (file.Length is >= 4 and < 12 && file.StartsWith("RIFF"u8)) ? EndsEarly : NoPicture;
    }

    /// <summary>What is wrong with a picture of this size; null where nothing is.</summary>
    public static string? TooLarge(long width, long height) => width * height <= MostPixels ? null
        : FormattableString.Invariant($"is {width} x {height} pixels, more than the {MostPixels / 1_000_000} million that a picture may have");

    // Chunks of length, name, content and checksum, the last of which is IEND. The decoder compares the checksums.
    private static string? Png(ReadOnlySpan<byte> file)
    {
        const int Frame = 12, HeaderLength = 13;
        for (var at = PngSignature.Length; ;)
        {
            if (file.Length - at < Frame)
            {
                return EndsEarly;
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            var name = file.Slice(at + 4, 4);
            if (at == PngSignature.Length)
            {
                if (!name.SequenceEqual("IHDR"u8) || length != HeaderLength)
                {
                    return Damaged;
                }

                if (file.Length >= at + 16 && TooLarge(BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8)..]), BinaryPrimitives.ReadUInt32BigEndian(file[(at + 12)..])) is { } problem)
                {
                    return problem;
                }
            }

            if (length > file.Length - at - Frame)
            {
                return EndsEarly;
            }

            if (name.SequenceEqual("IEND"u8))
            {
                return null;
            }

            at += (int)length + Frame;
        }
    }

    // Segments of marker, length and content; pixels follow a segment SOS, in which a marker can't occur by chance. What stands behind the end is somebody else's.
    private static string? Jpeg(ReadOnlySpan<byte> file)
    {
        for (int at = 2, marker; ; at += marker is JpegScan ? ScanLength(file[at..]) : 0)
        {
            // A marker may have any number of 0xFF before it.
            if (at >= file.Length)
            {
                return EndsEarly;
            }

            if (file[at] != 0xFF)
            {
                return Damaged;
            }

            while (at < file.Length && file[at] == 0xFF)
            {
                at++;
            }

            if (at >= file.Length)
            {
                return EndsEarly;
            }

            marker = file[at++];
            if (marker == JpegEnd)
            {
                return null;
            }

            if (file.Length - at < 2)
            {
                return EndsEarly;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);

            // Frames are SOF0 to SOF15, without three numbers that mean other things.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && length >= 7 && file.Length - at >= 7
                && TooLarge(BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 3)..])) is { } problem)
            {
                return problem;
            }

            if (length < 2)
            {
                return Damaged;
            }

            at += length;
            if (at > file.Length)
            {
                return EndsEarly;
            }
        }
    }

    /// <summary>How many bytes of pixels there are up to the next marker.</summary>
    private static int ScanLength(ReadOnlySpan<byte> pixels)
    {
        for (var at = 0; ;)
        {
            var next = pixels[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= pixels.Length)
            {
                return pixels.Length;
            }

            // 0xFF in the pixels is followed by 0; restart markers stand within them.
            if (pixels[at + next + 1] is not (0 or (>= 0xD0 and <= 0xD7)))
            {
                return at + next;
            }

            at += next + 2;
        }
    }
}
