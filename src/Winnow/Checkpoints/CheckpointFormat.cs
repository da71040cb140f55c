using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Checkpoints;

/// <summary>
/// What writer and reader agree on: the safetensors layout (a length, a JSON header, the arrays' bytes, little-endian) with facts as its
/// metadata and, as the last array, the SHA-256 of the header and of every array before it. See docs/checkpoints.md.
/// </summary>
internal static class CheckpointFormat
{
    /// <summary>The fact that says that it is a checkpoint, and its version.</summary>
    public const string VersionFact = "winnow.checkpoint", Version = "1";

    /// <summary>The last array: one row for the header, then one for each array in the order of the file.</summary>
    public const string Checksums = "sha256";

    public const int ChecksumLength = 32;

    /// <summary>Arrays may be longer than a span of bytes can be.</summary>
    private const int Part = 1 << 24;

    /// <summary>The name that safetensors has for an element type, and its size; null for types that it has none for.</summary>
    public static string? Name<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? "F32" : typeof(T) == typeof(double) ? "F64"
        : typeof(T) == typeof(int) ? "I32" : typeof(T) == typeof(long) ? "I64" : typeof(T) == typeof(ulong) ? "U64"
        : typeof(T) == typeof(bool) ? "BOOL" : Unsafe.SizeOf<T>() == 1 ? "U8" : null;

    /// <summary>Hands out the bytes of an array in parts.</summary>
    public static void Bytes<T>(ReadOnlySpan<T> values, Action<ReadOnlySpan<byte>> take) where T : unmanaged
    {
        for (var at = 0; at < values.Length; at += Part)
        {
            take(MemoryMarshal.AsBytes(values.Slice(at, Math.Min(Part, values.Length - at))));
        }
    }

    /// <summary>Fills an array part by part.</summary>
    public static void Fill<T>(Span<T> values, Action<Span<byte>> fill) where T : unmanaged
    {
        for (var at = 0; at < values.Length; at += Part)
        {
            fill(MemoryMarshal.AsBytes(values.Slice(at, Math.Min(Part, values.Length - at))));
        }
    }
}
