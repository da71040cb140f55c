using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Room for a moment, mostly outside the managed heap: what is given back is free for others at once. Pools of arrays keep what they were given
/// for a minute or more, at this size gigabytes that planning would miss.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable where T : unmanaged
{
    private readonly int _length;
    private readonly bool _own;

    /// <summary>Room for so many, with any content.</summary>
    public NativeBuffer(int length)
    {
        _length = length;
        var bytes = (nuint)length * (nuint)sizeof(T);
        Pointer = (T*)NativeMemory.AlignedAlloc(bytes, CacheLines.Size);
        HugePages.Want(Pointer, bytes);
        _own = true;
    }

    /// <summary>Room in an array that the collector never moves and that outlives this; a cache line's items at its ends may be left out.</summary>
    public NativeBuffer(T[] pinned)
    {
        const nuint Line = CacheLines.Size;
        _length = pinned.Length - (CacheLines.Size / sizeof(T));
        Pointer = (T*)(((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + Line - 1) & ~(Line - 1));
    }

    /// <summary>The first, at the beginning of a cache line; invalid after Dispose.</summary>
    public T* Pointer { get; private set; }

    /// <summary>The whole room; invalid after Dispose.</summary>
    public Span<T> Span => new(Pointer, _length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_own)
        {
            NativeMemory.AlignedFree(Pointer);
        }

        Pointer = null;
    }
}
