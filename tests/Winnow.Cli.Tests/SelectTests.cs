using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;
using Winnow.Data.Subsets;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow select</c>, and training on what it wrote.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SelectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.At("subset.npz");

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void Data_is_named_and_its_fingerprint_is_kept()
    {
        var table = _folder.Table();
        var run = Invocation.Run("select", table, "--method", "random", "--keep", "30%", "--out", Out, "--seed", "4");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var subset = SubsetFile.Read(Out);
        Assert.Equal(("random", "0.3", 4UL, true), (subset.Manifest.Method, subset.Manifest.Keep, subset.Manifest.Seed, subset.Manifest.Ranked));
        Assert.Equal((int)Math.Round(subset.Manifest.N * 0.3, MidpointRounding.ToEven), subset.Order.Length);
        Assert.Equal(64, subset.Manifest.DataFingerprint!.Length);
        Assert.Contains("of its 3 classes it keeps", run.Out, StringComparison.Ordinal);

        var trained = Invocation.Run("train", table, "--subset", Out, "--epochs", "1", "--method", "full", "--run", _folder.At("run"), "--json", "--quiet", "--threads", "1");
        Assert.Equal(0, trained.Code);
        Assert.Equal(subset.Order.Length, trained.Json.GetProperty("visited").GetInt64());
        Assert.Contains($"keeps {subset.Order.Length} of {subset.Manifest.N} training samples", trained.Error, StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_run_on_a_subset_that_was_stopped_goes_on_with_it()
    {
        var table = _folder.Table();
        Select("50");
        var chosen = File.ReadAllBytes(Out);
        string[] train = ["train", table, "--subset", Out, "--method", "full", "--epochs", "600", "--batch-size", "5", "--threads", "1"];
        var whole = Invocation.Run([.. train, "--run", _folder.At("whole"), "--quiet", "--json"]);
        using (var program = new RunningProgram(null, [.. train, "--run", _folder.At("run")]))
        {
            program.WaitFor("epoch 2/");
            program.Signal("INT");
            Assert.Equal(130, program.Code());
        }

        // Not with what was chosen meanwhile.
        Select("40");
        Assert.Contains($"{Out} isn't the file that the run was begun with", Invocation.Fail(2, "train", "--resume", _folder.At("run")), StringComparison.Ordinal);
        File.WriteAllBytes(Out, chosen);
        var resumed = Invocation.Run("train", "--resume", _folder.At("run"), "--checkpoint-every", "never", "--quiet", "--json");
        Assert.Equal((0, 0), (whole.Code, resumed.Code));
        Assert.Equal(600 * 50, resumed.Json.GetProperty("visited").GetInt64());
        Assert.Equal(whole.Json.GetProperty("weights_sha256").GetString(), resumed.Json.GetProperty("weights_sha256").GetString());

        void Select(string keep) => Assert.Equal(0, Invocation.Run("select", table, "-m", "random", "-k", keep, "-o", Out, "--force").Code);
    }

    [Fact]
    public void Scores_of_a_file_without_data()
    {
        var scores = _folder.Array<float>("s.npy", [3, 1, 4, 1, 5, 9, 2, 6]);
        var run = Invocation.Run("select", "--scores", scores, "--method", "top", "--keep", "3", "--out", Out, "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(3, run.Json.GetProperty("manifest").GetProperty("k").GetInt32());
        Assert.Equal("s.npy", run.Json.GetProperty("manifest").GetProperty("scores").GetString());
        Assert.Equal([5, 7, 4], SubsetFile.Read(Out).Order.ToArray());
        Assert.Equal(0, Invocation.Run("select", "--scores", scores, "--method", "top", "--keep", "3", "--out", Out, "--force", "--higher", "easier").Code);
        Assert.Equal([1, 3, 6], SubsetFile.Read(Out).Order.ToArray());
        Assert.Contains("by their number alone", Invocation.Run("select", "--scores", scores, "--method", "top", "--keep", "3", "--out", Out, "--force").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_are_mapped_from_their_file()
    {
        var rows = _folder.Array<float>("e.npy", [0, 0, 1, 0, 0, 5, 9, 9], 4, 2);
        Assert.Equal(0, Invocation.Run("select", "--embeddings", rows, "-m", "k-center", "-k", "2", "-o", Out).Code);
        Assert.Equal([3, 0], SubsetFile.Read(Out).Order.ToArray());
        Assert.Contains("give --embeddings", Fail("-m", "k-center", "-k", "2", "-o", _folder.At("x.npz")), StringComparison.Ordinal);
        Assert.Contains("row 1", Fail("--embeddings", _folder.Array<float>("bad.npy", [1, 2, float.NaN, 4], 2, 2), "-m", "k-center", "-k", "2", "-o", _folder.At("x.npz")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_of_several_scores_is_asked_by_name()
    {
        Npz.Write(_folder.At("s.npz"), new NpzContent().With("a", NpyArray.Create<float>([1, 2, 3])).With("b", NpyArray.Create<double>([3, 2, 1])).With("ids", NpyArray.Create<long>([0, 1, 2])));
        Assert.Equal(0, Invocation.Run("select", "--scores", _folder.At("s.npz"), "--by", "b", "-m", "top", "-k", "1", "-o", Out).Code);
        Assert.Equal([0], SubsetFile.Read(Out).Order.ToArray());
        Assert.Contains("holds the scores a, b; say which by --by", Fail("--scores", _folder.At("s.npz"), "-m", "top", "-k", "1", "-o", _folder.At("x.npz")), StringComparison.Ordinal);
        Assert.Contains("--by c", Fail("--scores", _folder.At("s.npz"), "--by", "c", "-m", "top", "-k", "1", "-o", _folder.At("x.npz")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_not_be_done_is_one_sentence_and_leaves_no_file()
    {
        var table = _folder.Table();
        var scores = _folder.Array<float>("s.npy", [1, float.NaN, 3]);
        var few = _folder.Array<float>("few.npy", [1, 2, 3]);
        var matrix = _folder.Array<float>("m.npy", [1, 2, 3, 4], 2, 2);
        Assert.Contains("sample 1 is NaN", Fail("--scores", scores, "-m", "top", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("3 scores for", Fail(table, "--scores", few, "-m", "top", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("a.ravel()", Fail("--scores", matrix, "-m", "top", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("keep=4 is more than the 3 samples", Fail("--scores", few, "-m", "top", "-k", "4", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("keep=30 % is not", Fail("--scores", few, "-m", "top", "-k", "30 %", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("no selection method topp", Fail("--scores", few, "-m", "topp", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("needs labels", Fail("--scores", few, "-m", "top+classes", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("give --scores", Fail(table, "-m", "top", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("what is selected from", Fail("-m", "random", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Contains("folder that doesn't exist", Fail("--scores", few, "-m", "top", "-k", "1", "-o", _folder.At("no/such.npz")), StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
        File.WriteAllText(Out, "mine");
        Assert.Contains("--force", Fail("--scores", few, "-m", "top", "-k", "1", "-o", Out), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Out));
        Assert.Contains("intact zip archive", Invocation.Fail(2, "train", table, "--subset", Out, "--threads", "1", "--run", _folder.At("run")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("run")));
    }

    [TorchFact]
    public void Compare_trains_on_what_is_chosen_once_and_goes_on_after_an_end()
    {
        var table = _folder.Table();
        var run = Invocation.Run("compare", table, "--methods", "top:keep=0.4@loss", "--epochs", "2", "--seeds", "1", "--run", _folder.At("run"), "--json", "--quiet", "--threads", "1");
        Assert.Equal(0, run.Code);
        var arms = run.Json.GetProperty("arms").EnumerateArray().ToDictionary(static arm => arm.GetProperty("name").GetString()!);
        Assert.Equal(["full", "top:keep=0.4@loss", "full@top:keep=0.4@loss", "full@top:keep=0.4@loss*compute", "random@top:keep=0.4@loss", "rs2@top:keep=0.4@loss"], arms.Keys);
        Assert.Equal("top:keep=0.4@loss", arms["top:keep=0.4@loss"].GetProperty("method").GetString());
        Assert.Equal(0.6, arms["top:keep=0.4@loss"].GetProperty("saved").GetProperty("samples").GetDouble(), 2);

        Assert.Contains(" seed 1, choosing for top:keep=0.4@loss, training 1  epoch 2/2", Invocation.Run("compare", table, "--methods", "top:keep=0.4@loss", "--epochs", "2", "--seeds", "1", "--run", _folder.At("shown"), "--threads", "1").Error, StringComparison.Ordinal);

        // A result that is gone is made again of what the run's log says.
        File.Delete(_folder.At("run/result.json"));
        var again = Invocation.Run("compare", "--resume", _folder.At("run"), "--json", "--quiet");
        Assert.Equal(0, again.Code);
        Assert.Equal(arms["top:keep=0.4@loss"].GetProperty("weights_sha256").ToString(), again.Json.GetProperty("arms").EnumerateArray().First(static arm => arm.GetProperty("name").GetString() == "top:keep=0.4@loss").GetProperty("weights_sha256").ToString());
        Assert.Contains("keep=0.3@el2n", Invocation.Fail(2, "compare", table, "--methods", "ccs@el2n", "--run", _folder.At("b")), StringComparison.Ordinal);
        foreach (var (spec, part) in new[] { ("top:keep=9999@loss", "keep=9999 is more than"), ("top:keep=0@loss", "keeps no sample"), ("top:keep=0.3@el2n:epochs=9", "epochs"), ("random:keep=0.3@distil:alpha=7", "alpha=7") })
        {
            // Before anything is trained.
            Assert.Contains(part, Invocation.Fail(2, "compare", table, "--methods", spec, "--epochs", "2", "--run", _folder.At("b"), "--threads", "1"), StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder.At("b")));
        }

        Assert.Contains("leave one of them out", Invocation.Fail(2, "compare", table, "--methods", "ccs:keep=0.3@el2n", "--save", "30%", "--run", _folder.At("b")), StringComparison.Ordinal);
    }

    private static string Fail(params string[] args) => Invocation.Fail(2, ["select", .. args]);
}
