namespace Winnow.Data.Formats;

// A stream whose first bytes have been looked at and that can't go back: gives them out again, then the rest.
sealed class PrefixedStream(byte[] prefix, Stream rest) : Stream
{
    int given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (given == prefix.Length)
            return rest.Read(buffer);
        int n = Math.Min(buffer.Length, prefix.Length - given);
        prefix.AsSpan(given, n).CopyTo(buffer);
        given += n;
        return n;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
