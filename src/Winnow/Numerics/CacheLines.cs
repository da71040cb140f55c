using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// Writing to many running places at once by whole cache lines: what goes to a place waits in a line of its own until that is full and is
/// then written past the caches. Item by item each line of the target would first be read, and would push out what is needed.
/// </summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes a line. Targets begin on a line.</summary>
    public const int Size = 64;

    /// <summary>Puts an item to the next of a place's items.</summary>
    /// <param name="waiting">The place's own line.</param>
    /// <param name="target">Where all items go.</param>
    /// <param name="start">Where the place's first item goes: what stands before it on that line belongs to others.</param>
    /// <param name="next">Where this one goes.</param>
    /// <param name="item">The item.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(T* waiting, T* target, int start, int next, T item) where T : unmanaged
    {
        int last = (Size / sizeof(T)) - 1, offset = next & last;
        waiting[offset] = item;
        if (offset < last) return;
        if (next - last >= start) Vector512.Load((byte*)waiting).StoreAlignedNonTemporal((byte*)(target + next - last));
        else Flush(waiting, target, start, next + 1);
    }

    /// <summary>Writes the items that still wait.</summary>
    /// <param name="waiting">The place's own line.</param>
    /// <param name="target">Where all items go.</param>
    /// <param name="start">Where the place's first item went.</param>
    /// <param name="end">Behind where its last goes.</param>
    public static void Flush<T>(T* waiting, T* target, int start, int end) where T : unmanaged
    {
        int items = Size / sizeof(T);
        // The line that holds the last item, even where that fills it.
        for (int i = Math.Max(start, (end - 1) & -items); i < end; i++) target[i] = waiting[i & (items - 1)];
    }

    /// <summary>Makes what was written past the caches visible to other threads before anything that follows.</summary>
    public static void Publish()
    {
        if (Sse.IsSupported) Sse.StoreFence();
        else Interlocked.MemoryBarrier();
    }
}
