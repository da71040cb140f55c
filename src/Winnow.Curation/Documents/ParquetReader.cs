using System.Globalization;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using ParquetSharp;
using ParquetSharp.Arrow;
using Winnow.Data;
using Encoding = System.Text.Encoding;

namespace Winnow.Curation.Documents;

/// <summary>Reads the rows of a Parquet file, of their columns those that are looked at.</summary>
internal sealed class ParquetReader : RecordReader
{
    private const int MostRows = 4096;

    private readonly FileReader _file;
    private readonly IArrowArrayStream _rows;
    private readonly RecordFields _fields;
    private readonly long _count;
    private readonly (long, DateTime) _version;
    private Apache.Arrow.RecordBatch? _current;
    private int _at;
    private long _row;

    public ParquetReader(Shard shard, RecordFields fields)
        : base(shard)
    {
        _fields = fields;
        _version = Version(shard.Files[0]);
        _file = Open(shard.Files[0]);
        try
        {
            int[] columns = [.. new[] { fields.Text, fields.Id, fields.Source }.OfType<string>().Concat(fields.Numbers).Distinct(StringComparer.Ordinal).SelectMany(ColumnsOf)];
            _rows = Told(() => _file.GetRecordBatchReader(columns: columns));
            using var plain = _file.ParquetReader;
            _count = plain.FileMetaData.NumRows;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override long BytesRead => _count == 0 ? Shard.Bytes : (long)(Shard.Bytes * ((double)_row / _count));

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataException">It isn't there, or isn't Parquet.</exception>
    public static FileReader Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataAccessException(path, "there is no such file.");
        }

        try
        {
            var properties = ArrowReaderProperties.GetDefault();
            properties.BatchSize = MostRows;
            properties.PreBuffer = false;
            return new(path, null, properties);
        }
        catch (ParquetException error)
        {
            throw Damaged(path, error);
        }
    }

    /// <summary>What a damaged file is told as.</summary>
    public static RecordException Damaged(string path, Exception error)
    {
        // The library says the C++ type, then its message in brackets.
        var text = error.Message;
        var start = text.IndexOf("(message: '", StringComparison.Ordinal);
        text = start < 0 ? text : text[(start + "(message: '".Length)..].TrimEnd(')').TrimEnd('\'');
        return new($"{path}: can't be read as Parquet: {text.ReplaceLineEndings(" ").Trim().TrimEnd('.')}. It is truncated or damaged, or isn't Parquet; fetch it again.", error);
    }

    /// <summary>What changes where a file is written anew: its length and time.</summary>
    public static (long Length, DateTime Time) Version(string path) => new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : default;

    /// <inheritdoc/>
    public override bool Read(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Begin(Shard, _row, 1);
        while (batch.TextLength < BatchBytes && batch.Count < MostRows)
        {
            if (_current is null || _at == _current.Length)
            {
                _current?.Dispose();
                _at = 0;
                _current = Told(() => _rows.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult());
                if (_current is null)
                {
                    break;
                }
            }

            Add(batch);
        }

        return batch.Count > 0;
    }

    /// <inheritdoc/>
    public override string ContentHash() => Version(Shard.Files[0]) == _version ? ShardContent.Hash(Shard, CancellationToken.None) : throw Changed(Shard);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Dispose();
            _rows.Dispose();
            _file.Dispose();
        }
    }

    private void Add(RecordBatch batch)
    {
        var (text, id, source) = (Column(_fields.Text)!, Column(_fields.Id), Column(_fields.Source));
        IArrowArray[] columns = [.. _fields.Numbers.Select(name => Column(name)!)];
        var numbers = new double[columns.Length];
        for (; _at < _current!.Length && batch.TextLength < BatchBytes && batch.Count < MostRows; _at++)
        {
            if (!ArrowValues.TryText(text, _at, out var bytes))
            {
                throw Kind(_fields.Text, text, "a text");
            }

            var valid = Utf8.IsValid(bytes);
            for (var k = 0; k < columns.Length; k++)
            {
                numbers[k] = ArrowValues.Number(columns[k], _at) ?? throw Kind(_fields.Numbers[k], columns[k], "a number");
            }

            batch.AddRow(valid ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes)), !valid, Name(batch, id, _fields.Id), numbers, Name(batch, source, _fields.Source));
            _row++;
        }
    }

    private Range? Name(RecordBatch batch, IArrowArray? column, string? field) => column is null ? null
        : ArrowValues.Name(column, _at) is { } name ? batch.AddName(Encoding.UTF8.GetBytes(name))
        : column.IsNull(_at) ? throw new RecordException(string.Create(CultureInfo.InvariantCulture, $"{Shard.Files[0]}: row {_row}: \"{field}\" is null; it names the record or its source."))
        : throw Kind(field!, column, "a text or a whole number");

    private IArrowArray? Column(string? name) => name is null ? null : _current!.Column(name);

    // The leaves of a column; those of a nested one are several.
    private IEnumerable<int> ColumnsOf(string name)
    {
        var fields = _file.Schema.FieldsList;
        if (fields.All(field => field.Name != name))
        {
            throw new RecordException($"{Shard.Files[0]}: has no column \"{name}\"; there are {string.Join(", ", fields.Select(static field => $"\"{field.Name}\""))}.");
        }

        using var plain = _file.ParquetReader;
        var schema = plain.FileMetaData.Schema;
        return [.. Enumerable.Range(0, schema.NumColumns).Where(k => schema.Column(k).Path.ToDotVector()[0] == name)];
    }

    private RecordException Kind(string field, IArrowArray column, string rule) => new($"{Shard.Files[0]}: column \"{field}\" is of type {column.Data.DataType.Name}; it is {rule}.");

    // What the native library reports while it reads comes without a type of its own.
    private T Told<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (OutOfMemoryException or OperationCanceledException))
        {
            throw Damaged(Shard.Files[0], error);
        }
    }
}
