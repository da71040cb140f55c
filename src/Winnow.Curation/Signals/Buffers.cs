namespace Winnow.Curation.Signals;

/// <summary>Sizes of buffers that grow with the longest text so far.</summary>
internal static class Buffers
{
    /// <summary>Room for so many items, so that somewhat longer texts find room as well.</summary>
    public static int Room(int items) => (int)Math.Min(Math.Max(1024, (long)items + (items >> 2)), Array.MaxLength);

    /// <summary>An array with room for so many items, the old content in front.</summary>
    public static void Grow<T>(ref T[] array, int items)
    {
        if (array.Length < items)
        {
            Array.Resize(ref array, Room(items));
        }
    }

    /// <summary>The power of two of a table that is at most half full.</summary>
    public static int TableSize(int items) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * items));
}
