using System.IO.Compression;

namespace Winnow.Data.Formats;

/// <summary>What the runtime's zip reader leaves out: it doesn't compare checksums.</summary>
public static class CheckedZip
{
    /// <summary>Reads an entry forwards; its checksum is compared when its end is reached.</summary>
    /// <param name="entry">An entry of an archive that is read.</param>
    /// <param name="place">What the entry is called in messages, such as <c>model.pt/data/0</c>.</param>
    /// <returns>A stream that throws <see cref="DataFormatException"/> at the end of an entry that isn't what was written.</returns>
    public static Stream Open(ZipArchiveEntry entry, string place)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new CheckedEntryStream(entry.Open(), entry.Crc32, place);
    }
}
