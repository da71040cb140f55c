using System.Buffers.Binary;
using System.Text;

namespace Winnow.Torch.Loading;

/// <summary>
/// Makes a shared library load where a version of a system library is missing that nothing in it uses. A library names in its version-needs
/// section every version it was linked against, and the loader refuses it when one is missing, even if only a symbol that no relocation
/// refers to is of that version. A need can be marked as weak (<c>VER_FLG_WEAK</c>): then the loader goes on.
/// </summary>
/// <remarks>Reads 64-bit little-endian ELF files by their dynamic segment. Layouts: System V gABI, chapters 4 and 5; LSB, Symbol Versioning.</remarks>
internal static class ElfVersionNeeds
{
    private const int ProgramHeaderLoad = 1, ProgramHeaderDynamic = 2;
    private const long TagStrings = 5, TagRela = 7, TagRelaSize = 8, TagJumps = 23, TagJumpsSize = 2, TagVersions = 0x6ffffff0, TagNeeds = 0x6ffffffe, TagNeedsCount = 0x6fffffff;
    private const int RelaSize = 24;
    private const ushort Weak = 2;

    /// <summary>Marks needs as weak in a copy of a library.</summary>
    /// <param name="library">The file's bytes.</param>
    /// <param name="versions">The versions, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>The copy; null when the file is of another kind, has no such need, or uses a symbol of that version.</returns>
    public static byte[]? Loosen(byte[] library, IReadOnlyCollection<string> versions)
    {
        try
        {
            var copy = (byte[])library.Clone();
            return Mark(copy, versions) ? copy : null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // A file that lies about its own layout.
            return null;
        }
    }

    private static bool Mark(byte[] file, IReadOnlyCollection<string> versions)
    {
        ReadOnlySpan<byte> header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (!file.AsSpan().StartsWith(header))
        {
            return false;
        }

        var segments = Segments(file);
        var dynamic = Dynamic(file, segments);
        var marked = new HashSet<ushort>();
        var need = Offset(segments, dynamic[TagNeeds]);
        for (var left = dynamic[TagNeedsCount]; left > 0; left--)
        {
            var entry = need + UInt32(file, need + 8);
            for (var more = UInt16(file, need + 2); more > 0; more--)
            {
                if (versions.Contains(Text(file, Offset(segments, dynamic[TagStrings]) + UInt32(file, entry + 8))))
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(checked((int)entry) + 4), (ushort)(UInt16(file, entry + 4) | Weak));
                    marked.Add(UInt16(file, entry + 6));
                }

                entry += UInt32(file, entry + 12);
            }

            need += UInt32(file, need + 12);
        }

        return marked.Count == versions.Count && !Used(file, segments, dynamic, marked);
    }

    /// <summary>Whether a relocation refers to a symbol of one of these versions.</summary>
    private static bool Used(byte[] file, List<Segment> segments, Dictionary<long, long> dynamic, HashSet<ushort> versions)
    {
        var symbolVersions = Offset(segments, dynamic[TagVersions]);
        foreach (var (table, size) in new[] { (TagRela, TagRelaSize), (TagJumps, TagJumpsSize) })
        {
            if (!dynamic.TryGetValue(table, out var address))
            {
                continue;
            }

            var start = Offset(segments, address);
            for (var at = start; at < start + dynamic[size]; at += RelaSize)
            {
                var symbol = UInt32(file, at + 12);
                if (symbol != 0 && versions.Contains((ushort)(UInt16(file, symbolVersions + (2 * symbol)) & 0x7fff)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static List<Segment> Segments(byte[] file)
    {
        var (table, size, count) = (Int64(file, 32), UInt16(file, 54), UInt16(file, 56));
        var segments = new List<Segment>();
        for (var k = 0; k < count; k++)
        {
            var at = table + ((long)k * size);
            segments.Add(new Segment(UInt32(file, at), Int64(file, at + 8), Int64(file, at + 16), Int64(file, at + 32)));
        }

        return segments;
    }

    private static Dictionary<long, long> Dynamic(byte[] file, List<Segment> segments)
    {
        var values = new Dictionary<long, long>();
        var segment = segments.Find(static segment => segment.Kind == ProgramHeaderDynamic) ?? throw new FormatException("no dynamic segment");
        for (var at = segment.Offset; Int64(file, at) != 0; at += 16)
        {
            values[Int64(file, at)] = Int64(file, at + 8);
        }

        foreach (var tag in (ReadOnlySpan<long>)[TagStrings, TagVersions, TagNeeds, TagNeedsCount])
        {
            if (!values.ContainsKey(tag))
            {
                throw new FormatException("a dynamic segment without version needs");
            }
        }

        return values;
    }

    /// <summary>Where in the file an address of the loaded library lies.</summary>
    private static long Offset(List<Segment> segments, long address)
    {
        var segment = segments.Find(segment => segment.Kind == ProgramHeaderLoad && address >= segment.Address && address < segment.Address + segment.Size)
            ?? throw new FormatException("an address outside the file");
        return address - segment.Address + segment.Offset;
    }

    private static string Text(byte[] file, long at)
    {
        var rest = file.AsSpan(checked((int)at));
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort UInt16(byte[] file, long at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(checked((int)at)));

    private static uint UInt32(byte[] file, long at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(checked((int)at)));

    private static long Int64(byte[] file, long at) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(checked((int)at)));

    private sealed record Segment(uint Kind, long Offset, long Address, long Size);
}
