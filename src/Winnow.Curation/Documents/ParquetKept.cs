using Apache.Arrow;
using ParquetSharp;
using ParquetSharp.Arrow;
using ParquetSharp.IO;
using Winnow.Data;

namespace Winnow.Curation.Documents;

/// <summary>Writes the rows of a Parquet file that are kept: all its columns, of any type, its schema and its compression.</summary>
internal static class ParquetKept
{
    /// <summary>Writes them.</summary>
    /// <returns>A hash of what was read.</returns>
    public static string Write(Shard shard, Stream output, Func<long, bool> isKept, RecordFields fields, SourceLosses losses, Action<long> read, CancellationToken stop)
    {
        var path = shard.Files[0];
        var version = ParquetReader.Version(path);
        using var file = ParquetReader.Open(path);
        try
        {
            if (file.Schema.FieldsList.FirstOrDefault(static field => !ArrowRows.Can(field.DataType)) is { } refused)
            {
                throw new RecordException($"{path}: column \"{refused.Name}\" is of type {refused.DataType.Name}, whose rows can't be picked; leave the column out, or write it as another type.");
            }

            long rows;
            var compression = Compression.Snappy;
            using (var plain = file.ParquetReader)
            {
                rows = plain.FileMetaData.NumRows;
                if (plain.FileMetaData.NumRowGroups > 0 && plain.FileMetaData.NumColumns > 0)
                {
                    using var group = plain.RowGroup(0);
                    using var column = group.MetaData.GetColumnChunkMetaData(0);
                    compression = column.Compression;
                }
            }

            using var stream = new ManagedOutputStream(output, leaveOpen: true);
            using var builder = new WriterPropertiesBuilder();
            using var properties = builder.Compression(compression).Build();
            using var arrow = new ArrowWriterPropertiesBuilder();
            using var stored = arrow.StoreSchema().Build();
            using var writer = new FileWriter(stream, file.Schema, properties, stored);
            using var batches = file.GetRecordBatchReader();
            for (var row = 0L; batches.ReadNextRecordBatchAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } batch;)
            {
                using (batch)
                {
                    stop.ThrowIfCancellationRequested();
                    Add(shard, batch, row, isKept, fields, losses, writer);
                    row += batch.Length;
                    read(rows == 0 ? shard.Bytes : (long)(shard.Bytes * ((double)row / rows)));
                }
            }

            writer.Close();
        }
        catch (Exception error) when (error is not (OutOfMemoryException or OperationCanceledException or DataException or IOException))
        {
            throw ParquetReader.Damaged(path, error);
        }

        return ParquetReader.Version(path) == version ? ShardContent.Hash(shard, stop) : throw RecordReader.Changed(shard);
    }

    private static void Add(Shard shard, Apache.Arrow.RecordBatch batch, long first, Func<long, bool> isKept, RecordFields fields, SourceLosses losses, FileWriter writer)
    {
        var sources = fields.Source is null ? null : batch.Column(fields.Source);
        var runs = new List<Range>();
        for (var i = 0; i < batch.Length; i++)
        {
            var kept = isKept(first + i);
            losses.Add(sources is null ? shard.Name : ArrowValues.Name(sources, i) ?? "", kept);
            if (kept && runs.Count > 0 && runs[^1].End.Value == i)
            {
                runs[^1] = runs[^1].Start..(i + 1);
            }
            else if (kept)
            {
                runs.Add(i..(i + 1));
            }
        }

        if (runs.Count == 0)
        {
            return;
        }

        // A column of any type, nested ones too, is its kept stretches one behind the other. What was read belongs to the native library and can't be handed back to it: a copy is.
        var count = runs.Sum(static run => run.End.Value - run.Start.Value);
        IArrowArray[] columns = [.. batch.Arrays.Select(column => ArrowRows.Gather(column, runs))];
        using var rows = new Apache.Arrow.RecordBatch(batch.Schema, columns, count);
        using var copy = rows.Clone();
        writer.WriteRecordBatch(copy);
    }
}
