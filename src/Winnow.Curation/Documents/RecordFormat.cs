namespace Winnow.Curation.Documents;

/// <summary>How records are written in a file.</summary>
public enum RecordFormat
{
    /// <summary>JSON lines: an object a line (<c>.jsonl</c>, <c>.ndjson</c>), also packed by gzip (<c>.gz</c>) or Zstandard (<c>.zst</c>).</summary>
    JsonLines,

    /// <summary>Parquet (<c>.parquet</c>): a row a record.</summary>
    Parquet,

    /// <summary>A folder of plain texts (<c>.txt</c>), a record a file.</summary>
    PlainText,
}
