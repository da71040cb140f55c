namespace Winnow.Data.Formats;

/// <summary>
/// Packed bytes on their way into the runtime's decoder, which doesn't say how many of them it took. What was given out last is kept, so that
/// whoever knows what stands behind the packed data can look for it there and go on after it.
/// </summary>
/// <param name="inner">Where they come from; stays open.</param>
internal sealed class PackedInput(Stream inner) : ForwardStream
{
    // The decoder reads so much at a time, or less.
    private const int Chunk = 1 << 13;

    private readonly byte[] _bytes = new byte[2 * Chunk];

    // Of the bytes at hand those up to _next have been given out, the last time from _last on.
    private int _last;
    private int _next;
    private int _end;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_next == _end)
        {
            (_next, _end) = (0, inner.Read(_bytes.AsSpan(0, Chunk)));
        }

        _last = _next;
        var count = Math.Min(buffer.Length, _end - _next);
        _bytes.AsSpan(_next, count).CopyTo(buffer);
        _next += count;
        return count;
    }

    /// <summary>The next byte; -1 at the end.</summary>
    public int Take()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    /// <summary>Goes on right behind some bytes that begin among those given out last, or after them. False, and what was given out counts as taken, where they aren't there.</summary>
    /// <param name="marker">No more than a chunk.</param>
    public bool TakeUntilAfter(ReadOnlySpan<byte> marker)
    {
        // Moved to the front, and as much read on as the marker needs where it begins with the last byte or behind it.
        var given = _next - _last;
        _bytes.AsSpan(_last, _end - _last).CopyTo(_bytes);
        (_last, _next, _end) = (0, given, _end - _last);
        while (_end < given + marker.Length && inner.Read(_bytes.AsSpan(_end, given + marker.Length - _end)) is > 0 and var read)
        {
            _end += read;
        }

        var at = _bytes.AsSpan(0, Math.Min(_end, given + marker.Length)).IndexOf(marker);
        _next = at < 0 ? given : at + marker.Length;
        return at >= 0;
    }
}
