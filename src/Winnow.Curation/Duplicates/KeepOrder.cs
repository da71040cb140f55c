namespace Winnow.Curation.Duplicates;

/// <summary>In which order documents are kept: those of a higher rank first, of one rank those of a higher number, of these the first.</summary>
/// <param name="ranks">Of the documents; null where all have the same.</param>
/// <param name="numbers">Of the documents; null where all have the same.</param>
internal sealed class KeepOrder(ulong[]? ranks, ulong[]? numbers) : IComparer<int>
{
    /// <summary>Whether it is that of the documents' numbers.</summary>
    public bool IsPlain => ranks is null && numbers is null;

    /// <summary>Whether a document is of an earlier corpus.</summary>
    public bool IsReference(int document) => ranks is not null && ranks[document] == Priority.Reference;

    /// <inheritdoc/>
    public int Compare(int x, int y)
    {
        var byRank = ranks is null ? 0 : ranks[y].CompareTo(ranks[x]);
        var byNumber = byRank != 0 || numbers is null ? byRank : numbers[y].CompareTo(numbers[x]);
        return byNumber != 0 ? byNumber : x.CompareTo(y);
    }
}
