namespace Winnow.Catalog;

/// <summary>Finds what a mistyped word was probably meant to be.</summary>
public static class Closest
{
    // More edits than this, or as many as the word has letters, make another word: such a guess would only confuse.
    private const int MostEdits = 3;

    /// <summary>The candidate with the fewest single-letter edits, of equals the first; null when none is near.</summary>
    public static string? To(string word, IReadOnlyList<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        var near = candidates.MinBy(c => Distance(word, c));
        return near is not null && Distance(word, near) is var edits && edits <= MostEdits && edits < word.Length ? near : null;
    }

    /// <summary>The end of a message that names the nearest candidate: ": did you mean X?", or nothing.</summary>
    internal static string Question(string word, IReadOnlyList<string> candidates) =>
        To(word, candidates) is { } near ? $": did you mean {near}?" : "";

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
