using System.Buffers;
using System.Runtime.InteropServices;

namespace Winnow.Data.Formats;

/// <summary>Bytes as the floats that they are, without a copy.</summary>
/// <param name="bytes">Whole floats, little-endian as the machine's are.</param>
internal sealed class FloatMemory(ReadOnlyMemory<byte> bytes) : MemoryManager<float>
{
    /// <inheritdoc/>
    public override Span<float> GetSpan() => MemoryMarshal.Cast<byte, float>(MemoryMarshal.AsMemory(bytes).Span);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => bytes[(elementIndex * sizeof(float))..].Pin();

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
