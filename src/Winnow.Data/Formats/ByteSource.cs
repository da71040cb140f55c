namespace Winnow.Data.Formats;

// Reads a data file forwards, knows where it is, and turns every damage into a DataFormatException. Gzip is recognised by its first two
// bytes, not by the file's name; offsets then are those of the unpacked data.
internal sealed class ByteSource : IDisposable
{
    private readonly Stream _stream;

    // Whether the stream's length is known before it is read; only then may a size from a header be believed before bytes arrive.
    private readonly long _length;

    private ByteSource(Stream stream, string name, long length, bool packed = false)
    {
        _stream = stream;
        IsPacked = packed;
        _length = length;
        Name = name;
    }

    public string Name { get; }

    public bool IsPacked { get; }

    public long Offset { get; private set; }

    // Bytes left, or -1 where only reading tells.
    public long Remaining => _length < 0 ? -1 : _length - Offset;

    // The given stream stays open; it is the caller's.
    public static ByteSource Open(Stream stream, string name, bool allowGzip = true)
    {
        if (!allowGzip)
        {
            return new(stream, name, LengthOf(stream));
        }

        var magic = new byte[2];
        int got;
        try
        {
            got = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        }
        catch (IOException e)
        {
            throw new DataAccessException(name, $"can't be read: {e.Message}", e);
        }

        Stream whole;
        if (stream.CanSeek)
        {
            stream.Seek(-got, SeekOrigin.Current);
            whole = stream;
        }
        else
        {
            whole = new PrefixedStream(magic[..got], stream);
        }

        return GzipMembers.Recognises(magic.AsSpan(0, got))
            ? new(new GzipMembers(whole, PlaceUnpacked(name)), name, -1, packed: true)
            : new(whole, name, LengthOf(whole));
    }

    public void Dispose()
    {
        if (IsPacked)
        {
            _stream.Dispose();
        }
    }

    private string Place => IsPacked ? PlaceUnpacked(Name) : Name;

    private static string PlaceUnpacked(string name) => name + " (unpacked)";

    public DataFormatException Error(long offset, string expected, string found, string? remedy = null)
        => new(Place, offset, expected, found, remedy);

    // Fills the span or says what was missing.
    public void Read(Span<byte> destination, string what)
    {
        var start = Offset;
        while (!destination.IsEmpty)
        {
            var n = ReadSome(destination);
            if (n == 0)
            {
                throw Error(Offset, $"{what} ({Offset - start + destination.Length} bytes from byte {start})", "the end of the file",
                    "The file is truncated; fetch it again.");
            }

            destination = destination[n..];
        }
    }

    // Reads `count` bytes into the buffer. Where the stream's length is known it is compared before anything is allocated.
    public void Read(GrowingBuffer destination, long count, string what)
    {
        CheckHolds(count, what);
        if (_length >= 0)
        {
            destination.Reserve(count);
        }

        var left = count;
        while (left > 0)
        {
            var n = ReadSome(destination.Space(left));
            if (n == 0)
            {
                throw Error(Offset, $"{count} bytes of {what}", $"the end of the file after {count - left}",
                    "The file is truncated or its header lies; fetch it again.");
            }

            destination.Advance(n);
            left -= n;
        }
    }

    public void CheckHolds(long count, string what)
    {
        if (_length >= 0 && count > Remaining)
        {
            throw Error(Offset, $"{count} bytes of {what}", $"{Remaining} up to the end of the file",
                "The file is truncated or its header lies; fetch it again.");
        }
    }

    // Nothing may follow. Reading to the end also makes gzip and zip compare their checksums.
    public void ExpectEnd(string after)
    {
        Span<byte> one = stackalloc byte[1];
        if (ReadSome(one) != 0)
        {
            throw Error(Offset - 1, $"the end of the file after {after}", _length < 0 ? "more bytes" : $"{_length - Offset + 1} more bytes");
        }
    }

    // 0 at the end.
    public int ReadSome(Span<byte> destination)
    {
        try
        {
            var n = _stream.Read(destination);
            Offset += n;
            return n;
        }
        catch (InvalidDataException e)
        {
            throw Broken(e);
        }
        catch (IOException e) when (e.GetType().Namespace == "System.IO.Compression")
        {
            throw Broken(e);
        }
        catch (IOException e)
        {
            throw new DataAccessException(Name, $"can't be read: {e.Message}", e);
        }
    }

    private DataFormatException Broken(Exception e) => new(Place, Offset, "intact compressed data",
        "damaged data", $"The file is truncated or damaged ({e.Message.TrimEnd('.')}); fetch it again.", e);

    private static long LengthOf(Stream stream) => stream.CanSeek ? stream.Length : -1;
}
