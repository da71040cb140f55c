namespace Winnow.Data.Formats;

// Bytes of which nobody honest has said yet how many they will be. Doubles, so that at any moment all it has ever allocated is at most
// four times what really arrived (plus the first chunk): a header that lies costs nothing.
internal sealed class GrowingBuffer
{
    private const int FirstChunk = 1 << 16;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    // Room for what is known to come: from a stream whose length was checked, or small.
    public void Reserve(long more)
    {
        var wanted = Length + more;
        if (wanted > _bytes.Length)
        {
            Resize((int)Math.Min(wanted, Array.MaxLength));
        }
    }

    // Free space to read into: at least 1 byte unless the limit is reached, at most `atMost`.
    public Span<byte> Space(long atMost)
    {
        if (Length == _bytes.Length)
        {
            Resize((int)Math.Min(Math.Min(Math.Max(FirstChunk, 2L * Length), Length + atMost), Array.MaxLength));
        }

        return _bytes.AsSpan(Length, (int)Math.Min(_bytes.Length - Length, atMost));
    }

    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var space = Space(Array.MaxLength);
            var n = Math.Min(space.Length, data.Length);
            data[..n].CopyTo(space);
            Advance(n);
            data = data[n..];
        }
    }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public Memory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    private void Resize(int capacity)
    {
        var larger = GC.AllocateUninitializedArray<byte>(capacity);
        _bytes.AsSpan(0, Length).CopyTo(larger);
        _bytes = larger;
    }
}
