using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;
using Winnow.Data.Subsets;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow labels</c>.</summary>
[Collection(TrainingCollection.Name)]
public sealed class LabelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void Wrong_labels_are_found_by_networks_that_did_not_see_them_and_left_out()
    {
        var table = _folder.Table();
        string[] files = [_folder.At("l.csv"), _folder.At("l.html"), _folder.At("clean.npz"), _folder.At("p.npy")];
        var run = Invocation.Run("labels", table, "--label-noise", "0.1", "--epochs", "8", "--batch-size", "16", "--folds", "3", "--threads", "1", "--quiet", "--json", "--out", files[0], "--html", files[1], "--clean", files[2], "--save-probabilities", files[3]);
        Assert.Equal(0, run.Code);
        var (samples, wrong, found, doubtful) = (Whole("samples"), Whole("made_wrong"), Whole("made_wrong_found"), Whole("doubtful"));
        Assert.Equal((int)Math.Round(samples * 0.1, MidpointRounding.AwayFromZero), wrong);
        Assert.True(found >= wrong * 0.8 && doubtful <= wrong * 1.5, $"{found} of {wrong} found among {doubtful}");
        var lines = File.ReadAllLines(files[0]);
        Assert.Equal("id,label,label_name,predicted,predicted_name,quality,issue", lines[0]);
        Assert.Equal(samples + 1, lines.Length);
        Assert.EndsWith(",1", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",", lines[^1], StringComparison.Ordinal);
        Assert.Contains("may be wrong", File.ReadAllText(files[1]), StringComparison.Ordinal);
        Assert.Equal(samples - doubtful, SubsetFile.Read(files[2]).Order.Length);
        Assert.Equal([samples, 3], Npy.Read(files[3]).Shape.ToArray());

        // The same probabilities say the same, and what they leave is trained on.
        var again = Invocation.Run("labels", table, "--label-noise", "0.1", "--probabilities", files[3], "--json");
        Assert.Equal(run.Json.GetProperty("labels").ToString(), again.Json.GetProperty("labels").ToString());
        Assert.Contains($"{wrong} labels were made wrong on purpose", Invocation.Run("labels", table, "--label-noise", "0.1", "--probabilities", files[3], "--filter", "both").Out, StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Run("train", table, "--label-noise", "0.1", "--subset", files[2], "--epochs", "1", "--threads", "1", "--quiet", "--run", _folder.At("run")).Code);

        int Whole(string name) => run.Json.GetProperty(name).GetInt32();
    }

    [TorchFact]
    public void Interrupting_writes_nothing_and_says_so()
    {
        using var program = new RunningProgram(null, "labels", _folder.Table(), "--epochs", "1000000", "--threads", "1", "--out", _folder.At("l.csv"));
        program.WaitFor("  epoch ");
        program.Signal("INT");
        Assert.Equal(130, program.Code());
        Assert.Contains("stopping, and writing nothing; once more stops at once", program.Error, StringComparison.Ordinal);
        Assert.Equal(["winnow: stopped; nothing was written."], program.Failures);
        Assert.False(File.Exists(_folder.At("l.csv")));
    }

    [Fact]
    public void What_can_not_be_meant_is_one_sentence_and_leaves_no_file()
    {
        var table = _folder.Table(count: 60);
        var count = Invocation.Run("select", table, "-m", "random", "-k", "1", "-o", _folder.At("s.npz"), "--json").Json.GetProperty("manifest").GetProperty("n").GetInt32();
        var logits = _folder.Array<float>("logits.npy", Enumerable.Repeat(2f, count * 3).ToArray(), count, 3);
        var few = _folder.Array<float>("few.npy", [1, 0, 0], 1, 3);
        var flat = _folder.Array<float>("flat.npy", [1, 0, 0]);
        Assert.Contains("take the softmax first", Fail(table, "--probabilities", logits, "--out", _folder.At("x.csv")), StringComparison.Ordinal);
        Assert.Contains("labels and 3 probabilities", Fail(table, "--probabilities", few, "--out", _folder.At("x.csv")), StringComparison.Ordinal);
        Assert.Contains("floats [samples, classes]", Fail(table, "--probabilities", flat), StringComparison.Ordinal);
        Assert.Contains("--noise-share means nothing to predicted", Fail(table, "--probabilities", few, "--filter", "predicted", "--noise-share", "0.5"), StringComparison.Ordinal);
        Assert.Contains("--folds 1", Fail(table, "--folds", "1"), StringComparison.Ordinal);
        Assert.Contains("no more than samples", Fail(table, "--folds", "900", "--threads", "1"), StringComparison.Ordinal);
        Assert.Contains("leave it out", Fail(table, "--task", "denoise"), StringComparison.Ordinal);
        Assert.Contains("--folds means nothing where nothing is trained", Fail(table, "--probabilities", few, "--folds", "3"), StringComparison.Ordinal);
        Assert.Contains("--save-probabilities means nothing", Fail(table, "--probabilities", few, "--save-probabilities", _folder.At("q.npy")), StringComparison.Ordinal);
        Assert.Contains("--subset means nothing here", Fail(table, "--subset", "s.npz"), StringComparison.Ordinal);

        // Places are looked at before anything is trained, and each by the name of its option.
        Assert.Contains("--html  is empty", Fail(table, "--html", ""), StringComparison.Ordinal);
        Assert.Contains("--html", Fail(table, "--html", _folder.At("none/l.html")), StringComparison.Ordinal);
        Assert.Contains("--clean", Fail(table, "--clean", _folder.At("none/c.npz")), StringComparison.Ordinal);
        File.WriteAllText(_folder.At("mine.html"), "mine");
        Assert.Contains("no page of labels of Winnow", Fail(table, "--html", _folder.At("mine.html")), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("x.csv")));
        File.WriteAllText(_folder.At("x.csv"), "mine");
        Assert.Contains("--force", Fail(table, "--probabilities", few, "--out", _folder.At("x.csv")), StringComparison.Ordinal);
    }

    private static string Fail(params string[] args) => Invocation.Fail(2, ["labels", .. args]);
}
