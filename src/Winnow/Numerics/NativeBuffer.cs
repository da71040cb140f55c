using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Room for a moment, outside the managed heap: what is given back is free for others at once. Pools of arrays keep what they were given
/// for a minute or more, at this size gigabytes that planning would miss.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable where T : unmanaged
{
    readonly int _length;

    /// <summary>Room for so many, with any content.</summary>
    public NativeBuffer(int length)
    {
        _length = length;
        Pointer = (T*)NativeMemory.Alloc((nuint)length, (nuint)sizeof(T));
    }

    /// <summary>The first; invalid after Dispose.</summary>
    public T* Pointer { get; private set; }

    /// <summary>The whole room; invalid after Dispose.</summary>
    public Span<T> Span => new(Pointer, _length);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
