using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class IdxTests
{
    private static readonly byte[] s_valid = Fixtures.Idx([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 3, 2, 2);

    [Fact]
    public void Reads_images_in_row_major_order()
    {
        (var shape, var data) = Idx.Read(new MemoryStream(s_valid), "x", 3);
        Assert.Equal([3, 2, 2], shape);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], data.ToArray());
    }

    [Fact]
    public void Recognises_gzip_by_its_first_bytes_and_from_a_pipe()
    {
        Assert.Equal(12, Idx.Read(new MemoryStream(Fixtures.Gzip(s_valid)), "raw-name", 3).Data.Length);
        Assert.Equal(12, Idx.Read(new OneWayStream(Fixtures.Gzip(s_valid), 3), "pipe", 3).Data.Length);
        Assert.Equal(12, Idx.Read(new OneWayStream(s_valid, 3), "pipe.gz", 3).Data.Length);
    }

    [Fact]
    public void Reads_large_files_of_unknown_length_whole()
    {
        var data = new byte[1_000_003];
        new Random(1).NextBytes(data);
        var file = Fixtures.Idx(data, data.Length);
        Assert.Equal(data, Idx.Read(new MemoryStream(Fixtures.Gzip(file)), "x", 1).Data.ToArray());
        Assert.Equal(data, Idx.Read(new OneWayStream(file), "x", 1).Data.ToArray());
        Assert.Equal(data, Idx.Read(new MemoryStream(file), "x", 1).Data.ToArray());
    }

    public static TheoryData<string, byte[], long, string> Damages => new()
    {
        { "empty", [], 0, "x: at byte 0: expected the IDX header (4 bytes from byte 0), found the end of the file. The file is truncated; fetch it again." },
        { "foreign", "PK\x3\x4 a zip"u8.ToArray(), 0, "x: at byte 0: expected two zero bytes, the start of an IDX file, found 50 4b. This is another kind of file." },
        { "floats", [0, 0, 13, 3, .. s_valid[4..]], 2, "x: at byte 2: expected type 08, unsigned bytes, found 0d (32-bit floats). Other types are read from npy files: x.npy and y.npy in a folder." },
        { "labels for images", Fixtures.Idx([1, 2], 2), 3, "x: at byte 3: expected 3 extents, found 1. Is this the file of labels?" },
        { "no samples", Fixtures.Idx([], 0, 2, 2), 4, "x: at byte 4: expected an extent of at least 1, found 0. The file holds no samples." },
        { "truncated", s_valid[..20], 16, "x: at byte 16: expected 12 bytes of samples (3 x 2 x 2), found 4 up to the end of the file. The file is truncated or its header lies; fetch it again." },
        { "lying", Fixtures.Idx([1], 30_000, 200, 200), 16, "x: at byte 16: expected 1200000000 bytes of samples (30000 x 200 x 200), found 1 up to the end of the file. The file is truncated or its header lies; fetch it again." },
        { "too large", Fixtures.Idx([1], int.MaxValue, 2, 2), 4, "x: at byte 4: expected at most 2147483591 bytes of samples, found an extent of 2147483647 that goes beyond." },
        { "negative", Fixtures.Idx([1], -1, 2, 2), 4, "x: at byte 4: expected at most 2147483591 bytes of samples, found an extent of 4294967295 that goes beyond." },
        { "overflowing", Fixtures.Idx([1], 1 << 16, 1 << 16, 1 << 16), 8, "x: at byte 8: expected at most 2147483591 bytes of samples, found an extent of 65536 that goes beyond." },
        { "trailing", [.. s_valid, 1, 2], 28, "x: at byte 28: expected the end of the file after the last sample, found 2 more bytes." },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Says_where_a_damaged_file_is_wrong(string what, byte[] file, long offset, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Idx.Read(new MemoryStream(file), "x", 3));
        Assert.Equal(message, error.Message);
        Assert.True(offset == error.Offset, what);
    }

    [Fact]
    public void Notices_damage_inside_gzip()
    {
        byte[] packed = Fixtures.Gzip(s_valid), flipped = [.. packed];
        flipped[^6] ^= 1; // inside the checksum
        for (var cut = 1; cut < packed.Length - 2; cut++)
        {
            Assert.Throws<DataFormatException>(() => Idx.Read(new MemoryStream(packed[..^cut]), "x.gz", 3));
        }

        var behind = Assert.Throws<DataFormatException>(() => Idx.Read(new OneWayStream([.. packed, 1, 2, 3]), "x.gz", 3)).Message;
        Assert.Equal("x.gz (unpacked): at byte 28: expected the end of the file behind its gzip data, found other bytes, beginning with 01. "
            + "Something was appended; what stands before it is whole. Pack the data anew.", behind);
        var error = Assert.Throws<DataFormatException>(() => Idx.Read(new MemoryStream(flipped), "x.gz", 3));
        Assert.StartsWith("x.gz (unpacked): at byte 28: expected gzip's checksum and size, ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" and 28, found others, or the end of the file. The file is truncated or damaged; fetch it again.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_costs_what_it_unpacks_to_not_what_its_header_says()
    {
        var file = Fixtures.Gzip(Fixtures.Idx(new byte[300_000], 40_000, 200, 200));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataFormatException>(() => Idx.Read(new MemoryStream(file), "bomb", 3));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (4 * 300_000) + 200_000);
    }
}
