using FsCheck;
using FsCheck.Fluent;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class NpyTests
{
    private static NpyArray Read(byte[] file) => Npy.Read(new MemoryStream(file), "a.npy");

    public static TheoryData<string, byte[], NpyType, long[]> Integers => new()
    {
        { "|b1", [0, 1], NpyType.Boolean, [0, 1] },
        { "|i1", [1, 255], NpyType.Int8, [1, -1] },
        { "|u1", [1, 255], NpyType.UInt8, [1, 255] },
        { "<i2", Fixtures.Bytes<short>(-2, 3), NpyType.Int16, [-2, 3] },
        { ">i2", [0xFF, 0xFE, 0, 3], NpyType.Int16, [-2, 3] },
        { "<u2", Fixtures.Bytes<ushort>(65535, 3), NpyType.UInt16, [65535, 3] },
        { "<i4", Fixtures.Bytes(int.MinValue, 3), NpyType.Int32, [int.MinValue, 3] },
        { "<u4", Fixtures.Bytes(uint.MaxValue, 3u), NpyType.UInt32, [uint.MaxValue, 3] },
        { "<i8", Fixtures.Bytes(long.MinValue, 3L), NpyType.Int64, [long.MinValue, 3] },
        { ">i8", [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], NpyType.Int64, [256, 1] },
        { "<u8", Fixtures.Bytes(7UL, 3UL), NpyType.UInt64, [7, 3] },
    };

    [Theory]
    [MemberData(nameof(Integers))]
    public void Reads_every_integer_type(string descr, byte[] data, NpyType type, long[] expected)
    {
        var array = Read(Fixtures.Npy(descr, "(2,)", data));
        Assert.Equal(type, array.Type);
        Assert.Equal(expected, array.ToInt64s());
        Assert.Equal(expected.Select(v => (float)v), array.ToSingles());
    }

    [Fact]
    public void Reads_every_float_type_in_both_byte_orders()
    {
        Assert.Equal([1.5f, -2f], Read(Fixtures.Npy("<f2", "(2,)", Fixtures.Bytes((Half)1.5, (Half)(-2)))).ToSingles());
        Assert.Equal([1.5f, -2f], Read(Fixtures.Npy("<f4", "(2,)", Fixtures.Bytes(1.5f, -2f))).ToSingles());
        Assert.Equal([1.5f, -2f], Read(Fixtures.Npy("<f8", "(2,)", Fixtures.Bytes(1.5, -2.0))).ToSingles());
        Assert.Equal([1.5f], Read(Fixtures.Npy(">f4", "(1,)", [0x3F, 0xC0, 0, 0])).ToSingles());
        Assert.True(float.IsNaN(Read(Fixtures.Npy("<f4", "(1,)", Fixtures.Bytes(float.NaN))).ToSingles()[0]));
    }

    [Theory]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", 1)]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", 2)]
    [InlineData("{\"shape\":(2L,3L),\"descr\":\"u1\",\"fortran_order\":False}", 3)]
    public void Reads_every_version_and_spelling_of_the_header(string header, byte version)
    {
        var array = Read(Fixtures.Npy(header, [1, 2, 3, 4, 5, 6], version));
        Assert.Equal([2, 3], array.Shape.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6], array.AsSpan<byte>().ToArray());
    }

    [Fact]
    public void Reads_scalars_empty_arrays_and_one_column_in_either_order()
    {
        Assert.Equal(1, Read(Fixtures.Npy("|u1", "()", [5])).Length);
        Assert.Equal(0, Read(Fixtures.Npy("<f4", "(0, 3)", [])).Length);
        Assert.Equal(2, Read(Fixtures.Npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2,)}", [1, 2])).Length);
    }

    private static string Header(string descr = "|u1", string order = "False", string shape = "(2,)", string more = "")
        => $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}{more}}}";

    public static TheoryData<byte[], long, string> Damages => new()
    {
        { "not numpy, text"u8.ToArray(), 0, "expected the npy signature 93 4e 55 4d 50 59, found 6e6f74206e75. This is another kind of file; write it with numpy.save." },
        { [0x93, .. "NUMPY"u8], 6, "expected the npy header (8 bytes from byte 0), found the end of the file. The file is truncated; fetch it again." },
        { Fixtures.Npy(Header(), [1, 2], version: 9), 6, "expected npy version 1.0, 2.0 or 3.0, found 9.0." },
        { Fixtures.Npy(Header("|O"), [1, 2]), 20, "expected a numeric type in the npy header, found '|O' (Python objects). Objects are pickles, which can run code, and are never read; save a numeric array." },
        { Fixtures.Npy(Header("<U5"), [1, 2]), 20, "expected a numeric type of 1 to 8 bytes in the npy header, found '<U5'. Convert it before saving, e.g. x.astype('float32')." },
        { Fixtures.Npy(Header("<c8"), [1, 2]), 20, "expected a numeric type of 1 to 8 bytes in the npy header, found '<c8'. Convert it before saving, e.g. x.astype('float32')." },
        { Fixtures.Npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", []), 20, "expected one type for all elements in the npy header, found a record type. Save one plain array a file." },
        { Fixtures.Npy(Header(order: "True", shape: "(2, 3)"), [1, 2, 3, 4, 5, 6]), 10, "expected row-major order, found column-major order ('fortran_order': True). Save it as numpy.ascontiguousarray(x)." },
        { Fixtures.Npy(Header(order: "maybe"), [1, 2]), 44, "expected True or False in the npy header, found \"maybe, 'shape': \"." },
        { Fixtures.Npy(Header(shape: "(-1,)"), [1, 2]), 61, "expected an extent in [0, 2147483647] in the npy header, found \"-1,)}\"." },
        { Fixtures.Npy(Header(shape: "(99999999999,)"), [1, 2]), 61, "expected an extent in [0, 2147483647] in the npy header, found \"99999999999,)}\"." },
        { Fixtures.Npy(Header(shape: "(65536, 65536)"), [1, 2]), 68, "expected at most 2147483591 bytes in at most 32 extents in the npy header, found (65536, 65536, …)." },
        { Fixtures.Npy(Header("<f8", shape: "(2000000000,)"), [1, 2]), 10, "expected at most 2147483591 bytes, found 16000000000 ([2000000000] of Float64)." },
        { Fixtures.Npy(Header(shape: "(2000000000,)"), [1, 2]), 74, "expected 2000000000 bytes of elements ([2000000000] of UInt8), found 2 up to the end of the file. The file is truncated or its header lies; fetch it again." },
        { Fixtures.Npy(Header(more: ", 'evil': 1"), [1, 2]), 66, "expected 'descr', 'fortran_order' and 'shape', each once in the npy header, found 'evil'." },
        { Fixtures.Npy(Header(more: ", 'shape': (3,)"), [1, 2]), 66, "expected 'descr', 'fortran_order' and 'shape', each once in the npy header, found 'shape'." },
        { Fixtures.Npy("{'descr': '|u1'}", [1, 2]), 26, "expected 'descr', 'fortran_order' and 'shape' in the npy header, found a dictionary without all of them." },
        { Fixtures.Npy(Header() + "print(1)", [1, 2]), 65, "expected nothing after the dictionary in the npy header, found \"print(1)\"." },
        { Fixtures.Npy("__import__('os')", [1, 2]), 10, "expected '{' in the npy header, found \"__import__('os')\"." },
        { Fixtures.Npy(Header(), [1]), 65, "expected 2 bytes of elements ([2] of UInt8), found 1 up to the end of the file. The file is truncated or its header lies; fetch it again." },
        { Fixtures.Npy(Header(), [1, 2, 3]), 67, "expected the end of the file after the last element, found 1 more bytes." },
        { [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 127, 1, 2], 8, "expected a header of at most 65536 bytes, found 2147483647. The file is damaged." },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Says_where_a_damaged_file_is_wrong(byte[] file, long offset, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(file));
        Assert.Equal($"a.npy: at byte {offset}: {message}", error.Message);
        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void What_is_written_is_read_back_for_any_values()
    {
        Prop.ForAll<float[], long[], byte[]>((f, l, b) =>
            RoundTrip(f) && RoundTrip(l) && RoundTrip(b) && RoundTrip(Array.ConvertAll(f, v => (double)v))).QuickCheckThrowOnFailure();

        static bool RoundTrip<T>(T[] values)
            where T : unmanaged
        {
            var stream = new MemoryStream();
            Npy.Write(stream, NpyArray.Create<T>(values, 1, values.Length));
            Assert.Equal(0, (stream.Length - Fixtures.Bytes(values).Length) % 64);
            stream.Position = 0;
            var read = Npy.Read(stream, "a");
            return read.Shape.SequenceEqual([1, values.Length]) && Fixtures.Bytes(values).AsSpan().SequenceEqual(read.Data.Span);
        }
    }

    [Fact]
    public void Refuses_values_that_do_not_fill_the_shape_and_types_that_differ()
    {
        Assert.Throws<ArgumentException>(() => NpyArray.Create<float>([1, 2, 3], 2, 2));
        Assert.Throws<NotSupportedException>(() => NpyArray.Create<decimal>([1]));
        Assert.Throws<InvalidOperationException>(() => NpyArray.Create<float>([1]).AsSpan<int>());
        Assert.Throws<InvalidOperationException>(() => NpyArray.Create<float>([1]).ToInt64s());
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder["a.npy"], NpyArray.Create<int>([1, 2]));
        Npy.Write(folder["a.npy"], NpyArray.Create<int>([3]));
        Assert.Equal([3L], Npy.Read(folder["a.npy"]).ToInt64s());
        Assert.Throws<DataAccessException>(() => Npy.Write(folder["no/a.npy"], NpyArray.Create<int>([1])));
        Assert.Throws<DataAccessException>(() => Npy.Write(folder.Path, NpyArray.Create<int>([1])));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }
}
