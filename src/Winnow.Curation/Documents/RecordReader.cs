using System.IO.Hashing;

namespace Winnow.Curation.Documents;

/// <summary>Reads the records of one shard from front to back.</summary>
public abstract class RecordReader : IDisposable
{
    /// <summary>How many bytes of records a batch holds, roughly; a longer record makes a batch of its own.</summary>
    public const int BatchBytes = 1 << 20;

    private protected RecordReader(Shard shard) => Shard = shard;

    /// <summary>Whose records they are.</summary>
    public Shard Shard { get; }

    /// <summary>How many bytes of the files have been read, as they lie on the disk.</summary>
    public abstract long BytesRead { get; }

    private protected XxHash128 Content { get; } = new();

    /// <summary>Opens a shard.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="fields">What of its records is looked at: of a columnar file other columns aren't read.</param>
    /// <exception cref="Data.DataException">It can't be opened, or has no such column.</exception>
    public static RecordReader Open(Shard shard, RecordFields fields)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(fields);
        return shard.Format switch
        {
            RecordFormat.PlainText => new TextReader(shard),
            RecordFormat.Parquet => new ParquetReader(shard, fields),
            _ => new LineReader(shard),
        };
    }

    /// <summary>Fills a batch with the records that come next; false where none is left.</summary>
    /// <param name="batch">Is emptied first.</param>
    /// <exception cref="Data.DataException">The file is damaged, or a record is too long: with its place.</exception>
    public abstract bool Read(RecordBatch batch);

    /// <summary>A hash of all that the files hold, as they lie on the disk: XXH128 in hexadecimal digits. Only once everything has been read.</summary>
    public virtual string ContentHash() => Convert.ToHexStringLower(Content.GetCurrentHash());

    /// <summary>The input is no longer what it was when it was looked at first.</summary>
    internal static CurationException Changed(Shard shard) => new($"{shard.Files[0]}: was changed while it was worked on; run again once nobody writes it.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    private protected abstract void Dispose(bool disposing);
}
