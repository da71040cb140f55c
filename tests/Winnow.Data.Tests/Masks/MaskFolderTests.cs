using SkiaSharp;
using Winnow.Data.Tests.Pictures;

namespace Winnow.Data.Tests.Masks;

public sealed class MaskFolderTests : IDisposable
{
    private const int Side = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Masks_are_scaled_to_the_nearest_pixel_and_belong_to_the_picture_of_their_name()
    {
        // Twice as large and wider than high: only the middle square is taken.
        for (var k = 0; k < 12; k++)
        {
            Write(k, 24, 16, (x, y) => (byte)(x < 4 ? 9 : (x - 4) / 4 == k % 4 ? 1 + (k % 2) : y >= 14 ? 255 : 0));
        }

        _folder.Write("masks/lonely.png", MaskedPictures.Mask(2, 2, static (_, _) => 0));
        _folder.Write("classes.txt", "sky\ncat\ndog\n3\n4\n5\n6\n7\n8\nnever\n\n"u8.ToArray());
        var data = Open();
        Assert.Equal((10, 2, 10), (data.Train.Count, data.Test.Count, data.Train.Classes));
        Assert.Equal("dog", data.Train.ClassNames![2]);
        Assert.StartsWith("1 masks without a picture (masks/lonely.png) were left out.", data.Note, StringComparison.Ordinal);
        Assert.All([data.Train, data.Test], static set =>
        {
            for (var id = 0; id < set.Count; id++)
            {
                var k = set.Row(id);
                Assert.Equal(1 + (k % 2), set.Labels[id]);
                for (var p = 0; p < Side * Side; p++)
                {
                    // Pixel p shows the columns 4 + 2x and the next of the file: all four of a stripe are of one class.
                    var (x, y) = (p % Side, p / Side);
                    Assert.Equal(x / 2 == k % 4 ? 1 + (k % 2) : y == 7 ? LoadedData.IgnoredPixel : 0, set.Bytes[(((id * 4) + 3) * Side * Side) + p]);
                }

                Assert.InRange(set.Bytes[(id * 4) + 2], 0, 255);
            }
        });
    }

