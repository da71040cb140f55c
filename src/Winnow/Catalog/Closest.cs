namespace Winnow.Catalog;

/// <summary>Finds what a mistyped word was probably meant to be.</summary>
public static class Closest
{
    /// <summary>The candidate with the fewest single-letter edits; of equals the first.</summary>
    public static string To(string word, IReadOnlyList<string> candidates) => candidates.MinBy(c => Distance(word, c))!;

    /// <summary>The same, or null when it is more than <paramref name="edits"/> edits away: a guess that far off would only confuse.</summary>
    public static string? To(string word, IReadOnlyList<string> candidates, int edits) =>
        candidates.Count > 0 && To(word, candidates) is var near && Distance(word, near) <= edits ? near : null;

    static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}
