using System.Buffers.Binary;

namespace Winnow.Data.Formats;

// Remembers the last four bytes that went through: gzip ends with the length of what it holds. The runtime's GZipStream compares the
// checksum when it gets that far, but takes a truncated file, or one with foreign bytes behind, for complete.
sealed class TailStream(Stream inner) : ForwardStream
{
    readonly byte[] tail = new byte[4];

    // Reads whatever is left, then gives the last four bytes of the whole as a number.
    public uint Finish()
    {
        byte[] rest = new byte[4096];
        while (Read(rest) > 0)
        {
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(tail);
    }

    public override int Read(Span<byte> buffer)
    {
        int n = inner.Read(buffer);
        if (n >= tail.Length)
        {
            buffer.Slice(n - tail.Length, tail.Length).CopyTo(tail);
        }
        else if (n > 0)
        {
            tail.AsSpan(n).CopyTo(tail);
            buffer[..n].CopyTo(tail.AsSpan(tail.Length - n));
        }

        return n;
    }
}
