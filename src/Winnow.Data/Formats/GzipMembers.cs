using System.Buffers.Binary;
using System.IO.Compression;

namespace Winnow.Data.Formats;

/// <summary>
/// Unpacks a gzip file (RFC 1952), which may be several one behind the other (<c>cat a.gz b.gz</c>, bgzip, a log that was appended to). Each has to
/// be whole, and nothing but zeros may follow the last. The runtime's own stream takes a truncated file for a complete one, and doesn't mind
/// foreign bytes behind.
/// </summary>
/// <param name="packed">The packed bytes; stays open.</param>
/// <param name="place">What to call the file in messages.</param>
internal sealed class GzipMembers(Stream packed, string place) : ForwardStream
{
    private const int FirstMark = 0x1F, SecondMark = 0x8B, Deflate = 8;

    // Flags of a header, in the order of the fields that they announce.
    private const int HasExtra = 4, HasName = 8, HasComment = 16, HasChecksum = 2, Unknown = 0xE0;

    private readonly PackedInput _input = new(packed);
    private DeflateStream? _member;
    private bool _begun;
    private bool _ended;
    private uint _checksum;
    private long _size;
    private long _total;

    /// <summary>Whether a file begins like one.</summary>
    /// <param name="start">Its first bytes.</param>
    public static bool Recognises(ReadOnlySpan<byte> start) => start is [FirstMark, SecondMark, ..];

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (!_ended && !buffer.IsEmpty)
        {
            if (_member is null && !Begin())
            {
                _ended = true;
                break;
            }

            var n = _member!.Read(buffer);
            if (n > 0)
            {
                _checksum = Crc32.Append(_checksum, buffer[..n]);
                (_size, _total) = (_size + n, _total + n);
                return n;
            }

            End();
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the next member's header; false where there is none.</summary>
    private bool Begin()
    {
        var first = _input.Take();
        var padding = _begun;
        while (padding && first == 0)
        {
            first = _input.Take();
        }

        if (padding && first < 0)
        {
            return false;
        }

        if (first != FirstMark || _input.Take() != SecondMark)
        {
            throw new DataFormatException(place, _total, "the end of the file behind its gzip data", $"other bytes, beginning with {first:x2}",
                "Something was appended; what stands before it is whole. Pack the data anew.");
        }

        if (Header() is not Deflate and var method)
        {
            throw new DataFormatException(place, _total, $"gzip's method {Deflate}", $"{method}", "The file is damaged; fetch it again.");
        }

        var flags = Header();
        if ((flags & Unknown) != 0)
        {
            throw new DataFormatException(place, _total, "gzip's known flags", $"{flags:x2}", "The file is damaged; fetch it again.");
        }

        const int TimeAndSystem = 6;
        Skip(TimeAndSystem);
        if ((flags & HasExtra) != 0)
        {
            Skip(Header() | (Header() << 8));
        }

        foreach (var text in (ReadOnlySpan<int>)[HasName, HasComment])
        {
            while ((flags & text) != 0 && Header() != 0)
            {
                // Up to the zero that ends it.
            }
        }

        Skip((flags & HasChecksum) != 0 ? 2 : 0);
        (_begun, _checksum, _size) = (true, 0, 0);
        _member = new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);
        return true;
    }

    /// <summary>
    /// Behind a member's data stand its checksum and its size. Both are known by now, and where they stand among the bytes that the decoder was
    /// given last tells where the data ended, which the decoder itself doesn't.
    /// </summary>
    private void End()
    {
        _member!.Dispose();
        _member = null;
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)_size);
        if (!_input.TakeUntilAfter(trailer))
        {
            throw new DataFormatException(place, _total, $"gzip's checksum and size, {_checksum:x8} and {(uint)_size}", "others, or the end of the file",
                "The file is truncated or damaged; fetch it again.");
        }
    }

    private int Header() => _input.Take() is >= 0 and var value
        ? value
        : throw new DataFormatException(place, _total, "a gzip header", "the end of the file", "The file is truncated; fetch it again.");

    private void Skip(int count)
    {
        for (; count > 0; count--)
        {
            _ = Header();
        }
    }
}
