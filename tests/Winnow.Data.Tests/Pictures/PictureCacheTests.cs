using Winnow.Data.Files;

namespace Winnow.Data.Tests.Pictures;

public sealed class PictureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();
    private int _decoded;

    public PictureCacheTests()
    {
        TestPictures.Classes(_folder, "", 6, "cat", "dog");
        _folder.Write("dog/03.png", [1]);
    }

    private string Kept => Assert.Single(Directory.GetFiles(_cache.Path, "*.pictures"));

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void Pictures_are_decoded_once()
    {
        var first = Open();
        Assert.Equal(1, _decoded);
        var second = Open();
        Assert.Equal(1, _decoded);
        Assert.Equal((first.Train.Fingerprint, first.Test.Fingerprint, first.Note, first.Description), (second.Train.Fingerprint, second.Test.Fingerprint, second.Note, second.Description));
        Assert.Equal(Enumerable.Range(0, first.Train.Count).Select(first.Train.Row), Enumerable.Range(0, second.Train.Count).Select(second.Train.Row));
    }

    // Who is refused has waited already, and goes on at once with the pictures that are left.
    [Fact]
    public void A_refusal_needs_no_second_decoding()
    {
        var message = Assert.Throws<DataOptionException>(() => Open(skip: false)).Message;
        Assert.Equal(message, Assert.Throws<DataOptionException>(() => Open(skip: false)).Message);
        Open();
        Assert.Equal(1, _decoded);
    }

    [Fact]
    public void Other_pictures_or_another_size_are_decoded_anew()
    {
        var first = Open();
        File.SetLastWriteTimeUtc(_folder["cat/00.png"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Open();
        Assert.Equal(2, _decoded);
        _folder.Write("cat/00.png", TestPictures.Make(16, 16, 99));
        Assert.NotEqual(first.Train.Fingerprint, Open().Train.Fingerprint);
        Assert.Equal(3, _decoded);
        File.Move(_folder["cat/00.png"], _folder["cat/99.png"]);
        Open();
        Assert.Equal(4, _decoded);
        Assert.NotEmpty(Kept);
        Open(size: 9);
        Assert.Equal(5, _decoded);
        Open(size: 9);
        Open();
        Assert.Equal(5, _decoded);
    }

    [Fact]
    public void A_damaged_file_is_made_anew()
    {
        var whole = Open().Train.Fingerprint;
        var content = File.ReadAllBytes(Kept);
        var expected = 1;
        foreach (var at in Enumerable.Range(0, 64).Select(i => i * content.Length / 64))
        {
            var changed = (byte[])content.Clone();
            changed[at] ^= 1;
            foreach (var damaged in new[] { changed, content[..at] })
            {
                File.WriteAllBytes(Kept, damaged);
                Assert.Equal(whole, Open().Train.Fingerprint);
                Assert.Equal(++expected, _decoded);
                Assert.Equal(content, File.ReadAllBytes(Kept));
            }
        }

        File.WriteAllBytes(Kept, [.. content, 0]);
        Open();
        Assert.Equal(++expected, _decoded);
    }

    [Fact]
    public void What_a_killed_process_left_harms_nobody_and_goes()
    {
        Open();
        var left = Kept + ".4711.1.tmp";
        File.WriteAllBytes(left, [1, 2, 3]);
        File.Delete(Kept);
        Open();
        Assert.False(File.Exists(left));
        Open();
        Assert.Equal(2, _decoded);
    }

    [Fact]
    public void Several_that_want_the_same_at_once_decode_it_once()
    {
        var prints = new string[6];
        Parallel.For(0, prints.Length, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i => prints[i] = Open().Train.Fingerprint);
        Assert.Single(prints.Distinct());
        Assert.Equal(1, _decoded);
    }

    [Fact]
    public void A_folder_that_takes_nothing_is_told()
    {
        var file = _cache["file"];
        File.WriteAllBytes(file, []);
        var data = Open(cache: file);
        Assert.Contains($"The decoded pictures can't be kept in {file} (", data.Note, StringComparison.Ordinal);
        Assert.EndsWith("are held out as the test part.", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_has_read_for_long_goes()
    {
        Open(size: 9);
        var old = Kept;
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime - CacheFiles.Kept - TimeSpan.FromHours(1));
        Open();
        Assert.False(File.Exists(old));
    }

    // Decoded in two pieces of which each has its place in the file.
    [Fact]
    public void Pictures_that_stay_in_the_file_are_those_in_memory_and_decoded_once_for_both()
    {
        foreach (var i in Enumerable.Range(10, 14))
        {
            _folder.Write($"dog/{i}.png", i == 20 ? [2] : TestPictures.Make(8, 8, (byte)i));
        }

        var files = Open(size: 1024, streaming: Streaming.On);
        Assert.False(files.Train.IsInMemory || files.Test.IsInMemory);
        Assert.StartsWith("82 MB of samples are read from their files while they are used. 2 of 26 pictures can't be used", files.Note, StringComparison.Ordinal);
        var again = Open(size: 1024, streaming: Streaming.On);
        var whole = Open(size: 1024);
        Assert.Equal(1, _decoded);
        Assert.Equal((whole.Train.Fingerprint, whole.Test.Fingerprint), (files.Train.Fingerprint, files.Test.Fingerprint));
        Assert.Equal((whole.Train.Fingerprint, whole.Test.Fingerprint), (again.Train.Fingerprint, again.Test.Fingerprint));
        Assert.Equal(Enumerable.Range(0, whole.Train.Count).Select(whole.Train.Row), Enumerable.Range(0, files.Train.Count).Select(files.Train.Row));
        Assert.Equal(whole.Train.ClassNames, files.Train.ClassNames);

        // Somebody else's turn to read it, or to write it anew, is no change of what is read.
        File.SetLastWriteTimeUtc(Kept, TimeProvider.System.GetUtcNow().UtcDateTime);
        File.Delete(Kept);
        Assert.Equal(whole.Test.Bytes.ToArray(), ShardFiles.ReadAll(files.Test));
        _ = files.Train.WithLabelNoise(0.5).Fingerprint;
    }

    [Fact]
    public void Pictures_that_can_be_kept_nowhere_cant_stay_in_a_file()
    {
        _cache.Write("file", [1]);
        var message = Assert.Throws<DataOptionException>(() => Open(cache: _cache["file"], streaming: Streaming.On)).Message;
        Assert.StartsWith($"{_folder.Path}: the decoded pictures can't be kept in {_cache["file"]} (", message, StringComparison.Ordinal);
        Assert.EndsWith("); only pictures that were decoded and kept can be read while they are used. Make room there, or take a smaller ImageSize.", message, StringComparison.Ordinal);
        Assert.Equal(
            $"{_folder.Path}: there is no CacheFolder for the decoded pictures, and they are too many for memory, or meant not to be there. Name one.",
            Assert.Throws<DataOptionException>(() => DataSources.Open(_folder.Path, new() { CacheFolder = null, Streaming = Streaming.On })).Message);
    }

    private LoadedData Open(bool skip = true, int size = 8, string? cache = null, Streaming streaming = Streaming.Auto) => DataSources.Open(_folder.Path, new()
    {
        ImageSize = size,
        SkipCorrupt = skip,
        CacheFolder = cache ?? _cache.Path,
        Streaming = streaming,
        Progress = progress => Interlocked.Add(ref _decoded, progress.Done == progress.Total ? 1 : 0),
    });
}
