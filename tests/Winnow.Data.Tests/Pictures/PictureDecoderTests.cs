using SkiaSharp;
using Winnow.Data.Pictures;
using Winnow.Numerics;

namespace Winnow.Data.Tests.Pictures;

/// <summary>One file after the other, without a folder.</summary>
public class PictureDecoderTests
{
    private const int Side = 8;

    public static TheoryData<SKEncodedImageFormat, int> Formats => new()
    {
        { SKEncodedImageFormat.Png, 100 }, { SKEncodedImageFormat.Jpeg, 100 }, { SKEncodedImageFormat.Webp, 100 }, { SKEncodedImageFormat.Webp, 60 },
    };

    [Theory, MemberData(nameof(Formats))]
    public void Every_format_gives_what_it_shows(SKEncodedImageFormat format, int quality)
    {
        var pixels = Decoded(TestPictures.Make(Side, Side, 128, format, quality));
        var tolerance = format == SKEncodedImageFormat.Png ? 0 : 24; // colours are stored at half the size
        for (var i = 0; i < Side * Side; i++)
        {
            Assert.InRange(pixels[i], (255 * (i % Side) / Side) - tolerance, (255 * (i % Side) / Side) + tolerance);
            Assert.InRange(pixels[(Side * Side) + i], (255 * (i / Side) / Side) - tolerance, (255 * (i / Side) / Side) + tolerance);
            Assert.InRange(pixels[(2 * Side * Side) + i], 128 - tolerance, 128 + tolerance);
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void A_file_cut_off_anywhere_is_refused(SKEncodedImageFormat format, int quality)
    {
        var file = TestPictures.Make(40, 30, 128, format, quality);
        Assert.Null(Problem(file));
        for (var length = 0; length < file.Length; length++)
        {
            var problem = Problem(file[..length]);
            Assert.True(problem is PictureContainer.EndsEarly or PictureContainer.Damaged or PictureContainer.NoPicture or "is empty", $"{format} cut to {length} of {file.Length} bytes: {problem}");
            Assert.True(length < 12 || problem is PictureContainer.EndsEarly or PictureContainer.Damaged, $"{format} cut to {length} of {file.Length} bytes: {problem}");
        }
    }

    [Fact]
    public void Photographs_are_reduced_while_they_are_decoded_and_show_the_same()
    {
        var small = Decoded(TestPictures.Make(Side, Side, 128));
        var large = Decoded(TestPictures.Make(50 * Side, 50 * Side, 128, SKEncodedImageFormat.Jpeg));
        for (var i = 0; i < Side * Side; i++)
        {
            Assert.InRange(large[i] - (small[i] + (255 / (2 * Side))), -3, 3);
            Assert.InRange(large[(2 * Side * Side) + i], 125, 131);
        }
    }

    [Theory]
    [InlineData(1, "ABCD")]
    [InlineData(2, "BADC")]
    [InlineData(3, "DCBA")]
    [InlineData(4, "CDAB")]
    [InlineData(5, "ACBD")]
    [InlineData(6, "CADB")]
    [InlineData(7, "DBCA")]
    [InlineData(8, "BDAC")]
    public void Pictures_are_turned_as_their_EXIF_data_say(int orientation, string quarters)
    {
        // A B above C D, of one colour each.
        using var picture = new SKBitmap(2 * Side, 2 * Side);
        for (var i = 0; i < 4 * Side * Side; i++)
        {
            var (x, y) = (i % (2 * Side), i / (2 * Side));
            picture.SetPixel(x, y, new SKColor((byte)(40 + (60 * ((2 * (y / Side)) + (x / Side)))), 0, 0));
        }

        using var data = picture.Encode(SKEncodedImageFormat.Jpeg, 100);
        var pixels = Decoded(TestPictures.Turned(data.ToArray(), orientation));
        var corners = new[] { 0, Side - 1, Side * (Side - 1), (Side * Side) - 1 };
        Assert.Equal(quarters, string.Concat(corners.Select(corner => (char)('A' + (int)Math.Round((pixels[corner] - 40) / 60.0)))));
    }

    [Fact]
    public void What_is_transparent_is_white()
    {
        Assert.All(Decoded(TestPictures.Make(Side, Side, 0, opacity: 0)), static value => Assert.Equal(255, value));
        var half = Decoded(TestPictures.Make(Side, Side, 0, opacity: 51));
        Assert.All(half[(2 * Side * Side)..], static value => Assert.Equal(204, value));
    }

    [Fact]
    public void Grey_palettes_and_sixteen_bits_become_three_channels_of_eight()
    {
        byte[][] Rows(Func<int, byte[]> row) => [.. Enumerable.Range(0, Side).Select(row)];
        var grey = Decoded(TestPictures.Png(Side, Side, 8, 0, Rows(static y => [.. Enumerable.Repeat((byte)(10 * y), Side)])));
        var deep = Decoded(TestPictures.Png(Side, Side, 16, 0, Rows(static y => [.. Enumerable.Repeat(new[] { (byte)(10 * y), (byte)0 }, Side).SelectMany(static pair => pair)])));
        var palette = Decoded(TestPictures.Png(Side, Side, 8, 3, Rows(static y => [.. Enumerable.Repeat((byte)y, Side)]), ("PLTE", [.. Enumerable.Range(0, Side).SelectMany(static y => Enumerable.Repeat((byte)(10 * y), 3))])));
        Assert.All(Enumerable.Range(0, 3 * Side * Side), i => Assert.Equal((10 * (i / Side % Side), grey[i], grey[i]), (grey[i], deep[i], palette[i])));
    }

    [Fact]
    public void The_middle_square_is_taken()
    {
        // Three squares side by side: black, the gradient, black.
        using var picture = new SKBitmap(3 * 32, 32);
        picture.Erase(SKColors.Black);
        for (var i = 0; i < 32 * 32; i++)
        {
            picture.SetPixel(32 + (i % 32), i / 32, new SKColor(200, 100, 50));
        }

        using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
        var pixels = Decoded(data.ToArray());
        Assert.Equal((200, 100, 50), (pixels[27], pixels[64 + 27], pixels[128 + 27]));
    }

    [Fact]
    public void A_picture_that_would_fill_the_memory_is_refused_by_its_header()
    {
        const string Rest = "pixels, more than the 100 million that a picture may have";
        Assert.Equal($"is 60000 x 60000 {Rest}", Problem(TestPictures.Png(("IHDR", TestPictures.Header(60000, 60000)), ("IDAT", [1, 2, 3]), ("IEND", []))));
        Assert.Equal($"is -1 x 1 {Rest}".Replace("-1", "4294967295", StringComparison.Ordinal), Problem(TestPictures.Png(("IHDR", TestPictures.Header(-1, 1)), ("IEND", []))));
        var jpeg = TestPictures.Make(16, 16, 0, SKEncodedImageFormat.Jpeg);
        var frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        jpeg.AsSpan(frame + 5, 4).Fill(0xFF);
        Assert.Equal($"is 65535 x 65535 {Rest}", Problem(jpeg));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Changed_bytes_end_no_process(SKEncodedImageFormat format)
    {
        var random = Rng.Derive(1, 0, format.ToString()).Sequence();
        var file = TestPictures.Make(40, 30, 128, format, 80);
        int usable = 0, refused = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var broken = (byte[])file.Clone();
            for (var flips = random.Next(8) + 1; flips > 0; flips--)
            {
                broken[random.Next((uint)broken.Length)] ^= (byte)(1 << (int)random.Next(8));
            }

            _ = Problem(broken) is null ? usable++ : refused++;
        }

        Assert.InRange(refused, 100, 2000);
        Assert.InRange(usable, format == SKEncodedImageFormat.Png ? 0 : 1, 1900);
    }

    [Fact]
    public void What_stands_behind_a_picture_is_nobody_s_business()
    {
        foreach (var format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            var file = TestPictures.Make(20, 20, 9, format);
            Assert.Equal(Decoded(file), Decoded([.. file, .. new byte[100]]));
        }
    }

    private static byte[] Decoded(byte[] file)
    {
        var target = new byte[3 * Side * Side];
        Assert.Null(new PictureDecoder(Side).Decode(file, target));
        return target;
    }

    private static string? Problem(byte[] file) => new PictureDecoder(Side).Decode(file, new byte[3 * Side * Side]);
}
