using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class SafetensorsTests
{
    private static readonly string[] s_types = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];

    [Fact]
    public void Reads_back_what_it_wrote_of_every_type()
    {
        var content = new SafetensorsContent();
        content.Metadata.Add(new("format", "pt"));
        foreach (var (type, k) in s_types.Select(static (type, k) => (type, k)))
        {
            var data = Enumerable.Range(0, 6 * Winnow.Checkpoints.SafetensorsHeader.Size(type)).Select(i => type == "BOOL" ? (byte)(i % 2) : (byte)((7 * i) + k));
            content.Arrays.Add(new(type, type, [2, 3], data.ToArray()));
        }

        content.Arrays.Add(new("number", "I64", [], Fixtures.Bytes(5L)));
        content.Arrays.Add(new("nothing", "F32", [3, 0], default));
        var read = Safetensors.Read(new MemoryStream(Written(content)), "w.safetensors");
        Assert.Equal(content.Metadata, read.Metadata);
        Assert.Equal(content.Arrays.Count, read.Arrays.Count);
        foreach (var array in content.Arrays)
        {
            var found = read.Find(array.Name)!;
            Assert.Equal(array.Description, found.Description);
            Assert.Equal(array.Data.ToArray(), found.Data.ToArray());
        }

        Assert.Null(read.Find("no such"));
    }

    [Fact]
    public void Arrays_begin_at_multiples_of_their_elements_without_gaps()
    {
        var content = new SafetensorsContent();
        content.Arrays.Add(new("odd", "U8", [3], new byte[3]));
        content.Arrays.Add(new("half", "F16", [1], new byte[2]));
        content.Arrays.Add(new("single", "F32", [1], new byte[4]));
        content.Arrays.Add(new("double", "F64", [1], new byte[8]));
        content.Arrays.Add(new("long", "I64", [], new byte[8]));
        var file = Written(content);
        var header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, header % 8);
        Assert.Equal(header + 25, file.Length);
        Assert.Equal(["double", "long", "single", "half", "odd"], Safetensors.Read(new MemoryStream(file), "f").Arrays.Select(static array => array.Name));
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes() => Assert.Equal(Written(Sample()), Written(Sample()));

    // The bytes are a fact of huggingface/safetensors, bindings/python/tests/test_simple.py (02e3258).
    [Fact]
    public void One_array_is_written_as_the_first_implementation_writes_it()
    {
        var content = new SafetensorsContent();
        content.Arrays.Add(new("test", "I32", [2, 2], Fixtures.Bytes(0, 0, 0, 1)));
        var expected = Encoding.Latin1.GetBytes("@\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}    \0\0\0\0\0\0\0\0\0\0\0\0\u0001\0\0\0");
        Assert.Equal(expected, Written(content));
        Assert.Equal(Fixtures.Bytes(0, 0, 0, 1), Safetensors.Read(new MemoryStream(expected), "f").Arrays.Single().Data.ToArray());
    }

    [Fact]
    public void Round_trips_any_names_and_values()
        => Prop.ForAll<Dictionary<NonNull<string>, double[]>>(arrays =>
        {
            var content = new SafetensorsContent();
            foreach (var (name, values) in arrays.Where(static pair => pair.Key.Get.All(static c => !char.IsSurrogate(c))))
            {
                content.Arrays.Add(new(name.Get, "F64", [values.Length], Fixtures.Bytes(values)));
            }

            var read = Safetensors.Read(new MemoryStream(Written(content)), "f");
            return read.Arrays.Count == content.Arrays.Count && content.Arrays.All(array => array.Data.Span.SequenceEqual(read.Find(array.Name)!.Data.Span));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_ends_early_or_late_is_refused(bool oneWay)
    {
        var file = Written(Sample());
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<DataFormatException>(() => Read(file[..length], oneWay));
        }

        Assert.Contains("expected the end of the file after the last array", Message([.. file, 0], oneWay), StringComparison.Ordinal);
        Assert.Contains("fetch it", Message(file[..^1], oneWay), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_names_file_place_array_rule_and_remedy()
    {
        const string Lie = """{"conv.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,4000000000000]}}""";
        Assert.Equal(
            "w.safetensors: at byte 23: expected for \"conv.weight\" data_offsets as far apart as F32[2] has bytes (8), found [0, 4000000000000]. "
            + "The file is damaged or was cut off; fetch it or write it again.", Message(File(Lie, 8)));
        const string Torn = """{"conv.weight":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""";
        Assert.StartsWith("w.safetensors: at byte 104: expected for \"conv.weight\" its F32[1000000000000] up to byte 4000000000096, found the end of the file at byte 104.", Message(File(Torn, 8)),
            StringComparison.Ordinal);
        Assert.StartsWith("w.safetensors: at byte 79: expected for \"b\" (BOOL[3]) bytes of 0 or 1, found 7.",
            Message([.. File("""{"b":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}               """, 0), 1, 7, 0]), StringComparison.Ordinal);
        Assert.Equal(
            "w.safetensors: at byte 0: expected a header of 2 to 100000000 bytes, found one that would be 7359009825968126021 bytes long. This is another kind of file, or a damaged one; "
            + "weights are read from safetensors and npz files.", Message("Export failed: out of space"u8.ToArray()));
    }

    // The stream doesn't tell its length, so that only what has arrived is believed.
    [Fact]
    public void A_size_that_no_one_can_check_costs_no_memory()
    {
        var file = File("""{"a":{"dtype":"F32","shape":[500000000],"data_offsets":[0,2000000000]}}""", 4);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("found the end of the file after 4", Message(file, oneWay: true), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        var large = File("""{"a":{"dtype":"F32","shape":[600000000],"data_offsets":[0,2400000000]}}""", 4);
        Assert.Contains("expected for \"a\" at most 2147483591 bytes, found 2400000000 (F32[600000000])", Message(large, oneWay: true), StringComparison.Ordinal);
    }

    // 35,615 is 1F 8B: a length that begins as gzip does.
    [Fact]
    public void A_header_whose_length_begins_like_gzip_is_read()
    {
        var file = File("{}" + new string(' ', 0x8B1D), 0);
        Assert.Equal([0x1F, 0x8B], file[..2]);
        Assert.Empty(Safetensors.Read(new MemoryStream(file), "f").Arrays);
    }

    [Fact]
    public void What_isnt_whole_is_not_written()
    {
        var twice = Sample();
        twice.Arrays.Add(twice.Arrays[0]);
        Assert.Throws<ArgumentException>(() => Written(twice));
        var wrong = new SafetensorsContent();
        wrong.Arrays.Add(new("a", "F32", [2], new byte[7]));
        Assert.Throws<ArgumentException>(() => Written(wrong));
    }

    [NumpyFact]
    public void Python_reads_what_winnow_writes_and_the_other_way_round()
    {
        using var folder = new TemporaryFolder();
        var content = Sample();
        content.Arrays.Add(new("half", "F16", [2], Fixtures.Bytes((Half)0.5, (Half)(-2))));
        content.Arrays.Add(new("flags", "BOOL", [3], new byte[] { 1, 0, 1 }));
        System.IO.File.WriteAllBytes(folder["w.safetensors"], Written(content));
        const string script = """
            import json, sys, numpy as np
            data = open(sys.argv[1] + '/w.safetensors', 'rb').read()
            start = 8 + int.from_bytes(data[:8], 'little')
            header = json.loads(data[8:start])
            types = {'F32': '<f4', 'F16': '<f2', 'I64': '<i8', 'BOOL': '?'}
            assert header.pop('__metadata__') == {'format': 'pt', 'ä': 'ü'}
            ends, arrays = 0, {}
            for name, entry in header.items():
                first, end = entry['data_offsets']
                assert first == ends and (start + first) % np.dtype(types[entry['dtype']]).itemsize == 0, name
                arrays[name], ends = np.frombuffer(data[start + first:start + end], types[entry['dtype']]).reshape(entry['shape']), end
            assert start + ends == len(data)
            assert arrays['layer.weight'].tolist() == [[1.5, 2.0, -3.0], [4.0, 5.0, 6.0]]
            assert arrays['num_batches_tracked'].shape == () and arrays['num_batches_tracked'] == 7
            assert arrays['half'].tolist() == [0.5, -2] and arrays['flags'].tolist() == [True, False, True]
            # As safetensors' own writer: sorted by type and name, the header in whatever order a hash map gives.
            x, y = np.arange(6, dtype='<i4').reshape(2, 3), np.array(2.5, '<f8')
            names = {'x': {'dtype': 'I32', 'shape': [2, 3], 'data_offsets': [8, 32]}, 'y': {'dtype': 'F64', 'shape': [], 'data_offsets': [0, 8]}}
            text = json.dumps(names, indent=1).encode()
            open(sys.argv[1] + '/p.safetensors', 'wb').write(len(text).to_bytes(8, 'little') + text + y.tobytes() + x.tobytes())
            """;
        var (code, output) = Python.Run(script, folder.Path);
        Assert.True(code == 0, output);
        var read = Safetensors.Read(folder["p.safetensors"]);
        Assert.Equal(["y: F64[]", "x: I32[2, 3]"], read.Arrays.Select(static array => $"{array.Name}: {array.Description}"));
        Assert.Equal(Fixtures.Bytes(2.5), read.Find("y")!.Data.ToArray());
        Assert.Equal(Fixtures.Bytes(0, 1, 2, 3, 4, 5), read.Find("x")!.Data.ToArray());
    }

    internal static SafetensorsContent Sample()
    {
        var content = new SafetensorsContent();
        content.Metadata.Add(new("format", "pt"));
        content.Metadata.Add(new("ä", "ü"));
        content.Arrays.Add(new("layer.weight", "F32", [2, 3], Fixtures.Bytes(1.5f, 2, -3, 4, 5, 6)));
        content.Arrays.Add(new("num_batches_tracked", "I64", [], Fixtures.Bytes(7L)));
        return content;
    }

    internal static byte[] Written(SafetensorsContent content)
    {
        var stream = new MemoryStream();
        Safetensors.Write(stream, content);
        return stream.ToArray();
    }

    private static byte[] File(string json, int data)
    {
        var text = Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[data]];
    }

    private static void Read(byte[] file, bool oneWay) => Safetensors.Read(oneWay ? new OneWayStream(file, 7) : new MemoryStream(file), "w.safetensors");

    private static string Message(byte[] file, bool oneWay = false) => Assert.Throws<DataFormatException>(() => Read(file, oneWay)).Message;
}
