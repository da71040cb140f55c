using System.Numerics;

namespace Winnow.Numerics;

/// <summary>Blocks of neighbouring ids: few enough that each has a place to write to, long enough to be worth it.</summary>
internal static class IdBlocks
{
    private const int MinShift = 14, MaxBlocksLog2 = 13, SmallestPiece = 1 << 24;

    /// <summary>Block b holds the ids with id &gt;&gt; shift = b; at most 2^13 blocks of at least 2^14 ids.</summary>
    public static int Shift(int samples) => Math.Max(MinShift, 32 - BitOperations.LeadingZeroCount((uint)samples) - MaxBlocksLog2);

    /// <summary>How many blocks there are.</summary>
    public static int Count(int samples) => ((samples - 1) >> Shift(samples)) + 1;

    /// <summary>
    /// How many ids are grouped at a time: an eighth of the samples, so that pairs take a byte a sample and a cache line of the table is
    /// written for two ids and not for one.
    /// </summary>
    public static int Segment(int samples) => Math.Max(SmallestPiece, (samples / 8) + 1);
}
