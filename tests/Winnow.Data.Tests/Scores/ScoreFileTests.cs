using System.Text;
using Winnow.Data.Formats;
using Winnow.Data.Scores;
using Winnow.Scores;

namespace Winnow.Data.Tests.Scores;

public sealed class ScoreFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => _folder[name];

    private static ScoreManifest Manifest => new() { Winnow = "1.2.3", Count = 0, Data = "dots", Fingerprint = "sha256:abc", Source = "training", Epochs = 8, Seed = ulong.MaxValue, Seconds = 1.5, Scores = [] };

    private static ScoreValues Score(string spec, params float[] values) => new(spec, ScoreOrientation.HigherIsHarder, 2, values);

    [Fact]
    public void Comes_back_as_it_was_written_infinities_and_seeds_included()
    {
        var file = new ScoreFile(Manifest, [Score("el2n:epochs=2", 1, -0f, float.PositiveInfinity), new ScoreValues("aum", ScoreOrientation.HigherIsCleaner, 1, new float[] { 3, 2, 1 })], new long[] { 7, 5, 9 });
        file.Write(At("s.npz"));
        var read = ScoreFile.Read(At("s.npz"));
        Assert.Equal((3, "dots", "sha256:abc", ulong.MaxValue, 8, 1.5, "1.2.3"), (read.Count, read.Manifest.Data, read.Manifest.Fingerprint, read.Manifest.Seed!.Value, read.Manifest.Epochs, read.Manifest.Seconds, read.Manifest.Winnow));
        Assert.Equal([7L, 5, 9], read.Ids.ToArray());
        foreach (var (written, found) in file.Scores.Zip(read.Scores))
        {
            Assert.Equal((written.Spec, written.Orientation, written.Runs), (found.Spec, found.Orientation, found.Runs));
            Assert.Equal(written.Values.ToArray(), found.Values.ToArray());
        }

        Assert.Equal([0L, 1], new ScoreFile(Manifest, [Score("a", 1, 2)]).Ids.ToArray());
        Assert.Contains("\"orientation\": \"higher-is-cleaner\"", Encoding.UTF8.GetString(Npz.Read(At("s.npz")).Find("manifest")!.Data.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_a_score_by_its_spec_or_by_what_only_one_begins_with()
    {
        var file = new ScoreFile(Manifest, [Score("el2n:epochs=1", 1), Score("el2n:epochs=2", 2), Score("aum", 3)]);
        Assert.Equal(2, file.Find("el2n:epochs=2").Values.Span[0]);
        Assert.Equal(3, file.Find("aum").Values.Span[0]);
        Assert.Contains("the file holds 2 scores el2n; there are el2n:epochs=1, el2n:epochs=2, aum", Assert.Throws<DataException>(() => file.Find("el2n")).Message, StringComparison.Ordinal);
        Assert.Contains("holds no score loss", Assert.Throws<DataException>(() => file.Find("loss")).Message, StringComparison.Ordinal);
        Assert.Contains("of which one has to be named", Assert.Throws<DataException>(() => file.Find()).Message, StringComparison.Ordinal);
        Assert.Equal("a", new ScoreFile(Manifest, [Score("a", 1)]).Find().Spec);
    }

    [Fact]
    public void Refuses_data_that_it_is_not_of()
    {
        var file = new ScoreFile(Manifest, [Score("a", 1, 2)]);
        file.RequireData("dots", 2, "sha256:abc");
        file.RequireData("dots", 2, null);
        Assert.Contains("of 2 samples of dots, and others has 3", Assert.Throws<DataException>(() => file.RequireData("others", 3, "sha256:abc")).Message, StringComparison.Ordinal);
        Assert.Contains("others is sha256:def", Assert.Throws<DataException>(() => file.RequireData("others", 2, "sha256:def")).Message, StringComparison.Ordinal);
        new ScoreFile(Manifest with { Fingerprint = null }, [Score("a", 1, 2)]).RequireData("others", 2, "sha256:def");
    }

    [Fact]
    public void Refuses_scores_that_do_not_go_together_and_leaves_no_file()
    {
        foreach (var (scores, problem) in new (ScoreValues[], string)[]
        {
            ([], "there are no scores"),
            ([Score("a", 1), Score("a", 1)], "a is there twice"),
            ([Score("a", 1), Score("b", 1, 2)], "b has 2 numbers and a has 1"),
            ([Score("a", 1, 2, float.NaN)], "a of sample 2 is NaN"),
        })
        {
            Assert.Contains(problem, Assert.Throws<DataException>(() => new ScoreFile(Manifest, scores).Write(At("none.npz"))).Message, StringComparison.Ordinal);
        }

        Assert.Throws<DataException>(static () => new ScoreFile(Manifest, [Score("a", 1)], new long[] { 1, 2 }));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void Refuses_files_that_are_none_or_were_changed()
    {
        var file = new ScoreFile(Manifest, [Score("a", 1, 2)]);
        var manifest = Encoding.UTF8.GetBytes("""{"format":"winnow-scores","version":1,"n":2,"source":"x","epochs":1,"scores":[{"name":"a","orientation":"higher-is-harder","runs":1}]}""");
        NpyArray good = NpyArray.Create<float>([1, 2]), ids = NpyArray.Create<long>([0, 1]);
        foreach (var (content, problem) in new (NpzContent, string)[]
        {
            (new NpzContent().With("a", good), "is no file of scores"),
            (new NpzContent().With("manifest", NpyArray.Create<byte>("{"u8)), "manifest can't be read"),
            (new NpzContent().With("manifest", NpyArray.Create<byte>("{}"u8)), "manifest can't be read"),
            (new NpzContent().With("manifest", Changed("winnow-scores", "winnow-subset")), "its manifest says that it is winnow-subset"),
            (new NpzContent().With("manifest", Changed("\"version\":1", "\"version\":9")), "has version 9"),
            (new NpzContent().With("manifest", Changed("higher-is-harder", "sideways")), "manifest can't be read"),
            (new NpzContent().With("manifest", Changed("", "")).With("ids", ids), "has no array \"a\""),
            (new NpzContent().With("manifest", Changed("", "")).With("a", NpyArray.Create<double>([1, 2])).With("ids", ids), "holds Float64"),
            (new NpzContent().With("manifest", Changed("", "")).With("a", NpyArray.Create<float>([1])).With("ids", ids), "of shape [2] is needed"),
            (new NpzContent().With("manifest", Changed("", "")).With("a", NpyArray.Create<float>([1, float.NaN])).With("ids", ids), "a of sample 1 is NaN"),
        })
        {
            Npz.Write(At("bad.npz"), content);
            var message = Assert.Throws<DataException>(() => ScoreFile.Read(At("bad.npz"))).Message;
            Assert.Contains(problem, message, StringComparison.Ordinal);
            Assert.StartsWith(At("bad.npz"), message, StringComparison.Ordinal);
        }

        file.Write(At("s.npz"));
        File.WriteAllBytes(At("torn.npz"), File.ReadAllBytes(At("s.npz"))[..^30]);
        Assert.ThrowsAny<DataException>(() => ScoreFile.Read(At("torn.npz")));

        NpyArray Changed(string from, string to) => NpyArray.Create<byte>(from.Length == 0 ? manifest : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(manifest).Replace(from, to, StringComparison.Ordinal)));
    }
}
