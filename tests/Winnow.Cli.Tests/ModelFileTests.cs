using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary>Networks from TorchScript files and first weights from files, by the command line.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ModelFileTests : IDisposable
{
    // Takes vectors of 4 features and gives 3 classes.
    private static readonly string s_model = Path.Combine(AppContext.BaseDirectory, "vectors.pt");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_TorchScript_file_is_trained_and_saved_as_one_that_can_be_trained_on()
    {
        var first = Train("first", "--model", s_model, "--epochs", "3");
        Assert.Equal(0, first.Code);
        Assert.Equal(["weights.npz", "weights.pt", "weights.safetensors"], _folder.Files("first/weights"));
        var recipe = first.Json.GetProperty("recipe");
        Assert.Equal("vectors.pt", recipe.GetProperty("model").GetString());
        Assert.Equal(s_model, recipe.GetProperty("model_file").GetProperty("path").GetString());
        Assert.Equal(64, recipe.GetProperty("model_file").GetProperty("sha256").GetString()!.Length);

        // What was saved as TorchScript and what was saved as weights begin alike.
        var script = Train("script", "--model", _folder.At("first/weights/weights.pt"), "--epochs", "1");
        var weights = Train("weights", "--model", s_model, "--weights", _folder.At("first/weights/weights.safetensors"), "--epochs", "1");
        var npz = Train("npz", "--model", s_model, "--weights", _folder.At("first/weights/weights.npz"), "--epochs", "1");
        Assert.Equal((0, 0, 0), (script.Code, weights.Code, npz.Code));
        Assert.Equal(script.Json.GetProperty("weights_sha256").GetString(), weights.Json.GetProperty("weights_sha256").GetString());
        Assert.Equal(script.Json.GetProperty("weights_sha256").GetString(), npz.Json.GetProperty("weights_sha256").GetString());
    }

    [TorchFact]
    public void A_comparison_trains_every_arm_from_the_file_and_says_what_its_seeds_differ_in()
    {
        var result = Invocation.Run("compare", _folder.Table(), "--model", s_model, "--methods", "infobatch", "--seeds", "2", "--epochs", "2", "--threads", "1", "--run", _folder.At("run"), "--json");
        Assert.Equal(0, result.Code);
        Assert.Contains($"Every run begins with the weights in {s_model}: seeds differ in order, draws and augmentation alone", result.Error, StringComparison.Ordinal);
        var files = _folder.Files("run/weights");
        Assert.Equal(files.Count(static file => file.EndsWith(".npz", StringComparison.Ordinal)), files.Count(static file => file.EndsWith(".pt", StringComparison.Ordinal)));
        Assert.Contains("infobatch-seed1.pt", files);
    }

    [TorchFact]
    public void A_run_goes_on_from_its_checkpoint_only_with_the_same_file()
    {
        var model = _folder.At("net.pt");
        File.Copy(s_model, model);
        string[] arguments = ["train", _folder.Table(), "--model", model, "--epochs", "150", "--threads", "1", "--json"];
        var whole = Invocation.Run([.. arguments, "--run", _folder.At("whole")]);
        using (var run = new RunningProgram(null, [.. arguments, "--run", _folder.At("run"), "--checkpoint-every", "1steps"]))
        {
            run.WaitFor("epoch 2/");
            run.Signal("KILL");
            Assert.NotEqual(0, run.Code());
        }

        File.AppendAllText(model, "x");
        Assert.Contains("isn't the file that the run was begun with", Invocation.Fail(2, "train", "--resume", _folder.At("run")), StringComparison.Ordinal);
        File.Copy(s_model, model, overwrite: true);
        var resumed = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal(whole.Json.GetProperty("weights_sha256").GetString(), resumed.Json.GetProperty("weights_sha256").GetString());
    }

    [TorchFact(ranks: true)]
    public void Several_processes_train_the_network_of_a_file_and_save_it_once()
    {
        using var together = new RunningProgram(null, "train", _folder.Table(), "--model", s_model, "--epochs", "2", "--processes", "2", "--run", _folder.At("run"), "--json");
        Assert.Equal(0, together.Code());
        Assert.Empty(together.Failures);
        Assert.Equal(["weights.npz", "weights.pt", "weights.safetensors"], _folder.Files("run/weights"));
    }

    [TorchFact]
    public void What_cannot_be_a_model_or_its_weights_is_refused_in_one_line_before_a_folder_is_made()
    {
        File.WriteAllText(_folder.At("text.pt"), "import torch");
        File.WriteAllBytes(_folder.At("cut.pt"), File.ReadAllBytes(s_model)[..500]);
        File.WriteAllBytes(_folder.At("lie.safetensors"), [255, 255, 0, 0, 0, 0, 0, 0, .. "{}"u8]);
        Npz.Write(_folder.At("other.npz"), new NpzContent().With("w", NpyArray.Create<float>([1, 2], 2)));
        foreach (var (options, says) in new[]
        {
            ($"--model {_folder.At("text.pt")}", "is no TorchScript file: it is text that begins with \"import torch\""),
            ($"--model {_folder.At("cut.pt")}", "cut off"),
            ($"--model {_folder.At("missing.pt")}", "there is no such file"),
            ($"--model {s_model} --width 8", "Leave it out"),
            ($"--model {s_model} --weights {_folder.At("lie.safetensors")}", "expected a header of 65535 bytes, found 2"),
            ($"--weights {_folder.At("other.npz")}", "don't fit mlp: \"hidden1.weight\" is missing"),
            ($"--weights {_folder.At("text.pt")}", "ends neither in .safetensors nor in .npz"),
        })
        {
            var error = Invocation.Fail(2, ["train", _folder.Table(), "--run", _folder.At("run"), "--quiet", .. options.Split(' ')]);
            Assert.Contains(says, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }

        // A network for other data: four features, not two, and three classes, not four.
        Assert.Contains("can't be called with a batch of", Invocation.Fail(2, "train", Narrow(), "--model", s_model, "--run", _folder.At("run")), StringComparison.Ordinal);
        var four = _folder.Table("four", change: static (_, labels) => labels[0] = 3);
        Assert.Contains("four has 4 classes: it has to give floats", Invocation.Fail(2, "train", four, "--model", s_model, "--run", _folder.At("run")), StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.At("run")));
    }

    private string Narrow()
    {
        Directory.CreateDirectory(_folder.At("narrow"));
        _folder.Array<float>("narrow/x.npy", Enumerable.Range(0, 120).Select(static i => (float)i % 7).ToArray(), 60, 2);
        _folder.Array<int>("narrow/y.npy", Enumerable.Range(0, 60).Select(static i => i % 3).ToArray());
        return _folder.At("narrow");
    }

    private CliResult Train(string run, params string[] options) =>
        Invocation.Run(["train", _folder.Table(), "--threads", "1", "--run", _folder.At(run), "--json", .. options]);
}
