using System.Buffers.Binary;
using System.Text;
using Winnow.Checkpoints;

namespace Winnow.Tests.Checkpoints;

public class SafetensorsHeaderTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var written = SafetensorsHeader.Write([new("format", "pt"), new("ä", "\"\n")], [("w", "F32", [2, 3]), ("n", "I64", []), ("none", "BF16", [0, 7]), ("b", "BOOL", [5])]);
        Assert.Equal(0, written.Length % 8);
        Assert.Equal(written.Length - 8, BinaryPrimitives.ReadInt64LittleEndian(written));
        var header = SafetensorsHeader.Parse(written.AsSpan(8), 24 + 8 + 0 + 5);
        Assert.Equal([new("format", "pt"), new("ä", "\"\n")], header.Metadata);
        Assert.Equal(["w: F32[2, 3] at 0, 24", "n: I64[] at 24, 8", "none: BF16[0, 7] at 32, 0", "b: BOOL[5] at 32, 5"],
            header.Entries.Select(static entry => $"{entry.Name}: {entry.Description} at {entry.Start}, {entry.Length}"));
    }

    // Other writers sort their headers by name and their bytes by type.
    [Fact]
    public void Arrays_come_in_the_order_of_their_bytes()
    {
        var header = Parse("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"b":{"data_offsets":[0,8],"shape":[1],"dtype":"F64"},"c":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 11);
        Assert.Equal(["b", "c", "a"], header.Entries.Select(static entry => entry.Name));
    }

    // The byte strings are those of huggingface/safetensors, safetensors/src/tensor.rs and bindings/python/tests/test_simple.py at 000a16f, each with what its own reader makes of it.
    [Theory]
    [InlineData("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "test: I32[2, 2]")]
    [InlineData("8\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}\0\0\0\0", "test: I32[]")]
    [InlineData("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0, 0]}}", "test: I32[2, 0]")]
    [InlineData("\u0006\0\0\0\0\0\0\0{}\u000D\u0020\u0009\u000A", "")]
    public void What_the_first_implementation_reads_is_read(string file, string content) =>
        Assert.Equal(content, string.Join("; ", ParseFile(file).Entries.Select(static entry => $"{entry.Name}: {entry.Description}")));

    [Theory]
    [InlineData("", "expected 8 bytes with the header's length, found a file of 0 bytes", true)]
    [InlineData("<\0\0\0\0\0\0\0", "expected a header of 60 bytes, found 0 up to the end of the file", true)]
    [InlineData("<\0\0\0\0ÿÿÿ{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "found one that would be 18446742974197923900 bytes long")]
    [InlineData("\u0002\0\0\0\0\0\0\0ÿÿ", "expected a header of valid JSON, found '0xFF' is an invalid start of a value")]
    [InlineData("\u0001\0\0\0\0\0\0\0{", "expected a header of 2 to 100000000 bytes, found one that would be 1 bytes long")]
    [InlineData("\u0002\0\0\0\0\0\0\0{ ", "expected a header of valid JSON, found Expected depth to be zero")]
    [InlineData("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0, 4]}}", "entry \"test\": expected data_offsets as far apart as I32[2, 2] has bytes (16), found [0, 4]")]
    [InlineData("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0extra_bogus_data_for_polyglot_file",
        "expected the end of the file after the last array, found 34 more bytes")]
    [InlineData("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "entry \"test\": expected its I32[2, 2] up to byte 84, found the end of the file at byte 82", true)]
    [InlineData("O\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551614],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "entry \"test\": expected shape of whole numbers from 0 to 9223372036854775807, found 18446744073709551614")]
    [InlineData("N\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],\"data_offsets\":[0,16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "expected data_offsets as far apart as I32[2, 9223372036854775807] has bytes (more than a file can have), found [0, 16]")]
    public void What_the_first_implementation_refuses_is_refused_with_its_place(string file, string message, bool torn = false)
    {
        var error = Assert.Throws<SafetensorsException>(() => ParseFile(file));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(torn, error.Torn);
        Assert.InRange(error.Position, 0, file.Length);
    }

    [Theory]
    [InlineData("""[]""", "expected a header that begins with {, found […]")]
    [InlineData(""" {}""", "expected a header that begins with {, found {…}")]
    [InlineData("""{} {}""", "expected a header of valid JSON")]
    [InlineData("""{"a":1}""", "entry \"a\": expected dtype, shape and data_offsets, {…}, found 1")]
    [InlineData("""{"a":{}}""", "entry \"a\": expected dtype, shape and data_offsets of two numbers, found no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "found no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "found no data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "found data_offsets with 1 numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "found data_offsets with 3 numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "expected shape, a list of numbers, found 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "found 1.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "found -1")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", "found 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "found [4, 0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "entry \"a\": expected the first array at 0, found a gap: they begin at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "entry \"b\": expected its bytes where those of \"a\" end, at 4, found a gap: they begin at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "at 4, found an overlap: they begin at 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "entry \"a\": expected every name once, found a second entry of this name")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}""", "each once, and nothing else, found \"dtype\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"scale":2}}""", "each once, and nothing else, found \"scale\"")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", "expected dtype F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL, found \"F8_E4M3\"")]
    [InlineData("""{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", "expected dtype, a text, found 32")]
    [InlineData("""{"__metadata__":{"a":[1]}}""", "entry \"__metadata__\": expected a text for \"a\", found […]")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "expected every name once, found \"a\" a second time")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "expected every name once")]
    [InlineData("""{"\ud800":1}""", "expected a header of valid JSON")]
    public void A_header_that_contradicts_itself_is_refused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<SafetensorsException>(() => Parse(json, -1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Ten_arrays_of_the_same_bytes_are_refused()
    {
        var json = "{" + string.Join(",", Enumerable.Range(0, 10).Select(static i => $"\"weight_{i}\":{{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}")) + "}";
        Assert.Contains("an overlap", Assert.Throws<SafetensorsException>(() => Parse(json, 16)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_header_may_not_hold_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Write([], [("a", "F32", [1]), ("a", "F32", [1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Write([], [("__metadata__", "F32", [1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Write([], [("a", "F99", [1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Write([], [("a", "F32", [-1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Write([], [("a", "F32", [long.MaxValue, 2])]));
    }

    private static SafetensorsHeader Parse(string json, long dataLength) => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), dataLength);

    private static SafetensorsHeader ParseFile(string file)
    {
        var bytes = Encoding.Latin1.GetBytes(file);
        var length = SafetensorsHeader.JsonLength(bytes.AsSpan(0, Math.Min(8, bytes.Length)), bytes.Length);
        return SafetensorsHeader.Parse(bytes.AsSpan(8, length), bytes.Length - 8 - length);
    }
}
