using Winnow.Data.Formats;

namespace Winnow.Data.Tests;

/// <summary>Folders of numbered npy files, in memory and in their files.</summary>
public sealed class ShardFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    [Theory]
    [InlineData(false, 1, 5, 4)]
    [InlineData(false, 3, 8, 8)]
    [InlineData(true, 2, 3, 5)]
    [InlineData(true, 7)]
    [InlineData(false, 6, 5)]
    public void Samples_in_their_files_are_those_in_memory(bool floats, params int[] shape)
    {
        ShardFiles.Write(_folder, "", floats, shape, 40, 1, 33);
        ShardFiles.Write(_folder, "_test", floats, shape, 7);
        Same(Open(Streaming.Off), Open(Streaming.On), train => train);
        Same(Open(Streaming.Off), Open(Streaming.On), train => train.Take(50));
        Same(Open(Streaming.Off), Open(Streaming.On), train => train.Slice(39, 4));
        Same(Open(Streaming.Off), Open(Streaming.On), train => train.Select([70, 3, 3, 41, 40]).Slice(1, 3));
        Same(Open(Streaming.Off), Open(Streaming.On), train => train.WithSubset(20).WithLongTail(3).WithLabelNoise(0.4, 1));
    }

    [Fact]
    public void What_is_held_out_stays_in_the_files_too()
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 4, 4], 36, 36);
        var (whole, files) = (Open(Streaming.Off), Open(Streaming.On));
        Same(whole, files, train => train);
        Assert.Equal((60, 12), (files.Train.Count, files.Test.Count));
        Assert.Equal("There is no x_test-00000.npy: 12 of 72 samples (0.1667 of every class, evenly spaced in file order) are held out as the test part.", whole.Note);
        Assert.StartsWith("1 MB of samples are read from their files while they are used. There is no x_test-00000.npy", files.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_data_are_taken_into_memory_and_data_that_no_array_holds_stay_in_their_files()
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 4, 4], 18);
        Assert.True(Open(Streaming.Auto).Train.IsInMemory);
        ShardFiles.WriteSparse(_folder, 180_000, 3, 64, 64);
        var data = Open(Streaming.Auto);
        Assert.False(data.Train.IsInMemory || data.Test.IsInMemory);
        Assert.StartsWith("2.2 GB of samples are read from their files while they are used, not taken into the ", data.Note, StringComparison.Ordinal);
        Assert.Equal(
            $"{_folder.Path} has 2211840000 bytes of samples, more than the {SampleSet.MaxBytes} that a set in memory may have; leave out Streaming, and they are read from their files.",
            Assert.Throws<DataOptionException>(() => Open(Streaming.Off)).Message);
        Assert.Throws<InvalidOperationException>(() => data.Train.Bytes.Length);
    }

    // What is said of a large set stays on record; the set is the same by the files' names, lengths and times.
    [Fact]
    public void Fingerprint_and_statistics_of_a_large_set_are_computed_once()
    {
        ShardFiles.WriteSparse(_folder, 6000, 3, 64, 64);
        ShardFiles.Write(_folder, "_test", floats: false, [3, 64, 64], 3);
        var (x, whole) = (ShardFiles.Name(_folder, "x", 0), Open(Streaming.Off).Train.Fingerprint);
        Assert.Equal(whole, Open(Streaming.On).Train.Fingerprint);
        var kept = Assert.Single(Directory.GetFiles(_cache.Path, "*.survey"));
        var time = File.GetLastWriteTimeUtc(x);
        using (var file = File.OpenHandle(x, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, [1], 1_000_000);
        }

        var other = Open(Streaming.On).Train.Fingerprint;
        Assert.NotEqual(whole, other);
        File.SetLastWriteTimeUtc(x, time);
        Assert.Equal((whole, 0), (Open(Streaming.On).Train.Fingerprint, Open(Streaming.On).Train.Mean[0]));
        var lines = File.ReadAllLines(kept);
        File.WriteAllLines(kept, lines.Select(line => line.Replace(whole, other, StringComparison.Ordinal)));
        Assert.Equal(other, Open(Streaming.On).Train.Fingerprint);
        File.WriteAllText(kept, "");
        Assert.Equal(other, Open(Streaming.On).Train.Fingerprint);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Pieces_that_dont_belong_together_are_refused_by_name(string file, NpyArray? content, string message)
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 4, 4], 5, 5, 5);
        ShardFiles.Write(_folder, "_test", floats: false, [1, 4, 4], 3);
        if (content is null)
        {
            File.Delete(_folder[file]);
        }
        else
        {
            Npy.Write(_folder[file], content);
        }

        foreach (var streaming in new[] { Streaming.On, Streaming.Off })
        {
            Assert.Equal(message.Replace("FOLDER:", _folder.Path + ":", StringComparison.Ordinal).Replace("FOLDER", _folder.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal).Replace("NAME", Path.GetFileName(_folder.Path), StringComparison.Ordinal), Assert.ThrowsAny<DataException>(() => Open(streaming)).Message);
        }
    }

    public static TheoryData<string, NpyArray?, string> Wrong => new()
    {
        { "y-00001.npy", null, "FOLDER: there is no y-….npy of number 1, though y-00002.npy follows y-00000.npy; a piece is missing. Put it there, or number the others without gaps." },
        { "y-00002.npy", null, "FOLDERy-00002.npy: there is no such file, though there is x-00002.npy; samples (x) and labels (y) come in pairs." },
        { "y_test-00000.npy", null, "FOLDERy_test-00000.npy: there is no such file, though there is x_test-00000.npy; samples (x) and labels (y) come in pairs." },
        { "y-00003.npy", NpyArray.Create<long>([1]), "FOLDERx-00003.npy: there is no such file, though there is y-00003.npy; samples (x) and labels (y) come in pairs." },
        { "y-00002.npy", NpyArray.Create<long>([1, 0, 1, 0]), "FOLDERx-00002.npy has 5 samples, FOLDERy-00002.npy has 4 labels; they don't belong together." },
        { "y-00002.npy", NpyArray.Create<long>([1, 0, -1, 0, 0]), "FOLDERy-00002.npy: label -1 of sample 2 is outside [0, 65536)." },
        { "x-00002.npy", NpyArray.Create<byte>(new byte[5 * 20], 5, 1, 4, 5), "FOLDERx-00002.npy holds samples [1, 4, 5] of UInt8, FOLDERx-00000.npy [1, 4, 4] of UInt8; all pieces must be alike." },
        { "x-00002.npy", NpyArray.Create<float>(new float[5 * 16], 5, 1, 4, 4), "FOLDERx-00002.npy holds samples [1, 4, 4] of Float32, FOLDERx-00000.npy [1, 4, 4] of UInt8; all pieces must be alike." },
        { "x-00002.npy", NpyArray.Create<double>(new double[5 * 16], 5, 16), "FOLDERx-00002.npy: Float64 of shape [5, 16]; pieces of a data set hold images of uint8, or features or images of float32, little-endian. Save x.astype('<f4'), or images x.astype('uint8')." },
        { "x-00002.npy", NpyArray.Create<byte>(new byte[5 * 48], 5, 4, 4, 3), "FOLDERx-00002.npy holds samples [4, 4, 3] of UInt8, FOLDERx-00000.npy [1, 4, 4] of UInt8; all pieces must be alike." },
        { "x-00002.npy", NpyArray.Create<byte>(new byte[5 * 75], 5, 5, 5, 3), "FOLDERx-00002.npy: UInt8 of shape [5, 5, 5, 3]; in pieces of a data set the channels (1, 3 or 4 of them) come before height and width. Save x.transpose(0, 3, 1, 2)." },
        { "x-00002.npy", NpyArray.Create<byte>([], 0, 1, 4, 4), "FOLDERx-00002.npy: UInt8 of shape [0, 1, 4, 4] holds no samples; at least one is needed in each piece." },
        { "x-00002.npy", NpyArray.Create<byte>(new byte[16], 16), "FOLDERx-00002.npy: UInt8 of shape [16]; images are [N, H, W] or [N, C, H, W]." },
        { "x-1.npy", NpyArray.Create<byte>(new byte[16], 1, 1, 4, 4), "FOLDERx-00001.npy and FOLDERx-1.npy have the same number; which of them is meant can't be told. Remove one, or give it another number." },
        { "x_test-00000.npy", NpyArray.Create<byte>(new byte[3 * 9], 3, 3, 3), "NAME: training samples are [1, 4, 4] of UInt8, test samples [1, 3, 3] of UInt8; they must be alike." },
    };

    [Fact]
    public void Gaps_damage_and_numbers_that_are_none_are_refused()
    {
        ShardFiles.Write(_folder, "", floats: true, [4], 6, 6, 6);
        var (second, third) = (ShardFiles.Name(_folder, "x", 1), ShardFiles.Name(_folder, "x", 2));
        var content = File.ReadAllBytes(third);
        File.WriteAllBytes(third, content[..^3]);
        Assert.StartsWith($"{third}: at byte 128: expected 96 bytes of elements ([6, 4] of Float32) and then the end of the file, found 93 bytes.", Message(), StringComparison.Ordinal);
        content.AsSpan(128, 4).Fill(0xFF);
        File.WriteAllBytes(third, content);
        Assert.Contains(": NaN at sample 12, value 0 of it; 1 of ", Assert.Throws<DataException>(() => Open(Streaming.On).Train.Fingerprint).Message, StringComparison.Ordinal);
        Assert.Contains(": NaN at sample 12, value 0 of it; 1 of 72 values are NaN", Message(), StringComparison.Ordinal);
        File.Delete(second);
        Assert.Equal($"{_folder.Path}: there is no x-….npy of number 1, though x-00002.npy follows x-00000.npy; a piece is missing. Put it there, or number the others without gaps.", Message());
    }

    private string Message() => Assert.ThrowsAny<DataException>(() => Open(Streaming.Off)).Message;

    private LoadedData Open(Streaming streaming) => DataSources.Open(_folder.Path, new() { Streaming = streaming, CacheFolder = _cache.Path });

    private static void Same(LoadedData memory, LoadedData files, Func<SampleSet, SampleSet> choose)
    {
        foreach (var (whole, read) in new[] { (choose(memory.Train), choose(files.Train)), (memory.Test, files.Test) })
        {
            Assert.True(whole.IsInMemory && !read.IsInMemory);
            Assert.Equal((whole.Name, whole.Count, whole.Classes, whole.ElementType, whole.SampleBytes), (read.Name, read.Count, read.Classes, read.ElementType, read.SampleBytes));
            Assert.Equal(whole.Shape.ToArray(), read.Shape.ToArray());
            Assert.Equal(whole.Labels.ToArray(), read.Labels.ToArray());
            Assert.Equal(Enumerable.Range(0, whole.Count).Select(whole.Row), Enumerable.Range(0, read.Count).Select(read.Row));
            Assert.Equal(whole.Bytes.ToArray(), ShardFiles.ReadAll(read));
            Assert.Equal(whole.Values(whole.Count - 1), read.Values(read.Count - 1));
            Assert.Equal(whole.Fingerprint, read.Fingerprint);
            Assert.Equal(whole.Mean, read.Mean);
            Assert.Equal(whole.Std, read.Std);
            Assert.Equal(whole.IsImage ? whole.Picture(0) : [], read.IsImage ? read.Picture(0) : []);
        }
    }
}
