using Winnow.Data.Formats;

namespace Winnow.Data.Tests;

public sealed class SampleReadAheadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private byte[]? _all;

    public void Dispose() => _folder.Dispose();

    // 64 MB of 64 KiB samples asked for: twice the room for what is read ahead, so that every part of it is used again.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 37)]
    [InlineData(613, 64)]
    [InlineData(1023, 1)]
    public void Samples_come_in_the_order_that_was_asked_for(int start, int batch)
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 256, 256], 90, 3, 120);
        var set = Open();
        var random = new Random(start);
        int[] ids = [.. Enumerable.Range(0, 1024).Select(k => k % 5 == 4 ? k % set.Count : random.Next(set.Count))];
        using var ahead = set.ReadAhead(ids);
        for (var at = start; at < ids.Length; at += batch)
        {
            var count = Math.Min(batch, ids.Length - at);
            Assert.Equal(Expected(set, ids.AsSpan(at, count)), Taken(ahead, set, at, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(40)]
    public void What_was_taken_can_be_had_again(int back)
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 256, 256], 100);
        var set = Open();
        int[] ids = [.. Enumerable.Range(0, 300).Select(k => k * 7 % set.Count)];
        using var ahead = set.ReadAhead(ids);
        for (var at = 0; at < 250; at += 50 - back)
        {
            Assert.Equal(Expected(set, ids.AsSpan(at, 50)), Taken(ahead, set, at, 50));
        }
    }

    [Fact]
    public void Whoever_stops_in_the_middle_ends_the_threads()
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 256, 256], 100);
        var set = Open();
        for (var i = 0; i < 20; i++)
        {
            using var ahead = set.ReadAhead(Enumerable.Range(0, 4000).Select(k => k % set.Count).ToArray());
            _ = Taken(ahead, set, 10, i);
        }

        using var unused = set.ReadAhead(new int[4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Taken(unused, set, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.ReadAhead(new[] { 0, set.Count }));
    }

    [Fact]
    public void A_file_that_shrinks_or_goes_while_it_is_read_is_named_with_what_was_expected_and_found()
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 256, 256], 60, 60);
        var (set, x) = (Open(), ShardFiles.Name(_folder, "x", 1));
        var length = new FileInfo(x).Length;
        int[] ids = [.. Enumerable.Range(0, 3000).Select(k => k * 11 % set.Count)];
        using (var ahead = set.ReadAhead(ids))
        {
            _ = Taken(ahead, set, 0, 10);
            using (var file = new FileStream(x, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            {
                file.SetLength(500_000);
            }

            var message = Assert.Throws<DataAccessException>(() =>
            {
                for (var at = 10; at < ids.Length; at += 10)
                {
                    _ = Taken(ahead, set, at, 10);
                }
            }).Message;
            Assert.StartsWith($"{x}: expected ", message, StringComparison.Ordinal);
            Assert.EndsWith($"found the end of the file: it had {length} bytes and now has 500000. A data set mustn't change while it is read; begin anew once it is at rest.", message, StringComparison.Ordinal);
        }

        Assert.Contains($"{x}: expected {length} bytes of ", NextPass(set), StringComparison.Ordinal);
        File.Delete(x);
        Assert.Equal($"{x}: expected {length} bytes, found no file: it was taken away while it was read. A data set mustn't change while it is read; begin anew once it is at rest.", NextPass(set));
    }

    [Fact]
    public void A_file_of_the_same_length_that_was_written_anew_is_noticed_by_the_next_pass()
    {
        ShardFiles.Write(_folder, "", floats: false, [1, 4, 4], 150);
        var (set, x) = (Open(), ShardFiles.Name(_folder, "x", 0));
        _ = set.Mean;
        File.SetLastWriteTimeUtc(x, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Contains($"{x}: expected ", NextPass(set), StringComparison.Ordinal);
    }

    private static string NextPass(SampleSet set)
    {
        using var ahead = set.ReadAhead(new int[1]);
        return Assert.Throws<DataAccessException>(() => Taken(ahead, set, 0, 1)).Message;
    }

    private SampleSet Open() => DataSources.Open(_folder.Path, new() { Streaming = Streaming.On, CacheFolder = null, Holdout = 0.03 }).Train;

    private static byte[] Taken(SampleReadAhead ahead, SampleSet set, int start, int count)
    {
        var taken = new byte[count * set.SampleBytes];
        ahead.Read(start, taken);
        return taken;
    }

    private byte[] Expected(SampleSet set, ReadOnlySpan<int> ids)
    {
        // From the arrays as the files have them.
        var all = _all ??= Directory.GetFiles(_folder.Path, "x-*.npy").Order(StringComparer.Ordinal).SelectMany(static file => Npy.Read(file).Data.ToArray()).ToArray();
        var expected = new List<byte>();
        foreach (var id in ids)
        {
            expected.AddRange(all.AsSpan(set.Row(id) * set.SampleBytes, set.SampleBytes));
        }

        return [.. expected];
    }
}
