using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Asks Linux for pages of 2 MiB where there would be ones of 4 KiB. The first write to a page costs a call of the kernel, and reading at random
/// places needs a translation for each page. It is a wish: elsewhere, or where the system has no such pages to give, nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    private const nuint Size = 2 << 20;
    private const int Smallest = 2 * (int)Size, HugePageAdvice = 14;

    /// <summary>A new array of zeros.</summary>
    public static T[] Zeros<T>(int length) where T : unmanaged => Wanted(new T[length]);

    /// <summary>A new array of any content.</summary>
    public static T[] Uninitialized<T>(int length, bool pinned = false) where T : unmanaged => Wanted(GC.AllocateUninitializedArray<T>(length, pinned));

    /// <summary>Says that a range of memory, not yet written to, should have them.</summary>
    public static void Want(void* start, nuint bytes)
    {
        if (bytes < Smallest || !OperatingSystem.IsLinux())
        {
            return;
        }
        // Only whole pages can be large; what is before and behind them belongs to others, too.
        nuint from = ((nuint)start + Size - 1) & ~(Size - 1), to = ((nuint)start + bytes) & ~(Size - 1);
        _ = Advise((void*)from, to - from, HugePageAdvice);
    }

    private static T[] Wanted<T>(T[] array) where T : unmanaged
    {
        fixed (T* start = array)
        {
            Want(start, (nuint)array.Length * (nuint)sizeof(T));
        }

        return array;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
