namespace Winnow.Data.Formats;

// An unpacked zip entry that compares its checksum when its end is reached. Can't seek and tells no length, because the length in a zip's
// directory is only a claim.
sealed class CheckedEntryStream(Stream inner, uint expected, string place) : ForwardStream
{
    uint crc;
    long read;

    public override int Read(Span<byte> buffer)
    {
        int n = inner.Read(buffer);
        crc = Crc32.Append(crc, buffer[..n]);
        read += n;
        if (n == 0 && !buffer.IsEmpty && crc != expected)
            throw new DataFormatException(place, read, $"the checksum {expected:x8} of the whole entry", $"{crc:x8}", "The file is damaged; write it again.");
        return n;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
