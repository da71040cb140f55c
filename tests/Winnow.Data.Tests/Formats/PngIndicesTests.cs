using SkiaSharp;
using Winnow.Data.Formats;
using Winnow.Data.Pictures;
using Winnow.Data.Tests.Pictures;

namespace Winnow.Data.Tests.Formats;

public sealed class PngIndicesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Numbers_come_back_as_they_were_packed_whatever_the_palette(byte bits)
    {
        const int Width = 13, Height = 5;
        byte[] numbers = [.. Enumerable.Range(0, Width * Height).Select(p => (byte)((p * 37) % (1 << bits)))];
        byte[][] rows = [.. numbers.Chunk(Width).Select(Packed)];

        // A palette in which all entries are the same colour.
        foreach (var file in new[] { TestPictures.Png(Width, Height, bits, 3, rows, ("PLTE", new byte[3 * (1 << bits)])), TestPictures.Png(Width, Height, bits, 0, rows) })
        {
            Assert.Null(PngIndices.Read(file, out var width, out var height, out var found));
            Assert.Equal((Width, Height), (width, height));
            Assert.Equal(numbers, found);
        }

        byte[] Packed(byte[] row)
        {
            var packed = new byte[((row.Length * bits) + 7) / 8];
            for (var x = 0; x < row.Length; x++)
            {
                packed[x * bits / 8] |= (byte)(row[x] << (8 - bits - (x * bits % 8)));
            }

            return packed;
        }
    }

    // SkiaSharp's encoder uses all of the format's filters.
    [Fact]
    public void Filtered_rows_are_what_another_decoder_reads()
    {
        using var picture = new SKBitmap(new SKImageInfo(61, 47, SKColorType.Gray8, SKAlphaType.Opaque));
        var random = new Random(3);
        var bytes = new byte[61 * 47];
        for (var p = 0; p < bytes.Length; p++)
        {
            bytes[p] = (byte)((p % 61 * 3) + (p / 61 * 2) + random.Next(4));
        }

        System.Runtime.InteropServices.Marshal.Copy(bytes, 0, picture.GetPixels(), bytes.Length);
        Assert.Equal(61, picture.RowBytes);
        foreach (var filter in new[] { SKPngEncoderFilterFlags.NoFilters, SKPngEncoderFilterFlags.Sub, SKPngEncoderFilterFlags.Up, SKPngEncoderFilterFlags.Avg, SKPngEncoderFilterFlags.Paeth, SKPngEncoderFilterFlags.AllFilters })
        {
            using var pixels = picture.PeekPixels();
            using var data = pixels.Encode(new SKPngEncoderOptions(filter, 6))!;
            Assert.Null(PngIndices.Read(data.ToArray(), out _, out _, out var found));
            Assert.Equal(bytes, found);
        }
    }

    [Fact]
    public void What_holds_no_numbers_is_refused()
    {
        Assert.StartsWith("holds colours", PngIndices.Read(TestPictures.Make(4, 4, 1), out _, out _, out _), StringComparison.Ordinal);
        Assert.StartsWith("holds numbers of 16 bits", PngIndices.Read(TestPictures.Png(1, 1, 16, 0, [[0, 1]]), out _, out _, out _), StringComparison.Ordinal);
        Assert.Equal("is no PNG", PngIndices.Read(TestPictures.Make(4, 4, 1, SKEncodedImageFormat.Jpeg), out _, out _, out _));
        Assert.Equal("is no PNG", PngIndices.Read("text and more text"u8, out _, out _, out _));
        var header = TestPictures.Header(1, 1, 8, 0);
        header[12] = 1;
        Assert.Equal("is interlaced; save it without", PngIndices.Read(TestPictures.Png(("IHDR", header), ("IEND", [])), out _, out _, out _));
        Assert.Equal(PictureContainer.Damaged, PngIndices.Read(TestPictures.Png(("IHDR", TestPictures.Header(4, 4, 8, 0)), ("IEND", [])), out _, out _, out _));
    }

    [Fact]
    public void Damage_is_found_and_throws_nothing()
    {
        var file = TestPictures.Png(9, 9, 8, 0, [.. Enumerable.Range(0, 9).Select(static y => Enumerable.Range(0, 9).Select(x => (byte)(x * y)).ToArray())]);
        for (var length = 0; length < file.Length; length++)
        {
            Assert.NotNull(PngIndices.Read(file.AsSpan(0, length), out _, out _, out _));
        }

        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. file];
                damaged[at] ^= (byte)(1 << bit);
                Assert.NotNull(PngIndices.Read(damaged, out _, out _, out _));
            }
        }
    }
}
