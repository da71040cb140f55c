namespace Winnow.Selection.Allocation;

/// <summary>What holds of all that is shared out to groups.</summary>
internal static class GroupSizes
{
    /// <summary>Refuses more places than all groups have samples.</summary>
    public static void Check(ReadOnlySpan<int> sizes, int places)
    {
        long total = 0;
        foreach (var size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(sizes));
            total += size;
        }

        if (places < 0 || places > total)
        {
            throw new SelectionException($"{places} places can't be shared out to groups with {total} samples in all; share out 0 to {total}.");
        }
    }
}
