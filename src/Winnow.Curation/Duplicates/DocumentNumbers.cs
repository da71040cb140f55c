using System.Globalization;

namespace Winnow.Curation.Duplicates;

/// <summary>Numbers the documents of all shards, one shard behind the other.</summary>
internal sealed class DocumentNumbers
{
    private readonly int[] _first;

    /// <param name="rows">Documents of each shard.</param>
    /// <exception cref="CurationException">There are more than an <see cref="int"/> counts.</exception>
    public DocumentNumbers(IReadOnlyList<long> rows)
    {
        var total = rows.Sum();
        if (total > Array.MaxLength)
        {
            throw new CurationException(string.Create(CultureInfo.InvariantCulture, $"the inputs hold {total:N0} documents, and at most {Array.MaxLength:N0} are joined at once; take a part of them, and hold the next against what is kept of it."));
        }

        _first = new int[rows.Count + 1];
        for (var shard = 0; shard < rows.Count; shard++)
        {
            _first[shard + 1] = _first[shard] + (int)rows[shard];
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _first[^1];

    /// <summary>The number of a shard's first document.</summary>
    public int First(int shard) => _first[shard];

    /// <summary>How many documents a shard has.</summary>
    public int Rows(int shard) => _first[shard + 1] - _first[shard];

    /// <summary>Where a document is.</summary>
    public (int Shard, int Row) Place(int document)
    {
        var at = Array.BinarySearch(_first, document);

        // Shards without documents begin where the next one does.
        var shard = at < 0 ? ~at - 1 : at;
        while (_first[shard + 1] == document)
        {
            shard++;
        }

        return (shard, document - _first[shard]);
    }
}
