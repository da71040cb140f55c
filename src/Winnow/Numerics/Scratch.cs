namespace Winnow.Numerics;

/// <summary>
/// Room for a moment that is wanted again in every epoch. New memory costs a page fault for each 4 KiB that is first written, at 10 million
/// samples as much time as all the rest of an observation; so up to 2^24 items are kept for the next time. More are given back at once:
/// beside data sets of that size, planning needs the memory.
/// </summary>
internal sealed unsafe class Scratch<T> where T : unmanaged
{
    private const int MostKept = 1 << 24;

    private T[]? _kept;

    /// <summary>Room for at least so many, with any content, for one use at a time.</summary>
    /// <param name="length">How many now.</param>
    /// <param name="most">How many it may be at other times; what isn't written to takes no memory.</param>
    public NativeBuffer<T> Take(int length, int most)
    {
        if (length > MostKept)
        {
            return new NativeBuffer<T>(length);
        }

        var ends = CacheLines.Size / sizeof(T);
        if (_kept is null || _kept.Length < length + ends)
        {
            _kept = HugePages.Uninitialized<T>(Math.Clamp(most, length, MostKept) + ends, pinned: true);
        }

        return new NativeBuffer<T>(_kept);
    }
}
