using SkiaSharp;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Pictures;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void Classes_and_files_are_in_the_order_of_their_names()
    {
        // By culture Ä and b would stand elsewhere, and '-' comes before '/'.
        foreach (var (name, blue) in new[] { ("b/1.png", 20), ("b/10.PNG", 30), ("b/2.png", 40), ("b-2/deep/er/x.png", 10), ("Z/a.png", 5), ("Ä/a.png", 50), ("b/.hidden.png", 60), ("b/._x.jpg", 61) })
        {
            _folder.Write(name, TestPictures.Make(8, 8, (byte)blue));
        }

        _folder.Write("__MACOSX/b/1.png", [1]);
        var all = Open(new() { Holdout = 0.34 });
        Assert.Equal(["Z", "b", "b-2", "Ä"], all.Train.ClassNames);
        Assert.Equal([5, 10, 20, 30, 50], Blues(all.Train));
        Assert.Equal([0, 2, 1, 1, 3], all.Train.Labels.ToArray());
        Assert.Equal([0, 1, 2, 3, 5], Enumerable.Range(0, 5).Select(all.Train.Row));
        Assert.Equal([40], Blues(all.Test));
        Assert.Equal([3, 8, 8], all.Train.Shape.ToArray());
        Assert.Equal(8, all.ImageSize);
        Assert.Equal("There is no test/ or val/: 1 of 6 pictures (0.34 of every class, evenly spaced in the order of their names) are held out as the test part.", all.Note);
    }

    [Fact]
    public void A_sixth_of_every_class_is_held_out_where_there_is_no_test_part()
    {
        TestPictures.Classes(_folder, "", 6, "cat", "dog");
        var data = Open();
        Assert.Equal((10, 2, 2), (data.Train.Count, data.Test.Count, data.Test.Classes));
        Assert.Equal([6, 12], Blues(data.Test));
        Assert.Equal(["cat", "dog"], data.Test.ClassNames);
        Assert.Equal($"{Path.GetFileName(_folder.Path)}: 10 training and 2 test images of 3 x 8 x 8 (bytes), 2 classes", data.Description);
    }

    // Whether that is enough is the task's to say: a masked autoencoder needs no classes.
    [Fact]
    public void One_class_is_a_data_set()
    {
        TestPictures.Classes(_folder, "", 6, "cat");
        var data = Open();
        Assert.Equal((5, 1, 1), (data.Train.Count, data.Test.Count, data.Train.Classes));
        Assert.Equal(["cat"], data.Train.ClassNames);
    }

    [Theory]
    [InlineData("train", "test")]
    [InlineData("train", "val")]
    [InlineData("Train", "Test")]
    public void Parts_stand_above_the_classes(string train, string test)
    {
        TestPictures.Classes(_folder, train + "/", 2, "cat", "dog");
        TestPictures.Classes(_folder, test + "/", 1, "cat", "dog", "owl");
        var data = Open();
        Assert.Equal((4, 3, 3, 3), (data.Train.Count, data.Test.Count, data.Train.Classes, data.Test.Classes));
        Assert.Equal([0, 0, 1, 1], data.Train.Labels.ToArray());
        Assert.Equal([0, 1, 2], data.Test.Labels.ToArray());
        Assert.Null(data.Note);
    }

    [Fact]
    public void What_is_not_used_is_told()
    {
        TestPictures.Classes(_folder, "train/", 2, "cat", "dog");
        TestPictures.Classes(_folder, "test/", 1, "cat", "dog");
        TestPictures.Classes(_folder, "val/", 1, "cat", "dog");
        _folder.Write("train/loose.png", [1]);
        _folder.Write("train/cat/notes.txt", [1]);
        _folder.Write("test/cat/old.gif", [1]);
        _folder.Write("README", [1]);
        _folder.Write(".DS_Store", [1]);
        Assert.Equal("val/ was left out: the test part is test/. 1 picture that lies in no class's folder (train/loose.png) was left out. 3 files that are no pictures (.gif, .txt, README) were left out.", Open().Note);
    }

    [Fact]
    public void Only_a_training_part_is_divided()
    {
        TestPictures.Classes(_folder, "train/", 6, "cat", "dog");
        Assert.Equal((10, 2), (Open().Train.Count, Open().Test.Count));
    }

    [Fact]
    public void Arrays_come_before_pictures_of_plots()
    {
        Npy.Write(_folder["x.npy"], NpyArray.Create<float>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 12, 1));
        Npy.Write(_folder["y.npy"], NpyArray.Create<int>([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]));
        TestPictures.Classes(_folder, "plots/", 1, "a", "b");
        Assert.Equal(1, DataSources.Open(_folder.Path).Train.SampleLength);
        Assert.Equal($"{Path.GetFileName(_folder.Path)} isn't made of pictures' files, so that its samples have the size that they have; leave out ImageSize.", Message());
        Assert.Equal($"{Path.GetFileName(_folder.Path)} isn't made of pictures' files, of which some could be left out; leave out SkipCorrupt.", Message(new() { ImageSize = null, SkipCorrupt = true }));
    }

    [Fact]
    public void What_can_not_be_used_is_refused_by_name_or_left_out()
    {
        TestPictures.Classes(_folder, "", 12, "cat", "dog");
        var whole = TestPictures.Make(40, 40, 7, SKEncodedImageFormat.Jpeg);
        _folder.Write("cat/00.png", []);
        _folder.Write("cat/01.png", "hello, I am text"u8.ToArray());
        _folder.Write("cat/03.png", whole[..^40]);
        _folder.Write("dog/00.png", TestPictures.Png(("IHDR", TestPictures.Header(60000, 60000)), ("IEND", [])));
        File.CreateSymbolicLink(_folder["dog/000.png"], _folder["nowhere.png"]);
        _folder.Write("dog/11.png", TestPictures.Png(("IHDR", TestPictures.Header(8, 8)), ("IDAT", [1, 2, 3]), ("IEND", [])));
        const string Which = "cat/00.png is empty; cat/01.png is no PNG, JPEG or WebP picture; cat/03.png ends too early; "
            + "dog/00.png is 60000 x 60000 pixels, more than the 100 million that a picture may have; dog/000.png isn't there, though the folder lists it; and 1 more";
        Assert.Equal($"{_folder.Path}: 6 of 25 pictures can't be used: {Which}. Mend them or take them away, or leave them out with SkipCorrupt.", Message());
        var data = Open(new() { SkipCorrupt = true });
        Assert.Equal($"6 of 25 pictures can't be used and were left out: {Which}. There is no test/ or val/: 2 of 19 pictures (0.1667 of every class, evenly spaced in the order of their names) are held out as the test part.", data.Note);
        Assert.Equal([3, 5, 6, 7, 8, 10, 11, 12, 14, 15, 16, 17, 18, 20, 21, 22, 23], Blues(data.Train));
        Assert.Equal([2, 4, 5], Enumerable.Range(0, 3).Select(data.Train.Row));
        File.Delete(_folder["dog/000.png"]);
    }

    [Fact]
    public void Folders_that_make_no_data_set_are_refused()
    {
        Assert.StartsWith($"{_folder.Path}: holds no data set that Winnow knows.", Message(new() { ImageSize = null }), StringComparison.Ordinal);
        _folder.Write("a.png", TestPictures.Make(8, 8, 1));
        Assert.Equal($"{_folder.Path}: 1 picture (a.png) but no folders; the class of a picture is the sub-folder that it is in, so make one a class and put the pictures there.", Message());
        TestPictures.Classes(_folder, "", 1, "cat");
        Assert.Equal($"{_folder.Path}: there is no test/ or val/, and holding out 0.1667 of every class of 1 pictures leaves 1 to train on and 0 to test on. Divide the classes' folders into train/ and test/, or add pictures.", Message());
        Directory.CreateDirectory(_folder["dog/.thumbs"]);
        Assert.Equal($"{_folder["dog"]}: holds no picture (.png, .jpg, .jpeg or .webp), though every sub-folder is a class. Put some in, or take the folder away.", Message());
        TestPictures.Classes(_folder, "", 1, "dog");
        Assert.Equal($"{_folder.Path}: there is no test/ or val/, and holding out 0.1667 of every class of 2 pictures leaves 2 to train on and 0 to test on. Divide the classes' folders into train/ and test/, or add pictures.", Message());
        TestPictures.Classes(_folder, "train/", 1, "dog", "cat");
        Assert.Equal($"{_folder.Path} has train/ beside cat/: whether they are classes, or parts of the data that have classes in them, can't be told. Let train/ and test/ (or val/) stand alone above the classes, or call the classes otherwise.", Message());
    }

    [Fact]
    public void A_class_of_which_nothing_is_left_is_refused()
    {
        TestPictures.Classes(_folder, "", 6, "cat", "dog");
        for (var i = 0; i < 6; i++)
        {
            _folder.Write($"dog/0{i}.png", [1]);
        }

        Assert.Equal($"{_folder.Path}: no picture like dog/00.png, of its class and part, can be used. Mend them, or take the class's folder away.", Message(new() { SkipCorrupt = true }));
    }

    [Fact]
    public void Sizes_outside_their_range_are_refused()
    {
        Assert.Equal("ImageSize 7 is not in [8, 1024]; it is the side in pixels that pictures are scaled to, e.g. 64.", Message(new() { ImageSize = 7 }));
        Assert.Equal("ImageSize 1025 is not in [8, 1024]; it is the side in pixels that pictures are scaled to, e.g. 64.", Message(new() { ImageSize = 1025 }));
        Assert.Equal("Threads 0 is less than 1; it is the number of threads that decode pictures.", Message(new() { Threads = 0 }));
    }

    // 700 names are enough for two gigabytes at the largest size, and nothing is decoded.
    [Fact]
    public void More_than_memory_can_hold_is_refused_before_anything_is_decoded()
    {
        for (var i = 0; i < 700; i++)
        {
            _folder.Write($"{i % 2}/{i}.png", []);
        }

        Assert.Equal(
            $"{_folder.Path} has 2202009600 bytes of samples, more than the {SampleSet.MaxBytes} that a set in memory may have; leave out Streaming, and they are read from their files.",
            Message(new() { ImageSize = 1024, Streaming = Streaming.Off }));
    }

    [Fact]
    public void Links_are_followed_but_not_in_circles()
    {
        using var elsewhere = new TemporaryFolder();
        TestPictures.Classes(elsewhere, "", 6, "cat", "dog");
        Directory.CreateSymbolicLink(_folder["a"], elsewhere["cat"]);
        Directory.CreateSymbolicLink(_folder["b"], elsewhere["dog"]);
        Assert.Equal(10, Open().Train.Count);
        Directory.CreateSymbolicLink(elsewhere["dog/round"], elsewhere["dog"]);
        Assert.Equal($"{_folder["b/round"]}: is a link to a folder that it is in, so that there would be no end of pictures. Take the link away.", Message());
    }

    [Fact]
    public void Threads_change_nothing_and_progress_is_told()
    {
        TestPictures.Classes(_folder, "", 40, "cat", "dog", "owl");
        _folder.Write("dog/07.png", [1]);
        var told = new List<DecodingProgress>();
        var prints = new[] { 1, 2, 7, 500 }.Select(threads => Open(new() { Threads = threads, SkipCorrupt = true, CacheFolder = null, Progress = told.Add }).Train.Fingerprint).Distinct();
        Assert.Single(prints);
        Assert.Equal(new DecodingProgress(120, 120), told[^1]);
        Assert.Equal(4, told.Count(static progress => progress.Done == 120));
    }

    [Fact]
    public void Who_listens_can_end_the_decoding()
    {
        TestPictures.Classes(_folder, "", 6, "cat", "dog");
        Assert.Throws<OperationCanceledException>(() => Open(new() { Progress = static _ => throw new OperationCanceledException() }));
        Assert.Equal(10, Open().Train.Count);
    }

    [Fact]
    public void A_limit_takes_of_every_class()
    {
        TestPictures.Classes(_folder, "", 12, "cat", "dog", "owl");
        var data = Open().Limited(6);
        Assert.Equal([0, 0, 1, 1, 2, 2], data.Train.Labels.ToArray());
    }

    private LoadedData Open(DataOptions? options = null)
    {
        options ??= new();
        return DataSources.Open(_folder.Path, options with { ImageSize = options.ImageSize ?? 8, CacheFolder = options.CacheFolder is null ? null : _cache.Path });
    }

    private string Message(DataOptions? options = null) => Assert.ThrowsAny<DataException>(() =>
        DataSources.Open(_folder.Path, options is null ? new() { ImageSize = 8, CacheFolder = _cache.Path } : options with { CacheFolder = _cache.Path })).Message;

    private static int[] Blues(SampleSet set) => [.. Enumerable.Range(0, set.Count).Select(id => (int)set.Values(id)[^1])];
}
