namespace Winnow.Checkpoints;

/// <summary>The header of a safetensors file that isn't one, or that lies about the file. Whoever reads the file adds its name and what to do.</summary>
public sealed class SafetensorsException : Exception
{
    /// <summary>An error at one place of a header.</summary>
    /// <param name="entry">The array that it is about; null where it is about none.</param>
    /// <param name="position">Byte of the file, 0-based.</param>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="inner">What caused it.</param>
    public SafetensorsException(string? entry, long position, string expected, string found, Exception? inner = null)
        : base($"{(entry is null ? "" : $"entry \"{entry}\": ")}expected {expected}, found {found}", inner) =>
        (Entry, Position, Expected, Found) = (entry, position, expected, found);

    /// <summary>The array that it is about; null where it is about none.</summary>
    public string? Entry { get; }

    /// <summary>Byte of the file, 0-based.</summary>
    public long Position { get; }

    /// <summary>What should be there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }

    /// <summary>True where header and entries agree with each other and the file ends before what they describe.</summary>
    public bool Torn { get; init; }
}
