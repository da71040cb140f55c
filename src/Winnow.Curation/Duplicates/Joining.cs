using System.Runtime.InteropServices;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// Finds which documents share a digest or the key of a band. A column is read and sorted at a time: 12 bytes a document, whatever the number of bands.
/// </summary>
/// <param name="files">The signatures of each shard.</param>
/// <param name="numbers">The documents of all of them.</param>
internal sealed class Joining(IReadOnlyList<SignatureFile> files, DocumentNumbers numbers)
{
    // Of every column in turn.
    private readonly ulong[] _keys = new ulong[numbers.Count];
    private readonly int[] _documents = new int[numbers.Count];

    /// <summary>In which order documents are kept.</summary>
    public KeepOrder Order() => new(Column(static (file, column) => file.ReadRanks(column)), Column(static (file, column) => file.ReadPriorities(column)));

    /// <summary>Of each document that has the same text as another of a higher priority: the one of the highest. −1 of all others, and of texts without a word.</summary>
    /// <param name="order">In which they are kept.</param>
    /// <param name="stop">Ends it.</param>
    public int[] SameTexts(KeepOrder order, CancellationToken stop)
    {
        var same = new int[numbers.Count];
        same.AsSpan().Fill(-1);
        foreach (var run in Runs(static (file, keys) => file.ReadDigests(keys), static key => key != 0, stop))
        {
            // The eight bytes that the run agrees in decide almost always; the other eight are looked up in the file.
            foreach (var group in run.ToArray().GroupBy(Rest).Where(static group => group.Count() > 1))
            {
                int[] members = [.. group];
                var kept = members.Min(order)!;
                foreach (var document in members)
                {
                    same[document] = document == kept || order.IsReference(document) ? -1 : kept;
                }
            }
        }

        return same;

        ulong Rest(int document)
        {
            var (shard, row) = numbers.Place(document);
            return files[shard].DigestRest(row);
        }
    }

    /// <summary>The buckets of bands that several documents are in, of documents that stand for themselves.</summary>
    /// <param name="bands">How many bands there are.</param>
    /// <param name="same">What <see cref="SameTexts"/> found.</param>
    /// <param name="joined">Is told how many bands are done.</param>
    /// <param name="stop">Ends it.</param>
    public Buckets Buckets(int bands, int[] same, Action<int> joined, CancellationToken stop)
    {
        var buckets = new Buckets();
        for (var band = 0; band < bands; band++)
        {
            foreach (var run in Runs((file, keys) => file.ReadKeys(band, keys), static key => key != SignatureFile.NoKey, stop, same))
            {
                buckets.Add(run);
            }

            joined(band + 1);
        }

        return buckets;
    }

    /// <summary>A column of all documents; null where all have the same.</summary>
    private ulong[]? Column(SignatureColumn read)
    {
        for (var shard = 0; shard < files.Count; shard++)
        {
            read(files[shard], _keys.AsSpan(numbers.First(shard), numbers.Rows(shard)));
        }

        return _keys.AsSpan().ContainsAnyExcept(_keys.Length == 0 ? 0 : _keys[0]) ? _keys.ToArray() : null;
    }

    /// <summary>The documents that share a key, those of a run in the order of their numbers.</summary>
    private IEnumerable<Memory<int>> Runs(SignatureColumn read, Func<ulong, bool> counts, CancellationToken stop, int[]? same = null)
    {
        var (keys, documents) = (_keys, _documents);
        var n = 0;
        for (var shard = 0; shard < files.Count; shard++)
        {
            stop.ThrowIfCancellationRequested();
            var (first, rows) = (numbers.First(shard), numbers.Rows(shard));

            // Read behind those that count, then moved together.
            var column = keys.AsSpan(first, rows);
            read(files[shard], column);
            for (var row = 0; row < rows; row++)
            {
                if (counts(column[row]) && (same is null || same[first + row] < 0))
                {
                    (keys[n], documents[n]) = (column[row], first + row);
                    n++;
                }
            }
        }

        Array.Sort(keys, documents, 0, n);
        stop.ThrowIfCancellationRequested();
        for (var start = 0; start < n;)
        {
            var end = start + 1;
            while (end < n && keys[end] == keys[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                Array.Sort(documents, start, end - start);
                yield return documents.AsMemory(start, end - start);
            }

            start = end;
        }
    }
}

/// <summary>Reads a column of a shard's signatures.</summary>
internal delegate void SignatureColumn(SignatureFile file, Span<ulong> column);

/// <summary>Which documents are in which buckets: a bucket holds those that share the key of a band.</summary>
internal sealed class Buckets
{
    private readonly List<int> _documents = [], _ends = [];

    /// <summary>How many there are.</summary>
    public int Count => _ends.Count;

    /// <summary>Adds a bucket.</summary>
    public void Add(Memory<int> documents)
    {
        _documents.AddRange(documents.Span);
        _ends.Add(_documents.Count);
    }

    /// <summary>The documents of a bucket, in the order of their numbers.</summary>
    public ReadOnlySpan<int> Of(int bucket) => CollectionsMarshal.AsSpan(_documents)[(bucket == 0 ? 0 : _ends[bucket - 1]).._ends[bucket]];

    /// <summary>Every membership.</summary>
    public ReadOnlySpan<int> All => CollectionsMarshal.AsSpan(_documents);
}
