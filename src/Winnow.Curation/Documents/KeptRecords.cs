using Winnow.Curation.Running;
using Winnow.Data.Formats;

namespace Winnow.Curation.Documents;

/// <summary>Writes those records of a shard that are kept: as they were, in its format, packed as it is.</summary>
internal static class KeptRecords
{
    /// <summary>Writes them.</summary>
    /// <param name="shard">Whose.</param>
    /// <param name="path">The file to write; its folder is made.</param>
    /// <param name="expected">What the shard held when it was decided what stays.</param>
    /// <param name="isKept">Whether a row stays.</param>
    /// <param name="fields">What of records is looked at.</param>
    /// <param name="threads">How many pack.</param>
    /// <param name="read">Is told how many bytes of the shard have been read.</param>
    /// <param name="stop">Ends it; the file is as it was then.</param>
    public static KeptOfShard Write(Shard shard, string path, ShardFacts expected, Func<long, bool> isKept, RecordFields fields, int threads, Action<long> read, CancellationToken stop)
    {
        bool IsKept(long row) => row < expected.Rows ? isKept(row) : throw RecordReader.Changed(shard);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        KeptOfShard? kept = null;
        DataFile.WriteAtomically(path, stream =>
        {
            var output = new HashedOutput(stream);
            var losses = new SourceLosses();
            var content = shard.Format == RecordFormat.Parquet
                ? ParquetKept.Write(shard, output, IsKept, fields, losses, read, stop)
                : Lines(shard, output, IsKept, fields, threads, losses, read, stop);
            if (content != expected.Content || losses.Documents != expected.Rows)
            {
                throw RecordReader.Changed(shard);
            }

            kept = new(content, output.Hash, losses);
        });
        return kept!;
    }

    private static string Lines(Shard shard, HashedOutput output, Func<long, bool> isKept, RecordFields fields, int threads, SourceLosses losses, Action<long> read, CancellationToken stop)
    {
        using var reader = RecordReader.Open(shard, fields);
        BatchPipeline.Run(reader, fields.Source is null ? null : fields, threads, static () => new MemoryStream(), (lines, batch) => Pack(shard, batch, isKept, lines), (batch, packed) =>
        {
            for (var i = 0; i < batch.Count; i++)
            {
                losses.Add(batch.Source(i), isKept(batch.FirstRow + i));
            }

            output.Write(packed);
            read(reader.BytesRead);
        }, stop);
        if (losses.Kept == 0)
        {
            output.Write(RecordPacking.Empty(shard.OutputName));
        }

        return reader.ContentHash();
    }

    private static byte[] Pack(Shard shard, RecordBatch batch, Func<long, bool> isKept, MemoryStream lines)
    {
        lines.SetLength(0);
        for (var i = 0; i < batch.Count; i++)
        {
            if (isKept(batch.FirstRow + i))
            {
                lines.Write(batch.Record(i));
                lines.WriteByte((byte)'\n');
            }
        }

        return RecordPacking.Pack(shard.OutputName, lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }
}

/// <summary>What a shard held.</summary>
/// <param name="Content">A hash of its files.</param>
/// <param name="Rows">How many records it had.</param>
internal sealed record ShardFacts(string Content, long Rows);

/// <summary>What was kept of a shard.</summary>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Output">A hash of what was written.</param>
/// <param name="Losses">How many records there were and how many went, by their sources.</param>
internal sealed record KeptOfShard(string Content, string Output, SourceLosses Losses);
