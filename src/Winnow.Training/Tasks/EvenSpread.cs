namespace Winnow.Training.Tasks;

/// <summary>Some of many, evenly spread.</summary>
internal static class EvenSpread
{
    /// <summary>At most so many places of all, in ascending order.</summary>
    /// <param name="all">How many there are.</param>
    /// <param name="most">How many are wanted.</param>
    public static int[] Of(int all, int most)
    {
        var taken = Math.Min(all, most);
        return [.. Enumerable.Range(0, taken).Select(k => (int)((long)k * all / taken))];
    }
}
