using SkiaSharp;
using Winnow.Data.Masks;

namespace Winnow.Data.Tests.Masks;

public sealed class CutOutsTests : IDisposable
{
    private const int Side = 16;

    private static readonly SKColor s_red = new(200, 0, 0), s_green = new(0, 200, 0);

    private readonly TemporaryFolder _folder = new();

    private string Cats => _folder["cut-outs"];

    private string Behind => _folder["behind"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sample_lies_over_another_picture_and_its_opacity_is_its_mask()
    {
        Fill();
        var data = Open();
        Assert.True(data.HasMasks);
        Assert.Equal(["background", "cat", "dog"], data.Train.ClassNames);
        Assert.Equal((3, 4, Side), (data.Train.Classes, data.Train.Channels, data.Train.Shape[1]));
        Assert.Equal("cut-outs: 20 training and 4 test images of 3 x 16 x 16 (bytes) with masks, 3 classes of pixels", data.Description);
        var plane = Side * Side;
        var seen = new HashSet<byte>();
        foreach (var (set, test) in new[] { (data.Train, false), (data.Test, true) })
        {
            for (var id = 0; id < set.Count; id++)
            {
                // Files are in the order cat/… dog/…, twelve each; their rectangle begins at the column of their number.
                var (label, number) = (set.Row(id) / 12, set.Row(id) % 12);
                Assert.Equal(label + 1, set.Labels[id]);
                var bytes = set.Bytes.Slice(id * 4 * plane, 4 * plane);
                seen.Add((byte)(test ? 128 + bytes[2 * plane] : bytes[2 * plane]));
                for (var p = 0; p < plane; p++)
                {
                    var inside = p % Side >= number && p % Side < number + 4 && p / Side >= 2 && p / Side < 6 + number % 3;
                    Assert.Equal(inside ? label + 1 : 0, bytes[(3 * plane) + p]);
                    Assert.Equal(inside ? (label == 0 ? 200 : 0, label == 0 ? 0 : 200, 0) : (0, 0, bytes[(2 * plane)]), (bytes[p], bytes[plane + p], bytes[(2 * plane) + p]));
                }
            }
        }

        // Five backgrounds, of blues 10 to 50, of which those in the test are others than those in training.
        Assert.Empty(seen.Where(static blue => blue > 128).Select(static blue => (byte)(blue - 128)).Intersect(seen));
        Assert.InRange(seen.Count, 3, 5);
        Assert.Contains("Behind them lie 5 pictures of ", data.Note, StringComparison.Ordinal);
        Assert.Contains(", 4 in training and 1 others in the test", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_opaque_pixels_are_mixed_and_count_from_128_on()
    {
        Fill();
        _folder.Write("cut-outs/cat/x-half.png", MaskedPictures.CutOut(Side, new(0, 0, Side, Side), s_red, 128));
        _folder.Write("cut-outs/cat/y-less.png", MaskedPictures.CutOut(Side, new(0, 0, Side, Side - 1), s_red, 127));
        _folder.Write("cut-outs/cat/z-mixed.png", Png(static p => p < 100 ? (byte)255 : (byte)127));
        var data = Open();
        Assert.Contains("1 of 27 pictures have no pixel that is at least half opaque and were left out.", data.Note, StringComparison.Ordinal);
        Assert.All([12, 14], row => Assert.Equal(row == 12 ? Side * Side : 100, Sample(data, row)[(3 * Side * Side)..].ToArray().Count(static label => label == 1)));
        Assert.InRange(Sample(data, 12)[0], 99, 101);
    }

    [Fact]
    public void What_lies_behind_a_sample_doesnt_depend_on_what_else_is_in_the_folder()
    {
        Fill();
        var before = Open(training: true);
        _folder.Write("cut-outs/cat/A-1.png", MaskedPictures.CutOut(Side, new(1, 1, 9, 9), s_red));
        var after = Open(training: true);
        foreach (var row in Enumerable.Range(0, before.Train.Count).Select(before.Train.Row))
        {
            if (Find(after.Train, row + 1) is { } found)
            {
                Assert.Equal(Sample(before, row).ToArray(), Bytes(after.Train, found).ToArray());
            }
        }

        Assert.NotEqual(before.Train.Fingerprint, after.Train.Fingerprint);
        Assert.Equal(after.Train.Fingerprint, Open(training: true).Train.Fingerprint);
    }

    [Fact]
    public void Frames_of_a_unit_and_equal_pictures_stay_together()
    {
        for (var unit = 0; unit < 30; unit++)
        {
            for (var frame = 0; frame < 4; frame++)
            {
                // The last frame of each third unit is the first of the one before.
                var (shape, part) = frame == 3 && unit % 3 == 2 ? (unit - 1, 0) : (unit, frame);
                _folder.Write(FormattableString.Invariant($"cut-outs/{(unit % 2 == 0 ? "cat" : "dog")}/{(char)('a' + (unit % 26))}{(char)('a' + (unit / 26))}-{frame}.png"),
                    MaskedPictures.CutOut(Side, new(part, part, part + 5, part + 5), new SKColor((byte)(8 * shape), 100, 100)));
            }
        }

        WriteBackgrounds();
        var data = Open();
        var entries = Pictures.PictureTreeNames(Cats);
        string[] UnitsOf(SampleSet set) => [.. Enumerable.Range(0, set.Count).Select(id => UnitSplit.UnitOf(entries[set.Row(id)])).Distinct()];
        Assert.Empty(UnitsOf(data.Train).Intersect(UnitsOf(data.Test)));
        Assert.InRange(data.Test.Count / 120.0, 0.1, 0.2);
        var files = entries.Select(name => Convert.ToHexString(File.ReadAllBytes(Path.Combine(Cats, name)))).ToArray();
        string[] FilesOf(SampleSet set) => [.. Enumerable.Range(0, set.Count).Select(id => files[set.Row(id)])];
        Assert.Empty(FilesOf(data.Train).Intersect(FilesOf(data.Test)));
        Assert.Equal(10, files.Length - files.Distinct().Count());
    }

    [Fact]
    public void Parts_that_the_folder_has_are_taken_as_they_are()
    {
        for (var k = 0; k < 8; k++)
        {
            _folder.Write(FormattableString.Invariant($"cut-outs/{(k < 5 ? "train" : "test")}/{(k % 2 == 0 ? "cat" : "dog")}/{k}.png"), MaskedPictures.CutOut(Side, new(k, k, k + 4, k + 4), s_green));
        }

        WriteBackgrounds();
        var data = Open();
        Assert.Equal((5, 3), (data.Train.Count, data.Test.Count));
        Assert.DoesNotContain("held out", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cant_be_is_refused()
    {
        Fill();
        Assert.Equal($"{Cats} holds pictures by class; their opacity can tell which pixels are the object's once something else lies behind it: name a folder of other pictures by Backgrounds, or give a data set that has images/ and masks/.",
            Message(new() { Masks = true }));
        Assert.Equal("Backgrounds nowhere is no folder; give one of pictures, at whatever depth.", Message(new() { Masks = true, Backgrounds = "nowhere" }));
        Assert.Equal($"pictures of {Behind} lie behind others only where those bring masks; leave the backgrounds out, or ask for masks with Masks.", Message(new() { Backgrounds = Behind }));
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Equal($"Backgrounds {_folder["empty"]} holds no picture (.png, .jpg, .jpeg or .webp); give a folder that does.", Message(new() { Masks = true, Backgrounds = _folder["empty"] }));
        _folder.Write("one/a.png", MaskedPictures.Plain(9, 9, s_red));
        _folder.Write("one/b.png", MaskedPictures.Plain(9, 9, s_red));
        _folder.Write("one/c.png", MaskedPictures.CutOut(9, new(0, 0, 2, 2), s_red));
        Assert.Equal($"Backgrounds {_folder["one"]}: 1 of 3 pictures can lie behind others (different ones, at least half opaque); at least two are needed, one for training and one for the test. Give a folder of more pictures.",
            Message(new() { Masks = true, Backgrounds = _folder["one"] }));
        _folder.Write("cut-outs/cat/bad.png", [1, 2]);
        Assert.StartsWith($"{Cats}: 1 of 25 pictures can't be used: cat/bad.png is no PNG, JPEG or WebP picture. Mend them", Message(), StringComparison.Ordinal);
        Assert.Contains("were left out: cat/bad.png", Open(skip: true).Note, StringComparison.Ordinal);
        File.Delete(_folder["cut-outs/cat/bad.png"]);
        _folder.Write("behind/bad.png", TestPng60000());
        Assert.StartsWith($"{Behind}: 1 of 6 pictures can't be used: bad.png is 60000 x 60000 pixels", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_folders_are_decoded_once_and_plain_pictures_of_the_same_folder_beside_them()
    {
        Fill();
        var decoded = 0;
        var options = new DataOptions { ImageSize = Side, CacheFolder = _folder["cache"], Progress = progress => decoded += progress.Done == progress.Total ? 1 : 0 };
        var masked = options with { Masks = true, Backgrounds = Behind };
        string[] first = [.. Enumerable.Range(0, 2).Select(_ => DataSources.Open(Cats, masked)).Select(static data => data.Train.Fingerprint + data.Test.Fingerprint + data.Note)];
        Assert.Equal((2, 1), (decoded, first.Distinct().Count()));
        var plain = DataSources.Open(Cats, options);
        Assert.Equal((3, 3), (decoded, plain.Train.Channels));
        Assert.False(plain.HasMasks);
        Assert.Equal(first[0], DataSources.Open(Cats, masked) is var again ? again.Train.Fingerprint + again.Test.Fingerprint + again.Note : "");
        Assert.Equal(3, decoded);

        // Each of them depends on its own files.
        _folder.Write("behind/6.png", MaskedPictures.Plain(9, 9, s_green));
        Assert.NotEqual(first[0][..64], DataSources.Open(Cats, masked).Train.Fingerprint);
        Assert.Equal(4, decoded);
    }

    [Fact]
    public void Pictures_without_opacity_are_no_cut_outs()
    {
        foreach (var k in Enumerable.Range(0, 8))
        {
            _folder.Write(FormattableString.Invariant($"cut-outs/{(k % 2 == 0 ? "cat" : "dog")}/{k}.png"), MaskedPictures.Plain(Side, Side, new SKColor((byte)(k * 20), 0, 0)));
        }

        WriteBackgrounds();
        Assert.Equal($"{Cats}: no picture has a transparent pixel, so that nothing tells an object from what is around it. Give pictures that are cut out (PNG or WebP with opacity), or a data set that has images/ and masks/.", Message());
        _folder.Write("cut-outs/cat/x.png", MaskedPictures.CutOut(Side, new(0, 0, 4, 4), s_red));
        Assert.Contains("8 of 9 pictures have no transparent pixel: all of such a picture counts as its class.", Open().Note, StringComparison.Ordinal);
        _folder.Write("cut-outs/owl/y.png", MaskedPictures.CutOut(Side, new(0, 0, 4, 4), s_red, 60));
        Assert.Equal($"{Cats}: no picture like owl/y.png, of its class, can be used: they show nothing that is at least half opaque. Mend them, or take the class's folder away.", Message());
    }

    [Fact]
    public void A_folder_of_other_data_has_no_masks()
    {
        Fixtures.WriteIdxFolder(_folder["idx"]);
        Assert.Equal("idx has no masks, which say the class of each pixel. Give a folder with images/ and masks/ (PNG of class numbers), or one of cut-out pictures, a sub-folder a class.",
            Assert.Throws<DataException>(() => DataSources.Open(_folder["idx"], new() { Masks = true })).Message);
    }

    [WesnothFact]
    public void Sprites_of_a_real_game_dont_leak()
    {
        var data = DataSources.Open(WesnothFactAttribute.Units, new() { Masks = true, Backgrounds = WesnothFactAttribute.Terrain, ImageSize = 24, CacheFolder = null });
        Assert.InRange(data.Train.Count + data.Test.Count, 5770, 5780);
        Assert.InRange(data.Test.Count / (double)data.Train.Count, 0.15, 0.21);
        var names = Pictures.PictureTreeNames(WesnothFactAttribute.Units);
        var (train, test) = (Rows(data.Train), Rows(data.Test));
        Assert.Empty(train.Select(row => UnitSplit.UnitOf(names[row])).Intersect(test.Select(row => UnitSplit.UnitOf(names[row]))));
        Assert.Empty(train.Select(Content).Intersect(test.Select(Content)));
        Assert.Equal(21, data.Test.Labels.ToArray().Distinct().Count());

        static int[] Rows(SampleSet set) => [.. Enumerable.Range(0, set.Count).Select(set.Row)];
        UInt128 Content(int row) => UnitSplit.ContentOf(File.ReadAllBytes(Path.Combine(WesnothFactAttribute.Units, names[row])));
    }

    private static byte[] TestPng60000() => Tests.Pictures.TestPictures.Png(("IHDR", Tests.Pictures.TestPictures.Header(60000, 60000)), ("IEND", []));

    private static byte[] Png(Func<int, byte> opacity)
    {
        using var file = new MemoryStream();
        Data.Formats.Png.Write(file, Side, Side, 4, [.. Enumerable.Range(0, Side * Side).SelectMany(p => new byte[] { 200, 0, 0, opacity(p) })]);
        return file.ToArray();
    }

    private void Fill()
    {
        for (var k = 0; k < 24; k++)
        {
            var number = k % 12;
            _folder.Write(FormattableString.Invariant($"cut-outs/{(k < 12 ? "cat" : "dog")}/{(char)('a' + number)}.png"), MaskedPictures.CutOut(Side, new(number, 2, number + 4, 6 + (number % 3)), k < 12 ? s_red : s_green));
        }

        WriteBackgrounds();
    }

    private void WriteBackgrounds()
    {
        for (var k = 1; k <= 5; k++)
        {
            _folder.Write(FormattableString.Invariant($"behind/{(k < 3 ? "" : "deeper/")}{k}.png"), MaskedPictures.Plain(20, 30, new SKColor(0, 0, (byte)(10 * k))));
        }
    }

    private LoadedData Open(bool skip = false, bool training = false) =>
        DataSources.Open(Cats, new() { Masks = true, Backgrounds = Behind, ImageSize = Side, CacheFolder = null, SkipCorrupt = skip, Holdout = training ? 0.01 : 1 / 6.0 });

    private string Message(DataOptions? options = null) =>
        Assert.ThrowsAny<DataException>(() => DataSources.Open(Cats, (options ?? new() { Masks = true, Backgrounds = Behind }) with { ImageSize = Side, CacheFolder = null })).Message;

    private static int? Find(SampleSet set, int row) => Enumerable.Range(0, set.Count).Where(id => set.Row(id) == row).Select(static id => (int?)id).FirstOrDefault();

    private static ReadOnlySpan<byte> Bytes(SampleSet set, int id) => set.Bytes.Slice(id * set.SampleLength, set.SampleLength);

    private static ReadOnlySpan<byte> Sample(LoadedData data, int row) => Find(data.Train, row) is { } id ? Bytes(data.Train, id) : Bytes(data.Test, Find(data.Test, row)!.Value);

    private static class Pictures
    {
        public static string[] PictureTreeNames(string folder) => [.. Data.Pictures.PictureTree.Read(folder).Train.Select(static entry => entry.Name)];
    }
}
