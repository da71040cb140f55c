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

    /// <summary>
    /// Empties a table whose slots say by a stamp whether they are filled, so that nothing is cleared but once in 2³² times; makes a larger one where it holds fewer than so many items.
    /// </summary>
    /// <param name="slots">The table, at most half of which is filled.</param>
    /// <param name="stamp">What filled slots carry from now on.</param>
    /// <param name="items">How many there can be.</param>
    /// <returns>What a place is masked with.</returns>
    public static int Empty<TSlot>(ref TSlot[] slots, ref uint stamp, int items)
    {
        var size = TableSize(items);
        if (slots.Length < size)
        {
            slots = new TSlot[size];
            stamp = 0;
        }

        if (++stamp == 0)
        {
            Array.Clear(slots);
            stamp = 1;
        }

        return size - 1;
    }

    /// <summary>The power of two of a table that is at most half full.</summary>
    private static int TableSize(int items) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2L * items));
}
