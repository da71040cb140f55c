using System.Globalization;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public sealed class PngTests : IDisposable
{
    // Python's zlib reads the chunks, compares their checksums and unpacks the rows.
    private const string Reader = """
        import struct, sys, zlib
        file = open(sys.argv[1], 'rb').read()
        assert file[:8] == b'\x89PNG\r\n\x1a\n'
        at, names, data = 8, [], b''
        while at < len(file):
            length, name = struct.unpack('>I4s', file[at:at + 8])
            content = file[at + 8:at + 8 + length]
            assert struct.unpack('>I', file[at + 8 + length:at + 12 + length])[0] == zlib.crc32(name + content)
            names.append(name.decode())
            data += content if name == b'IDAT' else b''
            header = struct.unpack('>IIBBBBB', content) if name == b'IHDR' else header
            at += 12 + length
        assert names[0] == 'IHDR' and names[-1] == 'IEND' and at == len(file)
        width, height, bits, colour = header[:4]
        channels = {0: 1, 2: 3, 6: 4}[colour]
        rows, stride = zlib.decompress(data), width * channels + 1
        assert bits == 8 and header[4:] == (0, 0, 0) and len(rows) == stride * height and all(rows[y * stride] == 0 for y in range(height))
        print(width, height, channels, b''.join(rows[y * stride + 1:(y + 1) * stride] for y in range(height)).hex())
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NumpyFact]
    public void Another_reader_finds_the_same_pixels()
    {
        foreach ((var width, var height, var channels) in new[] { (1, 1, 1), (28, 28, 1), (5, 3, 3), (3, 7, 4), (300, 2, 3) })
        {
            byte[] pixels = [.. Enumerable.Range(0, width * height * channels).Select(static k => (byte)((k * 37) ^ (k >> 3)))];
            Assert.Equal((width, height, channels, Convert.ToHexStringLower(pixels)), Read(width, height, channels, pixels));
        }
    }

    [Fact]
    public void What_is_no_image_is_refused()
    {
        using var stream = new MemoryStream();
        Assert.Throws<ArgumentOutOfRangeException>(() => Png.Write(stream, 0, 1, 1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Png.Write(stream, 1, -1, 1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Png.Write(stream, 1, 1, 2, [1, 2]));
        Assert.Throws<ArgumentException>(() => Png.Write(stream, 2, 2, 1, [1, 2, 3]));
        Assert.Equal(0, stream.Length);
    }

    [NumpyFact]
    public void A_picture_has_its_channels_side_by_side_and_is_averaged_where_it_is_large()
    {
        // Two images [3, 2, 2]: planes become pixels.
        var set = SampleSet.FromBytes("colours", [3, 2, 2], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 }, new[] { 0, 1 });
        Assert.Equal((2, 2, 3, "15191d161a1e171b1f181c20"), Read(set.Picture(1)));

        // 5 x 3 in squares of two, the last row and column of what is left.
        var grey = SampleSet.FromBytes("grey", [1, 3, 5], new byte[] { 0, 10, 20, 30, 40, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 }, new[] { 0 });
        Assert.Equal((3, 2, 1, Convert.ToHexStringLower([10, 30, 45, 65, 85, 100])), Read(grey.Picture(0, largest: 4)));

        // Floats from the smallest to the largest; two channels are no colours, so the first is shown.
        var floats = SampleSet.FromFloats("floats", [2, 1, 3], [-1f, 0, 1, -1, -1, -1], new[] { 0 });
        Assert.Equal((3, 1, 1, "0080ff"), Read(floats.Picture(0)));
        var flat = SampleSet.FromFloats("flat", [1, 1, 2], [3f, 3], new[] { 0 });
        Assert.Equal((2, 1, 1, "0000"), Read(flat.Picture(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Picture(2));
        Assert.Throws<InvalidOperationException>(() => SampleSet.FromFloats("table", [2], [1f, 2], new[] { 0 }).Picture(0));
        Assert.Equal([21f, 22, 23], set.Values(1)[..3]);
        Assert.Equal([3f, 3], flat.Values(0));
    }

    private (int Width, int Height, int Channels, string Pixels) Read(int width, int height, int channels, byte[] pixels)
    {
        using var stream = new MemoryStream();
        Png.Write(stream, width, height, channels, pixels);
        return Read(stream.ToArray());
    }

    private (int Width, int Height, int Channels, string Pixels) Read(byte[] png)
    {
        File.WriteAllBytes(_folder["a.png"], png);
        (var code, var output) = Python.Run(Reader, _folder["a.png"]);
        Assert.True(code == 0, output);
        var words = output.Trim().Split(' ');
        return (Int(words[0]), Int(words[1]), Int(words[2]), words[3]);

        static int Int(string word) => int.Parse(word, CultureInfo.InvariantCulture);
    }
}
