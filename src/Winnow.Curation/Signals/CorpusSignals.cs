using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp;
using ParquetSharp.Arrow;
using ParquetSharp.IO;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data;
using Winnow.Data.Formats;
using RecordBatch = Winnow.Curation.Documents.RecordBatch;

namespace Winnow.Curation.Signals;

/// <summary>How signals are computed.</summary>
public sealed record SignalOptions
{
    /// <summary>What of a record is looked at.</summary>
    public RecordFields Fields { get; init; } = new();

    /// <summary>Threads that work; the result is the same at any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Which shards this process works on.</summary>
    public ShardShare Share { get; init; } = ShardShare.All;

    /// <summary>Is told how far it is; null for nobody.</summary>
    public Action<CurationProgress>? Progress { get; init; }
}

/// <summary>Computes signals of a corpus that may be larger than memory: a Parquet file a shard, with the records' names and a column a signal.</summary>
public static class CorpusSignals
{
    private const string IdColumn = "id";

    /// <summary>Computes the signals of inputs; what is there already, of inputs that haven't changed, is left as it is.</summary>
    /// <param name="inputs">Files and folders of records (<see cref="Corpus.Find"/>).</param>
    /// <param name="folder">Where <c>signals/</c> goes; a folder that is empty, or that a run with the same settings began.</param>
    /// <param name="signals">Which signals.</param>
    /// <param name="options">How.</param>
    /// <param name="stop">Ends it; what is finished is kept, and the next run goes on from there.</param>
    /// <returns>How many documents this process's shards have.</returns>
    /// <exception cref="DataException">Inputs or the folder can't be used: which, and what to do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static long Run(IReadOnlyList<string> inputs, string folder, IReadOnlyList<Signal> signals, SignalOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(signals);
        ArgumentNullException.ThrowIfNull(options);
        var shards = Corpus.Find(inputs, folder);
        var place = new CurationFolder(folder, "signals");
        var settings = place.Open(
            new SignalSettings(options.Fields.Text, options.Fields.Id, [.. signals.Select(static signal => signal.Name)], [.. shards.Select(static shard => shard.Name)], Corpus.FoldersOf(shards)), CurationJson.Readable.SignalSettings);
        Shard[] mine = [.. shards.Where(shard => options.Share.Has(shard.Index))];
        var progress = new ShardProgress(options.Progress);
        progress.Begin("computing signals", mine.Sum(static shard => shard.Bytes), "bytes");
        var documents = 0L;
        foreach (var shard in mine)
        {
            var marker = place.OfShard("written", shard, ".json");
            var known = CurationFolder.Known(marker, CurationJson.Readable.SignalMarker, settings, shard, stop, FileOf(place, shard));
            if (known is null)
            {
                known = Write(shard, FileOf(place, shard), settings, signals, options, progress, stop);
                CurationFolder.Write(marker, known, CurationJson.Readable.SignalMarker);
            }

            documents += known.Documents;
            progress.Past(shard.Bytes);
        }

        return documents;
    }

    private static string FileOf(CurationFolder folder, Shard shard) => folder.At(Path.Combine("signals", shard.Name + ".parquet"));

    private static SignalMarker Write(Shard shard, string path, string settings, IReadOnlyList<Signal> signals, SignalOptions options, ShardProgress progress, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var schema = new Schema([new Field(IdColumn, StringType.Default, nullable: false), .. signals.Select(static signal => new Field(signal.Name, DoubleType.Default, nullable: false))], null);
        using var reader = RecordReader.Open(shard, options.Fields);
        var documents = 0L;
        DataFile.WriteAtomically(path, stream =>
        {
            using var output = new ManagedOutputStream(stream, leaveOpen: true);
            using var builder = new WriterPropertiesBuilder();
            using var properties = builder.Compression(Compression.Zstd).Build();
            using var writer = new FileWriter(output, schema, properties);
            BatchPipeline.Run(reader, options.Fields, options.Threads, () => new SignalEvaluator(signals), (evaluator, batch) => Rows(schema, evaluator, batch), (batch, rows) =>
            {
                using (rows)
                {
                    writer.WriteRecordBatch(rows);
                }

                documents += batch.Count;
                progress.Within(reader.BytesRead);
            }, stop);
            writer.Close();
        });
        return new(settings, reader.ContentHash(), documents);
    }

    private static Apache.Arrow.RecordBatch Rows(Schema schema, SignalEvaluator evaluator, RecordBatch batch)
    {
        var ids = new StringArray.Builder();
        var columns = evaluator.Signals.Select(static _ => new DoubleArray.Builder()).ToArray();
        var values = new double[columns.Length];
        for (var i = 0; i < batch.Count; i++)
        {
            _ = ids.Append(batch.Id(i));
            evaluator.Compute(batch.Text(i), values);
            for (var k = 0; k < columns.Length; k++)
            {
                _ = columns[k].Append(values[k]);
            }
        }

        return new(schema, [ids.Build(), .. columns.Select(static column => column.Build())], batch.Count);
    }
}

/// <summary>The settings that decide signals.</summary>
internal sealed record SignalSettings(string Text, string? Id, IReadOnlyList<string> Signals, IReadOnlyList<string> Shards, IReadOnlyList<string> Folders);

/// <summary>That the signals of a shard have been written.</summary>
/// <param name="Settings">What decides them, as a hash.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Documents">How many documents it has.</param>
internal sealed record SignalMarker(string Settings, string Content, long Documents) : IShardMarker;
