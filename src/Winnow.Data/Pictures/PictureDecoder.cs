using SkiaSharp;

namespace Winnow.Data.Pictures;

/// <summary>Turns files into squares of one size. Each thread has one of its own, whose memory serves one picture after the other.</summary>
/// <param name="side">The side of the squares.</param>
/// <param name="opacity">Whether a fourth plane tells how opaque each pixel is, and colours are multiplied by it. Otherwise pictures lie on white.</param>
internal sealed unsafe class PictureDecoder(int side, bool opacity = false)
{
    /// <summary>Is raised with every change that gives other numbers; what was decoded before is decoded anew then.</summary>
    public const int Version = 1;

    // Files and pictures up to this size are decoded on all threads at once, larger ones one after the other: memory for one of the largest there has to be, for one a thread not.
    private const long Usual = 64 << 20;
    private const long MostFileBytes = 1 << 30;

    private static readonly Lock s_large = new();

    /// <summary>Makes something of a file's content; returns what is wrong with it, null where nothing is.</summary>
    public delegate string? UseFile(ReadOnlySpan<byte> file, Span<byte> target);

    private readonly PictureScaler _scaler = new(side);
    private byte[] _file = [];
    private byte[] _pixels = [];

    /// <summary>What numbers depend on beside the files: this code and the library that decodes.</summary>
    public static string Identity => FormattableString.Invariant($"{Version} SkiaSharp {typeof(SKCodec).Assembly.GetName().Version}");

    /// <summary>Width and height of the picture decoded last, as its file has them, before it is turned.</summary>
    public (int Width, int Height) Size { get; private set; }

    /// <summary>Whether the picture decoded last is turned or mirrored by its EXIF data.</summary>
    public bool IsTurned { get; private set; }

    /// <summary>Decodes one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">Takes three planes of the square's size, or four.</param>
    /// <returns>What is wrong with the file, as the rest of a sentence that begins with its name; null where nothing is.</returns>
    public string? Decode(string path, Span<byte> target) => WithFile(path, ref _file, target, Decode);

    /// <summary>Does something with the content of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">Memory for it, which grows as needed.</param>
    /// <param name="target">Is passed on.</param>
    /// <param name="use">Says what is wrong, as <see cref="Decode(string, Span{byte})"/> does.</param>
    public static string? WithFile(string path, ref byte[] buffer, Span<byte> target, UseFile use)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (stream.Length > MostFileBytes)
            {
                return FormattableString.Invariant($"has {stream.Length} bytes, more than the {MostFileBytes} that a picture may have");
            }

            if (stream.Length <= Usual)
            {
                return use(Read(stream, ref buffer), target);
            }

            lock (s_large)
            {
                byte[] once = [];
                return use(Read(stream, ref once), target);
            }
        }
        catch (FileNotFoundException)
        {
            return "isn't there, though the folder lists it";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error is UnauthorizedAccessException ? "may not be read by this user" : $"can't be read ({error.Message.TrimEnd('.')})";
        }
    }

    /// <summary>The same for a file in memory.</summary>
    public string? Decode(ReadOnlySpan<byte> file, Span<byte> target)
    {
        if (PictureContainer.Problem(file, out var reducible) is { } problem)
        {
            return problem;
        }

        fixed (byte* start = file)
        {
            using var data = SKData.Create((nint)start, file.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width < 1 || codec.Info.Height < 1)
            {
                return PictureContainer.Damaged;
            }

            if (PictureContainer.TooLarge(codec.Info.Width, codec.Info.Height) is { } tooLarge)
            {
                return tooLarge;
            }

            (Size, IsTurned) = ((codec.Info.Width, codec.Info.Height), codec.EncodedOrigin != SKEncodedOrigin.TopLeft);
            var size = reducible ? Reduced(codec) : codec.Info.Size;
            if ((long)size.Width * size.Height * PictureScaler.PixelBytes <= Usual)
            {
                return Decode(codec, size, ref _pixels, target);
            }

            lock (s_large)
            {
                byte[] once = [];
                return Decode(codec, size, ref once, target);
            }
        }
    }

    private string? Decode(SKCodec codec, SKSizeI size, ref byte[] pixels, Span<byte> target)
    {
        var length = size.Width * size.Height * PictureScaler.PixelBytes;
        Grow(ref pixels, length);

        // No colour space: the numbers are taken as they stand in the file, and nothing is computed in floating point.
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        SKCodecResult result;
        fixed (byte* start = pixels)
        {
            result = codec.GetPixels(info, (nint)start, info.RowBytes, SKCodecOptions.Default);
        }

        if (result != SKCodecResult.Success)
        {
            return result == SKCodecResult.IncompleteInput ? PictureContainer.EndsEarly : PictureContainer.Damaged;
        }

        if (codec.Info.AlphaType != SKAlphaType.Opaque)
        {
            if (opacity)
            {
                PictureScaler.Premultiply(pixels.AsSpan(0, length));
            }
            else
            {
                PictureScaler.PutOnWhite(pixels.AsSpan(0, length));
            }
        }

        _scaler.Scale(pixels, size.Width, size.Height, codec.EncodedOrigin, target);
        return null;
    }

    /// <summary>The smallest size, in halves, that a JPEG's blocks can be decoded at and that still has twice the pixels that are needed: a tenth of the work for a photograph.</summary>
    private SKSizeI Reduced(SKCodec codec)
    {
        foreach (var scale in (ReadOnlySpan<float>)[1 / 8f, 1 / 4f, 1 / 2f])
        {
            var size = codec.GetScaledDimensions(scale);
            if (Math.Min(size.Width, size.Height) >= 2 * side)
            {
                return size;
            }
        }

        return codec.Info.Size;
    }

    // Read, not mapped: of a mapped file that somebody shortens meanwhile the process would die.
    private static ReadOnlySpan<byte> Read(FileStream stream, ref byte[] buffer)
    {
        var length = (int)stream.Length;
        Grow(ref buffer, length);
        return buffer.AsSpan(0, stream.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false));
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, Math.Min(2 * buffer.Length, (int)Usual)));
        }
    }
}
