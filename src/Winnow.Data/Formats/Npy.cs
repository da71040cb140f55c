using System.Buffers.Binary;
using System.Text;

namespace Winnow.Data.Formats;

/// <summary>
/// numpy's npy files. Reads versions 1 to 3, either byte order, integers, bool and floats, raw or gzipped; writes version 1. Column-major
/// arrays of more than one extent are refused with the remedy, pickled objects always.
/// </summary>
public static class Npy
{
    // numpy itself refuses longer ones unless told to trust the file.
    private const int LongestHeader = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads one array that fills the stream.</summary>
    /// <param name="stream">Read to its end, stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DataFormatException">Any damage, with its offset. Memory stays in proportion to what the stream really holds.</exception>
    public static NpyArray Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var source = ByteSource.Open(stream, name);
        return Read(source);
    }

    /// <summary>Reads the one array of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataAccessException">It can't be opened or read.</exception>
    /// <exception cref="DataFormatException">Any damage, with its offset.</exception>
    public static NpyArray Read(string path)
    {
        using var stream = DataFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Writes an array, version 1.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="array">What to write.</param>
    public static void Write(Stream stream, NpyArray array)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(array);
        WriteHeader(stream, array.Type, array.Shape);
        stream.Write(array.Data.Span);
    }

    /// <summary>Writes what comes before the elements, version 1: for an array that is too large to hold, or that is filled in place.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="type">The elements' type. They follow in row-major order, little-endian.</param>
    /// <param name="shape">The extents.</param>
    public static void WriteHeader(Stream stream, NpyType type, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var text = NpyHeader.Format(type, shape);

        // The data start at a multiple of 64 bytes, so that numpy can map the file.
        var length = Magic.Length + 4 + text.Length + 1;
        text += new string(' ', (64 - (length % 64)) % 64) + "\n";
        Span<byte> size = stackalloc byte[4];
        size[0] = 1;
        size[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(size[2..], (ushort)text.Length);
        stream.Write(Magic);
        stream.Write(size);
        stream.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Writes an array into a file, whole or not at all; an existing file is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="array">What to write.</param>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    public static void Write(string path, NpyArray array) => DataFile.WriteAtomically(path, stream => Write(stream, array));

    internal static bool IsMagic(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Reads what comes before the elements, of which there may be so many.</summary>
    internal static NpyHeader ReadHeader(ByteSource source, long most)
    {
        Span<byte> start = stackalloc byte[8];
        source.Read(start, "the npy header");
        if (!start.StartsWith(Magic))
        {
            throw source.Error(0, "the npy signature 93 4e 55 4d 50 59", Convert.ToHexStringLower(start[..6]),
                "This is another kind of file; write it with numpy.save.");
        }

        if (start[6] is 0 or > 3 || start[7] != 0)
        {
            throw source.Error(6, "npy version 1.0, 2.0 or 3.0", $"{start[6]}.{start[7]}");
        }

        Span<byte> size = stackalloc byte[start[6] == 1 ? 2 : 4];
        source.Read(size, "the npy header's length");
        long length = size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > LongestHeader)
        {
            throw source.Error(8, $"a header of at most {LongestHeader} bytes", $"{length}", "The file is damaged.");
        }

        var textAt = source.Offset;
        source.CheckHolds(length, "header");
        var text = new byte[length];
        source.Read(text, "the npy header");
        var header = NpyHeader.Parse(source, textAt, Encoding.Latin1.GetString(text), most);
        if (header.Fortran && header.Shape.Length > 1)
        {
            throw source.Error(textAt, "row-major order", "column-major order ('fortran_order': True)",
                "Save it as numpy.ascontiguousarray(x).");
        }

        return header;
    }

    internal static NpyArray Read(ByteSource source)
    {
        var header = ReadHeader(source, Array.MaxLength);
        var bytes = header.Bytes;
        if (bytes > SampleSet.MaxBytes)
        {
            throw source.Error(header.Start, $"at most {SampleSet.MaxBytes} bytes", $"{bytes} ({SampleSet.Describe(header.Shape)} of {header.Type})");
        }

        var data = new GrowingBuffer();
        source.Read(data, bytes, $"elements ({SampleSet.Describe(header.Shape)} of {header.Type})");
        source.ExpectEnd("the last element");
        if (header.BigEndian)
        {
            Reverse(data.WrittenMemory.Span, NpyArray.SizeOf(header.Type));
        }

        return new(header.Type, header.Shape, data.WrittenMemory);
    }

    /// <summary>Turns the bytes of each element round.</summary>
    internal static void Reverse(Span<byte> data, int size)
    {
        for (var i = 0; size > 1 && i < data.Length; i += size)
        {
            data.Slice(i, size).Reverse();
        }
    }
}
