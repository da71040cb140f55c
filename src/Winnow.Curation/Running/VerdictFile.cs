using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Curation.Running;

/// <summary>A number a document, one behind the other: what a step keeps of a shard between its passes.</summary>
internal static class VerdictFile
{
    /// <summary>Writes a file, its folder too.</summary>
    public static void Write<T>(string path, T[] values)
        where T : unmanaged
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DataFile.WriteAtomically(path, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>Reads a file.</summary>
    public static T[] Read<T>(string path)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(path)).ToArray();
}
