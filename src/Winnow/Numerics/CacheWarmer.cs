using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>Brings into the caches what is about to be read and written.</summary>
internal static class CacheWarmer
{
    /// <summary>
    /// Reads each cache line of a range once; what lies beyond the end is left out. What is read in order is fetched ahead by the hardware, what
    /// is read at random places afterwards isn't: with 10 million samples, observing an epoch takes a quarter less time.
    /// </summary>
    /// <returns>Something that depends on all reads, so that none can be left out.</returns>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Range<T>(ReadOnlySpan<T> values, int start, int length) where T : unmanaged
    {
        int step = 64 / Unsafe.SizeOf<T>(), sum = 0;
        var end = (int)Math.Min(values.Length, (long)start + length);
        for (long i = start; i < end; i += step)
        {
            sum += Unsafe.As<T, byte>(ref Unsafe.AsRef(in values[(int)i]));
        }

        return sum;
    }

    /// <summary>Asks for the lines of a few places, which then come together; read one after the other, each may wait for the one before.</summary>
    public static void Places<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> places) where T : unmanaged
    {
        foreach (var place in places)
        {
            Line(ref Unsafe.AsRef(in values[(int)place]));
        }
    }

    /// <summary>Asks for the line of one place, and waits for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Line<T>(ref T value)
    {
        // Of what moves meanwhile the wrong line comes, and nothing else goes wrong.
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref value));
        }
    }
}
