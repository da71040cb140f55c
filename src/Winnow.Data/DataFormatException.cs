namespace Winnow.Data;

/// <summary>
/// A file that is not what it claims: truncated, damaged, lying about its size, or of another format. Says where and what was expected.
/// (The runtime's <see cref="InvalidDataException"/> is sealed; this is its counterpart with a place.)
/// </summary>
public sealed class DataFormatException : DataException
{
    /// <summary>An error at one place of one file.</summary>
    /// <param name="file">The file as the user knows it.</param>
    /// <param name="offset">Byte offset, 0-based. In a gzipped file, of the unpacked data.</param>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="remedy">What to do, a full sentence; null when nothing better than a fresh copy can be said.</param>
    /// <param name="inner">What caused it.</param>
    public DataFormatException(string file, long offset, string expected, string found, string? remedy = null, Exception? inner = null)
        : base($"{file}: at byte {offset}: expected {expected}, found {found}.{(remedy is null ? "" : " " + remedy)}", inner)
    {
        File = file;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>The file as the user knows it.</summary>
    public string File { get; }

    /// <summary>Byte offset of the damage, 0-based; in a gzipped file, of the unpacked data.</summary>
    public long Offset { get; }

    /// <summary>What should be there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }
}