    [Fact]
    public void Without_names_there_are_as_many_classes_as_the_masks_have()
    {
        foreach (var k in Enumerable.Range(0, 12))
        {
            Write(k, Side, Side, (x, _) => (byte)(x == k % 8 ? 3 : 0));
        }

        var data = Open();
        Assert.Equal(["0", "1", "2", "3"], data.Train.ClassNames);
        Assert.Equal(12, data.Train.Count + data.Test.Count);
        Assert.EndsWith("2 of 12 pictures are held out as the test part, those of one unit and equal ones together.", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_pictures_stay_together()
    {
        foreach (var k in Enumerable.Range(0, 60))
        {
            Write(k, Side, Side, (x, _) => (byte)(x == k % 8 ? 1 : 0), blue: (byte)(k / 3));
        }

        var data = Open();
        int[] Blues(SampleSet set) => [.. Enumerable.Range(0, set.Count).Select(set.Row).Select(static row => row / 3).Distinct()];
        Assert.Equal(20, Blues(data.Train).Length + Blues(data.Test).Length);
        Assert.InRange(data.Test.Count, 9, 10);
    }

    [Theory]
    [InlineData("test")]
    [InlineData("val")]
    public void Parts_are_taken_as_they_are(string second)
    {
        foreach (var k in Enumerable.Range(0, 6))
        {
            Write(k, Side, Side, (x, _) => (byte)(x == k ? 1 : 0), prefix: k < 4 ? "train/" : second + "/");
        }

        var data = Open();
        Assert.Equal((4, 2), (data.Train.Count, data.Test.Count));
        Assert.Null(data.Note);
    }

    [Fact]
    public void What_cant_be_used_is_refused_by_name_or_left_out()
    {
        foreach (var k in Enumerable.Range(0, 14))
        {
            Write(k, Side, Side, (x, _) => (byte)(x == k % 8 ? 1 : 0));
        }

        _folder.Write("classes.txt", "a\nb"u8.ToArray());
        File.Delete(_folder["masks/00.png"]);
        _folder.Write("masks/01.png", MaskedPictures.Mask(5, 8, static (_, _) => 0));
        _folder.Write("masks/02.png", MaskedPictures.Mask(8, 8, static (x, y) => (byte)(x == 3 && y == 2 ? 7 : 0)));
        _folder.Write("masks/03.png", TestPictures.Make(8, 8, 1));
        _folder.Write("masks/04.png", "text"u8.ToArray());
        const string Which = "images/00.png has no mask: there is no PNG of that name in masks/; images/01.png has a mask that is 5 x 8 pixels where the picture is 8 x 8; "
            + "images/02.png has a mask that has class 7 at row 2, column 3, and classes.txt names 2 classes, 0 to 1; "
            + "images/03.png has a mask that holds colours and not a class a pixel; save it as a PNG with a palette, or in grey, of at most 8 bits; images/04.png has a mask that is no PNG";
        Assert.Equal($"{_folder.Path}: 5 of 14 pictures can't be used: {Which}. Mend them or take them away, or leave them out with SkipCorrupt.", Message());
        var data = Open(skip: true);
        Assert.Equal(9, data.Train.Count + data.Test.Count);
        Assert.InRange(Enumerable.Range(0, data.Train.Count).Min(data.Train.Row), 5, 6);
        _folder.Write("masks/04.png", TestPictures.Png(("IHDR", TestPictures.Header(60000, 60000, 8, 0)), ("IEND", [])));
        Assert.Contains("images/04.png has a mask that is 60000 x 60000 pixels", Open(skip: true).Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_its_exif_data_turn_has_no_mask_that_fits()
    {
        foreach (var k in Enumerable.Range(0, 12))
        {
            Write(k, Side, Side, (x, _) => (byte)(x == k % 8 ? 1 : 0));
        }

        File.Delete(_folder["images/00.png"]);
        _folder.Write("images/00.jpg", TestPictures.Turned(TestPictures.Make(8, 8, 5, SKEncodedImageFormat.Jpeg), 6));
        Assert.Contains("images/00.jpg is turned by its EXIF data, and its mask isn't; save it upright", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_mean_something_else_are_refused()
    {
        Write(0, Side, Side, static (x, _) => (byte)(x < 3 ? 255 : 0));
        Assert.Equal($"{_folder.Path} has images/ and masks/, pictures with the class of each of their pixels; read them with Masks.", Message(masks: false));
        Assert.Equal($"{_folder.Path}: its masks hold 0 and 255 alone, and 255 says that a pixel has no class. If it means the object, save 1 in its place.", Message());
        Write(0, Side, Side, static (_, _) => 255);
        Assert.Equal($"{_folder.Path}: all pixels of all masks are 255, which says that they have no class; classes are numbered from 0.", Message());
        Write(0, Side, Side, static (_, _) => 0);
        Assert.Equal($"{_folder.Path}: its masks hold class 0 alone; at least two classes are needed to learn which is which.", Message());
        _folder.Write("images/00.jpg", TestPictures.Make(8, 8, 5, SKEncodedImageFormat.Jpeg));
        Assert.Equal($"{_folder.Path}: images/00.jpg and images/00.png would have the same mask; call them differently.", Message());
        File.Delete(_folder["images/00.jpg"]);
        Write(0, Side, Side, static (x, _) => (byte)(x < 3 ? 1 : 0));
        Assert.StartsWith($"{_folder.Path}: there is no test/ or val/, and holding out 0.1667 of each class, pictures of one unit and equal ones together, leaves 1 pictures to train on and 0 to test on.", Message(), StringComparison.Ordinal);
        foreach (var (text, message) in new[] { ("a\n\nb", "line 2 is empty; it holds the name of a class a line, that of class 0 first."), ("a\nb\na", "\"a\" stands there twice; give each class a name of its own."), ("a", "names 1 classes; there are 2 to 255, one a line, that of class 0 first.") })
        {
            File.WriteAllText(_folder["classes.txt"], text);
            Assert.Equal($"{_folder["classes.txt"]}: {message}", Message());
        }
    }

    private void Write(int k, int width, int height, Func<int, int, byte> mask, byte? blue = null, string prefix = "")
    {
        _folder.Write(FormattableString.Invariant($"{prefix}images/{k:00}.png"), TestPictures.Make(width, height, blue ?? (byte)(k + 1)));
        _folder.Write(FormattableString.Invariant($"{prefix}masks/{k:00}.png"), MaskedPictures.Mask(width, height, mask));
    }

    private LoadedData Open(bool skip = false) => DataSources.Open(_folder.Path, new() { Masks = true, ImageSize = Side, CacheFolder = null, SkipCorrupt = skip });

    private string Message(bool masks = true) => Assert.ThrowsAny<DataException>(() => DataSources.Open(_folder.Path, new() { Masks = masks, ImageSize = Side, CacheFolder = null })).Message;
}
