namespace Winnow.Data.Formats;

// A stream whose first bytes have been looked at and that can't go back: gives them out again, then the rest.
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
{
    private int _given;

    public override int Read(Span<byte> buffer)
    {
        if (_given == prefix.Length)
        {
            return rest.Read(buffer);
        }

        var n = Math.Min(buffer.Length, prefix.Length - _given);
        prefix.AsSpan(_given, n).CopyTo(buffer);
        _given += n;
        return n;
    }
}
