using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// Writing to many running places at once by whole cache lines: what goes to a place waits in a room of its own until that is full and is
/// then written past the caches. Item by item each line of the target would first be read, and would push out what is needed. A room has
/// several lines: no processor foresees which item fills it, and memory takes neighbouring lines sooner than single ones.
/// </summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes a line. Targets begin on a line.</summary>
    public const int Size = 64;

    /// <summary>Puts an item to the next of a place's items.</summary>
    /// <param name="waiting">The place's own room.</param>
    /// <param name="target">Where all items go.</param>
    /// <param name="start">Where the place's first item goes: what stands before it belongs to others.</param>
    /// <param name="next">Where this one goes.</param>
    /// <param name="item">The item.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T, TRoom>(T* waiting, T* target, int start, int next, T item) where T : unmanaged where TRoom : struct, IRoom
    {
        int last = (TRoom.Bytes / sizeof(T)) - 1, offset = next & last;
        waiting[offset] = item;
        if (offset < last)
        {
            return;
        }

        if (next - last < start)
        {
            Flush<T, TRoom>(waiting, target, start, next + 1);
            return;
        }

        byte* from = (byte*)waiting, to = (byte*)(target + next - last);
        for (var at = 0; at < TRoom.Bytes; at += Size)
        {
            Vector512.Load(from + at).StoreAlignedNonTemporal(to + at);
        }
    }

    /// <summary>Writes the items that still wait.</summary>
    /// <param name="waiting">The place's own room.</param>
    /// <param name="target">Where all items go.</param>
    /// <param name="start">Where the place's first item went.</param>
    /// <param name="end">Behind where its last goes.</param>
    public static void Flush<T, TRoom>(T* waiting, T* target, int start, int end) where T : unmanaged where TRoom : struct, IRoom
    {
        var items = TRoom.Bytes / sizeof(T);
        // The room of the last item, even where that fills it.
        for (var i = Math.Max(start, (end - 1) & -items); i < end; i++)
        {
            target[i] = waiting[i & (items - 1)];
        }
    }

    /// <summary>Makes what was written past the caches visible to other threads before anything that follows.</summary>
    public static void Publish()
    {
        if (Sse.IsSupported)
        {
            Sse.StoreFence();
        }
        else
        {
            Interlocked.MemoryBarrier();
        }
    }

    /// <summary>How large a room is: a constant for the compiler.</summary>
    public interface IRoom
    {
        /// <summary>A power of two of lines.</summary>
        static abstract int Bytes { get; }
    }

    /// <summary>Two lines a room: for more places than there is room for in the second-level cache.</summary>
    public readonly struct TwoLines : IRoom
    {
        /// <inheritdoc/>
        public static int Bytes => 2 * Size;
    }

    /// <summary>Four lines a room.</summary>
    public readonly struct FourLines : IRoom
    {
        /// <inheritdoc/>
        public static int Bytes => 4 * Size;
    }
}
