namespace Winnow.Catalog;

/// <summary>Finds what a mistyped word was probably meant to be.</summary>
internal static class Closest
{
    /// <summary>The candidate with the fewest single-letter edits; of equals the first.</summary>
    public static string To(string word, IReadOnlyList<string> candidates) => candidates.MinBy(c => Distance(word, c))!;

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
