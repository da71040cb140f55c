namespace Winnow.Data.Formats;

// An unpacked zip entry that compares its checksum when its end is reached. Can't seek and tells no length, because the length in a zip's
// directory is only a claim.
internal sealed class CheckedEntryStream(Stream inner, uint expected, string place) : ForwardStream
{
    private uint _crc;
    private long _read;

    public override int Read(Span<byte> buffer)
    {
        var n = inner.Read(buffer);
        _crc = Crc32.Append(_crc, buffer[..n]);
        _read += n;
        if (n == 0 && !buffer.IsEmpty && _crc != expected)
        {
            throw new DataFormatException(place, _read, $"the checksum {expected:x8} of the whole entry", $"{_crc:x8}", "The file is damaged; write it again.");
        }

        return n;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
