namespace Winnow.Data.Formats;

// A stream whose first bytes have been looked at and that can't go back: gives them out again, then the rest.
sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
{
    int given;

    public override int Read(Span<byte> buffer)
    {
        if (given == prefix.Length)
            return rest.Read(buffer);
        int n = Math.Min(buffer.Length, prefix.Length - given);
        prefix.AsSpan(given, n).CopyTo(buffer);
        given += n;
        return n;
    }
}
