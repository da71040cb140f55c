using System.IO.Compression;
using ZstdSharp;

namespace Winnow.Curation.Documents;

/// <summary>
/// Packs records for a file by what its name ends in: gzip, Zstandard or neither. Each call gives a member or frame that stands for itself, so that several threads pack one file; readers of both take
/// those one behind the other for one.
/// </summary>
internal static class RecordPacking
{
    /// <summary>Packs some lines.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="lines">The lines; nothing gives nothing.</param>
    public static byte[] Pack(string name, ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty)
        {
            return [];
        }

        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                gzip.Write(lines);
            }

            return packed.ToArray();
        }

        if (name.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".zstd", StringComparison.OrdinalIgnoreCase))
        {
            using var compressor = new Compressor();
            return compressor.Wrap(lines).ToArray();
        }

        return lines.ToArray();
    }

    /// <summary>What a file without records holds: nothing, or an empty member or frame, so that it can be unpacked.</summary>
    public static byte[] Empty(string name)
    {
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            // A member of nothing; written out, since the runtime's stream writes none where nothing is written.
            return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        }

        if (name.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".zstd", StringComparison.OrdinalIgnoreCase))
        {
            using var compressor = new Compressor();
            return compressor.Wrap([]).ToArray();
        }

        return [];
    }
}
