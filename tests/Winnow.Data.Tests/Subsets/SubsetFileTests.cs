using System.Text;
using Winnow.Data.Formats;
using Winnow.Data.Subsets;

namespace Winnow.Data.Tests.Subsets;

public sealed class SubsetFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["subset.npz"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        var subset = new Subset(Manifest(10, 4), new[] { 7, 0, 9, 3 }, new[] { 2f, 0.5f, 1, 0.5f }, new[] { 9f, 8, 7, 6 });
        SubsetFile.Write(File, subset);
        var read = SubsetFile.Read(File);
        Assert.Equal(subset.Manifest, read.Manifest);
        Assert.Equal(subset.Order.ToArray(), read.Order.ToArray());
        Assert.Equal(subset.Weights.ToArray(), read.Weights.ToArray());
        Assert.Equal(subset.Scores.ToArray(), read.Scores.ToArray());
        Assert.Equal([0, 3, 7, 9], read.Ids());
        Assert.Equal([0.5f, 0.5f, 2, 1], read.WeightsById());
        Assert.Equal([8, 6, 9, 7], read.ScoresById());
        var content = Npz.Read(File);
        Assert.Equal(["ids", "order", "weights", "scores", "manifest"], content.Arrays.Select(static entry => entry.Key));
        Assert.Equal([0L, 3, 7, 9], content.Find("ids")!.ToInt64s());
        Assert.Equal([8f, 6, 9, 7], content.Find("scores")!.ToSingles());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50_000)]
    public void Equal_weights_and_no_scores_are_read_as_that(int count)
    {
        SubsetFile.Write(File, new Subset(Manifest(50_000, count), Enumerable.Range(0, count).ToArray()));
        var read = SubsetFile.Read(File);
        Assert.Equal(count, read.Order.Length);
        Assert.True(read.Weights.IsEmpty && read.Scores.IsEmpty);
        Assert.All(Npz.Read(File).Find("weights")!.ToSingles(), static weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void Other_samples_are_refused()
    {
        var set = SampleSet.FromBytes("few", [1], new byte[] { 1, 2, 3 }, new[] { 0, 1, 0 });
        new Subset(Manifest(3, 1) with { DataFingerprint = set.Fingerprint }, new[] { 2 }).Check(set);
        new Subset(Manifest(3, 1), new[] { 2 }).Check(set);
        Assert.Contains("chosen from 4 samples, and few has 3", Assert.Throws<DataException>(() => new Subset(Manifest(4, 1), new[] { 2 }).Check(set)).Message, StringComparison.Ordinal);
        var other = Assert.Throws<DataException>(() => new Subset(Manifest(3, 1) with { DataFingerprint = "00" }, new[] { 2 }).Check(set));
        Assert.Contains($"fingerprint was 00 and is {set.Fingerprint}", other.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no manifest", "array manifest of uint8")]
    [InlineData("other format", "winnow subset 1")]
    [InlineData("k above n", "0 <= k <= n")]
    [InlineData("no json", "manifest in JSON")]
    [InlineData("no order", "an array order of 2 int64")]
    [InlineData("floats", "an array ids of 2 int64")]
    [InlineData("too many", "an array order of 2 int64")]
    [InlineData("outside", "ids in [0, 5)")]
    [InlineData("negative", "ids in [0, 5)")]
    [InlineData("twice", "every id once")]
    [InlineData("differ", "the ids of order, ascending")]
    [InlineData("no weights", "an array weights")]
    [InlineData("few weights", "weights of 2 float32")]
    [InlineData("NaN", "finite weights of at least 0")]
    [InlineData("below 0", "finite weights of at least 0")]
    [InlineData("few scores", "scores of 2 float32")]
    public void A_file_that_is_none_is_refused_by_its_part(string defect, string expected)
    {
        var manifest = defect switch
        {
            "other format" => """{"format":"other","n":5,"k":2,"method":"m","keep":"2","seed":1,"ranked":true}""",
            "k above n" => """{"format":"winnow subset 1","n":1,"k":2,"method":"m","keep":"2","seed":1,"ranked":true}""",
            "no json" => "{",
            _ => """{"format":"winnow subset 1","n":5,"k":2,"method":"m","keep":"2","seed":1,"ranked":true}""",
        };
        long[] ids = defect switch { "outside" => [1, 5], "negative" => [-1, 2], "twice" => [2, 2], "too many" => [1, 2, 3], "differ" => [1, 3], _ => [1, 2] };
        var content = new NpzContent();
        content = defect == "floats" ? content.With("ids", NpyArray.Create<float>([1, 2])) : content.With("ids", NpyArray.Create<long>(ids));
        content = defect switch
        {
            "no order" => content,
            "differ" => content.With("order", NpyArray.Create<long>([2, 1])),
            _ => content.With("order", NpyArray.Create<long>([.. ids.Reverse()])),
        };
        content = defect switch
        {
            "no weights" => content,
            "few weights" => content.With("weights", NpyArray.Create<float>([1])),
            "NaN" => content.With("weights", NpyArray.Create<float>([1, float.NaN])),
            "below 0" => content.With("weights", NpyArray.Create<float>([3, -1])),
            _ => content.With("weights", NpyArray.Create<float>([1, 1])),
        };
        content = defect == "few scores" ? content.With("scores", NpyArray.Create<float>([1])) : content;
        content = defect == "no manifest" ? content : content.With("manifest", NpyArray.Create<byte>(Encoding.UTF8.GetBytes(manifest)));
        Npz.Write(File, content);
        var error = Assert.Throws<DataFormatException>(() => SubsetFile.Read(File));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(File, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_archive_or_is_not_there_is_refused()
    {
        System.IO.File.WriteAllText(File, "no archive");
        Assert.Throws<DataFormatException>(() => SubsetFile.Read(File));
        Assert.Throws<DataAccessException>(() => SubsetFile.Read(File + ".gone"));
    }

    private static SubsetManifest Manifest(int n, int k) => new() { N = n, K = k, Method = "top", Keep = $"{k}", Seed = 3, Ranked = true, Seconds = 0.5, Version = "1", Scores = "el2n", Data = "data" };
}
