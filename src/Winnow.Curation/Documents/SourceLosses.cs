namespace Winnow.Curation.Documents;

/// <summary>Counts records, and those of them that go, by where they are from.</summary>
internal sealed class SourceLosses
{
    private readonly SortedDictionary<string, (long Documents, long Removed)> _sources = new(StringComparer.Ordinal);

    /// <summary>How many records there were.</summary>
    public long Documents { get; private set; }

    /// <summary>How many of them stayed.</summary>
    public long Kept { get; private set; }

    /// <summary>By source, in the order of their names.</summary>
    public IReadOnlyList<SourceLoss> Sources => [.. _sources.Select(static pair => new SourceLoss(pair.Key, pair.Value.Documents, pair.Value.Removed))];

    /// <summary>Counts a record.</summary>
    public void Add(string source, bool kept)
    {
        var loss = _sources.GetValueOrDefault(source);
        _sources[source] = (loss.Documents + 1, loss.Removed + (kept ? 0 : 1));
        Documents++;
        Kept += kept ? 1 : 0;
    }

    /// <summary>Adds up what several shards lost.</summary>
    public static IReadOnlyList<SourceLoss> Sum(IEnumerable<SourceLoss> losses) =>
        [.. losses.GroupBy(static loss => loss.Source, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => new SourceLoss(group.Key, group.Sum(static loss => loss.Documents), group.Sum(static loss => loss.Removed)))];
}

/// <summary>What a source lost.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Documents">How many documents it has.</param>
/// <param name="Removed">How many of them went.</param>
public sealed record SourceLoss(string Source, long Documents, long Removed);
