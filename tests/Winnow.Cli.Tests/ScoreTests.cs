using System.Diagnostics;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Scores;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class ScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_training_gives_scores_into_a_file_and_its_run_folder()
    {
        var result = Score(_folder.Table(), "--scores", "el2n:epochs=2,runs=2", "forgetting", "aum", "grand", "--epochs", "3", "--out", _folder.At("s.npz"), "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Equal(["run.json", "scores.npz"], _folder.Files("run").Where(static file => file != "events.jsonl"));
        Assert.Equal(File.ReadAllBytes(_folder.At("s.npz")), File.ReadAllBytes(_folder.At("run/scores.npz")));
        var file = ScoreFile.Read(_folder.At("s.npz"));
        Assert.Equal([("el2n:epochs=2,runs=2", 2), ("forgetting", 1), ("aum", 1), ("grand", 1)], file.Scores.Select(static score => (score.Spec, score.Runs)));
        Assert.Equal((501, 3, 1UL, "training"), (file.Count, file.Manifest.Epochs, file.Manifest.Seed!.Value, file.Manifest.Source));
        Assert.Equal(64, file.Manifest.Fingerprint!.Length);
        Assert.All(file.Find("el2n").Values.ToArray(), static score => Assert.InRange(score, 0, Math.Sqrt(2)));

        // The held-out samples are rows of the same file, so that ids leave some out.
        Assert.Equal(501, file.Ids.ToArray().Distinct().Count());
        Assert.Contains(file.Ids.ToArray().Index(), static id => id.Item != id.Index);
        Assert.Contains("el2n:epochs=2,runs=2", result.Out, StringComparison.Ordinal);
        Assert.Contains($"Scores: {_folder.At("s.npz")}\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("2/2 seed ", result.Error, StringComparison.Ordinal);
    }

    [TorchFact]
    public void The_full_gradient_is_no_shorter_than_its_part_in_the_last_layer()
    {
        Assert.Equal(0, Score(_folder.Table(), "--scores", "grand:gradient=full", "grand", "--epochs", "2", "--out", _folder.At("s.npz"), "--run", _folder.At("run")).Code);
        var file = ScoreFile.Read(_folder.At("s.npz"));
        Assert.Equal(["grand:gradient=full", "grand"], file.Scores.Select(static score => score.Spec));
        Assert.All(file.Scores[0].Values.ToArray().Zip(file.Scores[1].Values.ToArray()), static pair => Assert.True(pair.First > pair.Second));
        Assert.Contains("needs full_gradient of each sample, which", Invocation.Fail(2, "train", _folder.Images(), "--task", "reconstruct", "--scores", "grand:gradient=full", "--run", _folder.At("c")), StringComparison.Ordinal);
    }

    [TorchFact]
    public void The_same_seed_gives_the_same_scores_and_json_says_what_there_is()
    {
        var data = _folder.Table();
        var result = Score(data, "--scores", "aum", "--epochs", "2", "--seed", "5", "--out", _folder.At("a.npz"), "--run", _folder.At("a"), "--json");
        Assert.Equal("aum", result.Json.GetProperty("scores")[0].GetProperty("name").GetString());
        Assert.Equal(("higher-is-cleaner", 501), (result.Json.GetProperty("scores")[0].GetProperty("orientation").GetString(), result.Json.GetProperty("n").GetInt32()));
        Score(data, "--scores", "aum", "loss", "--epochs", "2", "--seed", "5", "--out", _folder.At("b.npz"), "--run", _folder.At("b"));
        Score(data, "--scores", "aum", "--epochs", "2", "--seed", "6", "--out", _folder.At("c.npz"), "--run", _folder.At("c"));
        Assert.Equal(Values("a"), Values("b"));
        Assert.NotEqual(Values("a"), Values("c"));

        float[] Values(string name) => ScoreFile.Read(_folder.At($"{name}.npz")).Find("aum").Values.ToArray();
    }

    [TorchFact]
    public void As_many_epochs_are_trained_as_a_score_needs_unless_told_and_too_few_are_refused()
    {
        var data = _folder.Table();
        var result = Score(data, "--scores", "dyn-unc", "--run", _folder.At("run"), "--json");
        Assert.Equal(11, result.Json.GetProperty("epochs").GetInt32());
        var error = Invocation.Fail(2, "score", data, "--scores", "dyn-unc", "--epochs", "4", "--run", _folder.At("other"));
        Assert.Contains("dyn-unc needs a run of at least 11 epochs, and this one has 4", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("other")));
    }

    [TorchFact]
    public void An_interrupted_scoring_goes_on_to_the_same_numbers()
    {
        var data = _folder.Table();
        string[] options = ["--scores", "el2n:epochs=400,runs=3", "aum", "--epochs", "400", "--threads", "1"];
        Assert.Equal(0, Score([data, .. options, "--run", _folder.At("whole")]).Code);

        // In the second run, when the first is done: asked to stop, and then killed.
        foreach (var (signal, code) in new[] { ("INT", 130), ("KILL", 137) })
        {
            using var program = new RunningProgram(null, signal == "INT" ? ["score", data, .. options, "--run", _folder.At("parts"), "--checkpoint-every", "200steps"] : ["score", "--resume", _folder.At("parts")]);
            program.WaitFor(signal == "INT" ? "2/3 seed" : "goes on");
            program.Signal(signal);
            Assert.Equal(code, program.Code());
            if (signal == "INT")
            {
                Assert.Contains($"winnow score --resume {_folder.At("parts")} goes on from there", program.Error, StringComparison.Ordinal);
            }
        }

        Assert.False(File.Exists(_folder.At("parts/scores.npz")));
        Assert.Equal(0, Invocation.Run("score", "--resume", _folder.At("parts"), "--quiet").Code);
        foreach (var (one, other) in ScoreFile.Read(_folder.At("whole/scores.npz")).Scores.Zip(ScoreFile.Read(_folder.At("parts/scores.npz")).Scores))
        {
            Assert.Equal((one.Spec, one.Runs), (other.Spec, other.Runs));
            Assert.Equal(one.Values.ToArray(), other.Values.ToArray());
        }

        Assert.Contains("made already", Invocation.Run("score", "--resume", _folder.At("parts")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_another_trainer_are_taken_by_number_and_scored()
    {
        Outputs(12);
        var result = Invocation.Run("score", "--from-probabilities", _folder.At("p-*.npy"), "--labels", _folder.At("y.npy"), "--scores", "forgetting", "aum", "el2n-sum", "--out", _folder.At("s.npz"));
        Assert.Equal(0, result.Code);
        Assert.Equal(Enumerable.Range(1, 12).Select(epoch => $"p-{epoch}.npy"), result.ErrorLines.Select(line => Path.GetFileName(line.Split("  ")[0])));
        var file = ScoreFile.Read(_folder.At("s.npz"));
        Assert.Equal(("probabilities", 12, null, null), (file.Manifest.Source, file.Manifest.Epochs, file.Manifest.Fingerprint, file.Manifest.Seed));

        // Sample 0 is right in every epoch but the even ones, of which there are six, each forgotten once; sample 1 never is.
        Assert.Equal([6f, 12], file.Find("forgetting").Values.ToArray());
    }

    [NumpyFact]
    public void Numpy_reads_the_file()
    {
        Outputs(10);
        Assert.Equal(0, Invocation.Run("score", "--from-probabilities", _folder.At("p-*.npy"), "--labels", _folder.At("y.npy"), "--scores", "forgetting:never-learned=infinity", "aum", "--out", _folder.At("s.npz"), "-q").Code);
        using var python = Process.Start(new ProcessStartInfo(Numpy.Python, ["-c",
            "import json, sys, numpy; f = numpy.load(sys.argv[1]); m = json.loads(f['manifest'].tobytes()); print(f['aum'].dtype, f['aum'].shape, f['ids'].tolist(), f['forgetting:never-learned=infinity'].tolist(), m['n'], m['scores'][1]['orientation'])",
            _folder.At("s.npz")])
        { RedirectStandardOutput = true })!;
        Assert.Equal("float32 (2,) [0, 1] [5.0, inf] 2 higher-is-cleaner\n", python.StandardOutput.ReadToEnd());
    }

    [TorchFact]
    public void A_recorded_run_is_scored_by_what_it_has_and_the_rest_is_refused_by_name()
    {
        Assert.Equal(0, Invocation.Run("train", _folder.Table(), "--method", "full", "--epochs", "4", "--quiet", "--run", _folder.At("run")).Code);
        Assert.Equal(0, Invocation.Run("score", "--from-run", _folder.At("run"), "--scores", "forgetting", "correctness", "--out", _folder.At("s.npz")).Code);
        var file = ScoreFile.Read(_folder.At("s.npz"));
        Assert.Equal(("run", 4, 501), (file.Manifest.Source, file.Manifest.Epochs, file.Count));
        Assert.All(file.Find("correctness").Values.ToArray(), static score => Assert.InRange(score, 0, 4));
        var error = Invocation.Fail(2, "score", "--from-run", _folder.At("run"), "--scores", "forgetting", "aum", "--out", _folder.At("t.npz"));
        Assert.Contains("the score aum needs logit_margin, and a run records of each visit the loss and the prediction", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("t.npz")));
    }

    [TorchFact]
    public void Train_makes_scores_beside_and_the_weights_stay_as_they_are()
    {
        var data = _folder.Table();
        string Weights(string run, params string[] more) => Invocation.Run(["train", data, "--epochs", "3", "--method", "full", "--threads", "1", "--json", "--run", _folder.At(run), .. more]).Json.GetProperty("weights_sha256").GetString()!;
        Assert.Equal(Weights("a"), Weights("b", "--scores", "aum", "loss"));
        Assert.False(File.Exists(_folder.At("a/scores.npz")));

        // What was made beside, with what the record tells.
        Assert.Equal(0, Invocation.Run("score", "--from-run", _folder.At("b"), "--scores", "forgetting", "aum", "--out", _folder.At("s.npz")).Code);
        var (made, given) = (ScoreFile.Read(_folder.At("b/scores.npz")), ScoreFile.Read(_folder.At("s.npz")));
        Assert.Equal(["aum", "loss"], made.Scores.Select(static score => score.Spec));
        Assert.Equal(["forgetting", "aum"], given.Scores.Select(static score => score.Spec));
        Assert.Equal(made.Find("aum").Values.ToArray(), given.Find("aum").Values.ToArray());
        Assert.Contains("needs logit_margin of each sample, which", Invocation.Fail(2, "train", _folder.Images(), "--task", "reconstruct", "--scores", "aum", "--run", _folder.At("c")), StringComparison.Ordinal);
        Assert.Contains("at least 9 epochs", Invocation.Fail(2, "train", data, "--scores", "el2n:epochs=9", "--run", _folder.At("c")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("c")));
    }

    [TorchFact]
    public void A_score_of_which_the_method_shows_too_little_is_told_and_left_out()
    {
        // A method that never visits some samples within so few epochs.
        var result = Invocation.Run("train", _folder.Table(), "--epochs", "2", "--method", "random:keep=0.3", "--scores", "correctness", "loss", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Contains("correctness of sample ", result.Error, StringComparison.Ordinal);
        Assert.Equal(["loss"], ScoreFile.Read(_folder.At("run/scores.npz")).Scores.Select(static score => score.Spec));
    }

    [Theory]
    [InlineData("--from-probabilities {p} --scores aum --out {out}", "outputs need the samples' labels: give --labels y.npy")]
    [InlineData("--from-probabilities {p} --labels {y}", "--out is needed where nothing is trained")]
    [InlineData("--from-probabilities {p} --labels {y} --out {csv}", "doesn't end in .npz")]
    [InlineData("--from-probabilities {p} --labels {y} --out {there}", "is there already and is no file of scores")]
    [InlineData("--from-probabilities {none} --labels {y} --out {out}", "there is no such file; put a pattern into quotes")]
    [InlineData("--from-probabilities {p} --from-logits {p} --labels {y} --out {out}", "are both given")]
    [InlineData("--from-probabilities {p} --labels {y} --scores aum aum --out {out}", "--scores names aum twice")]
    [InlineData("--from-probabilities {p} --labels {y} --scores grand --out {out}", "grand needs last_layer_gradient of each sample")]
    [InlineData("--from-probabilities {p} --labels {y} --scores grand:gradient=full --out {out}", "grand:gradient=full needs full_gradient of each sample")]
    [InlineData("{none} --scores grand:gradient=all", "gradient=all is not one of last-layer, full")]
    [InlineData("--from-probabilities {p} --labels {y} --scores el2n-sum --out {out}", "el2n-sum needs a run of at least 10 epochs, and this one has 3")]
    [InlineData("--from-probabilities {p} --labels {y} --scores forgeting --out {out}", "did you mean forgetting?")]
    [InlineData("--from-probabilities {p} --labels {long} --scores aum --out {out}", "has 2 rows, and there are 3 labels")]
    [InlineData("--from-probabilities {p} --labels {floats} --scores aum --out {out}", "floats.npy: the elements are Float32; labels are whole numbers")]
    [InlineData("--from-probabilities {p} --labels {nan} --scores aum --out {out}", "one label a sample, [N], is needed")]
    [InlineData("--from-probabilities {p} --labels {below} --scores aum --out {out}", "below.npy: ")]
    [InlineData("--from-probabilities {nan} --labels {y} --scores aum --out {out}", "row 1 holds NaN for class 2")]
    [InlineData("--from-probabilities {logits} --labels {y} --scores aum --out {out}", "row 0 holds 3 for class 0, which is no probability")]
    [InlineData("--from-run {none} --out {out}", "there is no folder")]
    [InlineData("--from-run {none} --from-logits {p} --out {out}", "--from-run can't be given with")]
    [InlineData("--from-logits {p} --labels {y} --epochs 3 --out {out}", "--epochs means nothing where nothing is trained")]
    [InlineData("--from-run {none} --labels {y} --out {out}", "--labels means nothing where nothing is trained")]
    [InlineData("{none} --labels {y}", "--labels goes with --from-probabilities")]
    [InlineData("--scores aum", "score needs <data> as its first word")]
    [InlineData("{none} --scores nothing", "no score nothing")]
    [InlineData("{none} --runs 0", "--runs 0 is not in [1, 1000]")]
    public void Bad_input_ends_with_one_sentence_and_leaves_no_file(string options, string problem)
    {
        Outputs(3);
        _folder.Array<long>("long.npy", [0, 1, 2]);
        _folder.Array<float>("floats.npy", [0, 1]);
        _folder.Array<long>("below.npy", [0, -1]);
        _folder.Array<float>("nan.npy", [0.5f, 0.25f, 0.25f, 0.5f, 0.25f, float.NaN], 2, 3);
        _folder.Array<float>("logits.npy", [3, 0, -1, 1, 2, 3], 2, 3);
        File.WriteAllText(_folder.At("there.npz"), "mine");
        var before = _folder.Files();
        var line = string.Join(' ', options.Split(' ').Select(word => word.StartsWith('{') ? word switch
        {
            "{p}" => _folder.At("p-*.npy"),
            "{y}" => _folder.At("y.npy"),
            "{out}" => _folder.At("out.npz"),
            "{csv}" => _folder.At("out.csv"),
            "{none}" => _folder.At("none*"),
            _ => _folder.At($"{word[1..^1]}.{(word == "{there}" ? "npz" : "npy")}"),
        } : word));
        Assert.Contains(problem, Invocation.Fail(2, ["score", .. line.Split(' ')]), StringComparison.Ordinal);
        Assert.Equal(before, _folder.Files());
    }

    private CliResult Score(params string[] args) => Invocation.Run(["score", .. args]);

    // Two samples of three classes: of label 0, which is the likeliest in every other epoch, and of label 2, which never is.
    private void Outputs(int epochs)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            _folder.Array<float>($"p-{epoch}.npy", [epoch % 2 == 1 ? 0.6f : 0.2f, 0.3f, epoch % 2 == 1 ? 0.1f : 0.5f, 0.5f, 0.3f, 0.2f], 2, 3);
        }

        _folder.Array<long>("y.npy", [0, 2]);
    }
}
