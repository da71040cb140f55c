using System.IO.Hashing;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data.Formats;

namespace Winnow.Curation.Duplicates;

/// <summary>Writes what is kept of a shard: the last pass over its text.</summary>
internal static class Filtering
{
    /// <summary>Writes a shard's kept records as they were, packed as the shard is.</summary>
    /// <param name="shard">Whose.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="isRemoved">Whether a row goes.</param>
    /// <param name="options">How records are read.</param>
    /// <param name="read">Is told how many bytes of the shard have been read.</param>
    /// <param name="stop">Ends it; the file is as it was then.</param>
    /// <returns>What was written; its settings are empty.</returns>
    public static FilterMarker Write(Shard shard, string path, Func<long, bool> isRemoved, DedupOptions options, Action<long> read, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var reader = RecordReader.Open(shard);
        var output = new XxHash128();
        var (documents, kept) = (0L, 0L);
        var sources = new SortedDictionary<string, (long Documents, long Removed)>(StringComparer.Ordinal);
        DataFile.WriteAtomically(path, stream =>
        {
            var fields = options.Fields.Source is null ? null : options.Fields;
            BatchPipeline.Run(reader, fields, options.Threads, static () => new MemoryStream(), (lines, batch) => Pack(shard, batch, isRemoved, lines), (batch, packed) =>
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    var removed = isRemoved(batch.FirstRow + i);
                    var name = batch.Source(i);
                    var loss = sources.GetValueOrDefault(name);
                    sources[name] = (loss.Documents + 1, loss.Removed + (removed ? 1 : 0));
                    kept += removed ? 0 : 1;
                }

                documents += batch.Count;
                stream.Write(packed);
                output.Append(packed);
                read(reader.BytesRead);
            }, stop);
            if (kept == 0)
            {
                var empty = RecordPacking.Empty(path);
                stream.Write(empty);
                output.Append(empty);
            }
        });
        return new("", reader.ContentHash(), documents, kept, Convert.ToHexStringLower(output.GetCurrentHash()), [.. sources.Select(static pair => new SourceLoss(pair.Key, pair.Value.Documents, pair.Value.Removed))]);
    }

    private static byte[] Pack(Shard shard, RecordBatch batch, Func<long, bool> isRemoved, MemoryStream lines)
    {
        lines.SetLength(0);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!isRemoved(batch.FirstRow + i))
            {
                lines.Write(batch.Record(i));
                lines.WriteByte((byte)'\n');
            }
        }

        return RecordPacking.Pack(shard.OutputName, lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }
}
