using Winnow.Data;
using Winnow.Data.Formats;
using ZstdSharp;

namespace Winnow.Curation.Documents;

/// <summary>A file unpacked by what it begins with: gzip of several members, Zstandard of several frames, or neither. Damage is told with its place.</summary>
internal sealed class UnpackedInput : ForwardStream
{
    private static readonly string[] s_packed = [".gz", ".zst", ".zstd"];

    private readonly Stream _packed;
    private readonly Stream _stream;
    private readonly string _place;
    private long _offset;

    /// <param name="packed">The file as it lies on the disk; is closed with this stream.</param>
    /// <param name="path">What to call it in messages.</param>
    public UnpackedInput(Stream packed, string path)
    {
        _packed = packed;
        var start = new byte[4];
        var whole = new PrefixedStream(start[..packed.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)], packed);
        _place = path;
        if (GzipMembers.Recognises(start))
        {
            _place = $"{path} (unpacked)";
            _stream = new GzipMembers(whole, _place);
        }
        else if (start is [0x28, 0xB5, 0x2F, 0xFD])
        {
            _place = $"{path} (unpacked)";
            _stream = new DecompressionStream(whole, leaveOpen: true);
        }
        else if (s_packed.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DataFormatException(path, 0, "gzip or Zstandard data, as its name says", start is [0, ..] ? "other bytes, or none" : "other bytes", "The file is empty, damaged or called wrongly; fetch it again, or rename it.");
        }
        else
        {
            _stream = whole;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            var n = _stream.Read(buffer);
            _offset += n;
            return n;
        }
        catch (Exception error) when (error is InvalidDataException or ZstdException or EndOfStreamException || (error is IOException && error.GetType().Namespace == "System.IO.Compression"))
        {
            throw new DataFormatException(_place, _offset, "intact compressed data", "damaged data", $"The file is truncated or damaged ({error.Message.TrimEnd('.')}); fetch it again.", error);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
            _packed.Dispose();
        }

        base.Dispose(disposing);
    }
}
