namespace Winnow.Numerics;

/// <summary>The samples of each class.</summary>
internal static class ClassMembers
{
    /// <summary>The ids of each class, ascending.</summary>
    /// <param name="labels">The class of each sample, in [0, classes).</param>
    /// <param name="classes">How many classes there are.</param>
    public static int[][] Of(ReadOnlySpan<int> labels, int classes)
    {
        var sizes = new int[classes];
        foreach (var label in labels)
        {
            sizes[label]++;
        }

        int[][] members = [.. sizes.Select(static size => new int[size])];
        Array.Clear(sizes);
        for (var i = 0; i < labels.Length; i++)
        {
            members[labels[i]][sizes[labels[i]]++] = i;
        }

        return members;
    }
}
