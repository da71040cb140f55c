using System.Diagnostics;
using System.IO.Compression;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

/// <summary>Packed files of one member and of several, whole, torn and with something behind.</summary>
public class GzipTests
{
    private static readonly byte[] s_data = Data(100_000, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(200)]
    public void Members_one_behind_the_other_are_one_file(int members)
    {
        byte[] file = [.. Split(s_data, members).SelectMany(Fixtures.Gzip)];
        Assert.Equal(s_data, Read(new MemoryStream(file)));
        Assert.Equal(s_data, Read(new OneWayStream(file, 1)));
        Assert.Equal(s_data, Read(new OneWayStream(file, 4099)));
    }

    [Fact]
    public void A_file_of_two_members_is_read_like_its_parts()
    {
        var labels = Fixtures.Idx([.. Enumerable.Range(0, 100).Select(static k => (byte)k)], 100);
        byte[] file = [.. Fixtures.Gzip(labels[..60]), .. Fixtures.Gzip(labels[60..])];
        Assert.Equal(100, Idx.Read(new MemoryStream(file), "y.gz", 1).Data.Length);
    }

    // Wherever the end of a member falls among the pieces that the decoder takes, and whether it packs well or not at all.
    [Theory]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Ends_are_found_wherever_they_lie(CompressionLevel level)
    {
        var behind = Gzip(Data(50, 2), CompressionLevel.Optimal);
        for (var length = 8100; length < 8300; length++)
        {
            var data = Data(length, length);
            byte[] file = [.. Gzip(data, level), .. behind];
            Assert.Equal([.. data, .. Data(50, 2)], Read(new MemoryStream(file)));
            Assert.Throws<DataFormatException>(() => Read(new MemoryStream(file[..^1])));
        }
    }

    [Fact]
    public void Empty_members_count_for_nothing()
    {
        byte[] file = [.. Fixtures.Gzip([]), .. Gzip([], CompressionLevel.NoCompression), .. Fixtures.Gzip(s_data), .. Fixtures.Gzip([])];
        Assert.Equal(s_data, Read(new MemoryStream(file)));
        Assert.Empty(Read(new MemoryStream(Fixtures.Gzip([]))));
    }

    [Fact]
    public void A_header_may_hold_a_name_a_comment_and_more()
    {
        var plain = Fixtures.Gzip(s_data);
        byte[] file = [0x1F, 0x8B, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3, 3, 0, 9, 8, 7, .. "name\0"u8, .. "a comment\0"u8, 0xAB, 0xCD, .. plain[10..]];
        Assert.Equal([.. s_data, .. s_data], Read(new MemoryStream([.. file, .. file])));
    }

    [Fact]
    public void Zeros_behind_are_a_tapes_padding()
    {
        byte[] file = [.. Fixtures.Gzip(s_data), .. new byte[10_000]];
        Assert.Equal(s_data, Read(new MemoryStream(file)));
        Assert.Contains("beginning with 07", Assert.Throws<DataFormatException>(() => Read(new MemoryStream([.. file, 7]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_file_and_foreign_bytes_behind_a_whole_one_are_told_apart()
    {
        byte[] first = Fixtures.Gzip(s_data[..500]), second = Fixtures.Gzip(s_data[500..600]);
        byte[] both = [.. first, .. second];
        for (var length = 2; length < both.Length; length++)
        {
            if (length == first.Length)
            {
                continue;
            }

            var error = Assert.Throws<DataFormatException>(() => Read(new MemoryStream(both[..length])));

            // One byte of a second member tells nothing of it yet.
            Assert.Contains(length == first.Length + 1 ? "Something was appended" : "truncated", error.Message, StringComparison.Ordinal);
        }

        foreach (var foreign in new byte[][] { [1], [0x1F], [0x1F, 1], [.. "PK\x3\x4 and so on"u8], [0, 0, 0, 5], Data(20_000, 3) })
        {
            var error = Assert.Throws<DataFormatException>(() => Read(new MemoryStream([.. both, .. foreign])));
            Assert.Contains("Something was appended; what stands before it is whole", error.Message, StringComparison.Ordinal);
            Assert.Equal(600, error.Offset);
        }
    }

    [Fact]
    public void Damage_is_found_in_every_member()
    {
        byte[] first = Fixtures.Gzip(s_data[..500]), second = Fixtures.Gzip(s_data[500..600]);
        foreach (var at in new[] { first.Length - 8, first.Length - 1, first.Length + second.Length - 8, first.Length + second.Length - 1, first.Length + 2, first.Length + 3 })
        {
            byte[] file = [.. first, .. second];
            file[at] ^= 0xE0;
            Assert.Throws<DataFormatException>(() => Read(new MemoryStream(file)));
        }
    }

    [Fact]
    public void Unlike_the_runtimes_reader_it_loses_and_invents_nothing_in_damaged_files()
    {
        byte[] valid = [.. Fixtures.Gzip(s_data[..300]), .. Fixtures.Gzip(s_data[300..500])];
        var random = new Random(11);
        for (var k = 0; k < 20_000; k++)
        {
            byte[] file = [.. valid];
            file[random.Next(2, file.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                // Flags of the header that announce nothing, its time and its system: all that may differ without harm.
                Assert.Equal(s_data[..500], Read(new MemoryStream(file)));
            }
            catch (DataFormatException)
            {
            }
        }
    }

    // What gzip itself makes of two files.
    [Fact]
    public void Files_of_the_gzip_program_are_read()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a", s_data);
        folder.Write("b", Data(70_000, 4));
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"cd {folder.Path} && gzip -k a && gzip -k1 b && cat a.gz b.gz > both.gz"]))!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        using var stream = File.OpenRead(folder["both.gz"]);
        Assert.Equal([.. s_data, .. Data(70_000, 4)], Read(stream));
    }

    private static byte[] Read(Stream stream)
    {
        using var source = ByteSource.Open(stream, "f");
        var all = new List<byte>();
        var buffer = new byte[1000];
        while (source.ReadSome(buffer) is > 0 and var n)
        {
            all.AddRange(buffer.AsSpan(0, n));
        }

        return [.. all];
    }

    // Half of it packs well.
    private static byte[] Data(int length, int seed)
    {
        var data = new byte[length];
        new Random(seed).NextBytes(data.AsSpan(0, length / 2));
        return data;
    }

    private static IEnumerable<byte[]> Split(byte[] data, int parts) => Enumerable.Range(0, parts).Select(k => data[(data.Length * k / parts)..(data.Length * (k + 1) / parts)]);

    private static byte[] Gzip(byte[] data, CompressionLevel level)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }
}
