using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>What can be said and what is refused when a run goes on; that it goes on to the same end is for <see cref="CrashTests"/>.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_run_that_has_ended_shows_its_result_again()
    {
        var first = Train("--json");
        var again = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal(0, again.Code);
        Assert.Equal(first.Out, again.Out);
        Assert.Contains("has come to its end already", again.Error, StringComparison.Ordinal);
        Assert.Equal(64, again.Json.GetProperty("weights_sha256").GetString()!.Length);
        Assert.Equal(["events.jsonl", "report.html", "result.json", "run.json", "samples/ids.npy", "samples/labels.npy", "samples/losses.npy", "samples/predictions.npy", "tensorboard/infobatch/seed-1/events.out.tfevents.winnow", "weights/weights.npz", "weights/weights.safetensors"], _folder.Files("run"));
    }

    [TorchFact]
    public void Data_may_have_moved_but_not_changed()
    {
        Interrupted();
        Directory.Move(_folder.At("table"), _folder.At("moved"));
        Assert.Contains("neither a known data set nor a folder", Resume(), StringComparison.Ordinal);
        Assert.Contains("the run was begun with table of 501 and 99 samples (", Resume(_folder.Table("other", change: static (values, _) => values[0]++)), StringComparison.Ordinal);
        Assert.Contains("of 501 and 99 samples (", Resume(_folder.Table("short", count: 500)), StringComparison.Ordinal);
        Directory.Move(_folder.At("moved"), _folder.At("table"));
        Assert.Equal(0, Invocation.Run("train", _folder.At("table"), "--resume", _folder.At("run"), "--checkpoint-every", "never", "--quiet").Code);
    }

    [TorchFact(fashionMnist: true)]
    public void Data_whose_classes_have_names_are_known_again()
    {
        string[] run = ["--threads", "1", "--run", _folder.At("run"), "--json"];
        var first = Invocation.Run(["train", "fashion-mnist", "--limit", "500", "--model", "mlp", "--epochs", "2", .. run]);
        File.Delete(_folder.At("run/result.json"));
        var again = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal((0, first.Json.GetProperty("weights_sha256").GetString()), (again.Code, again.Json.GetProperty("weights_sha256").GetString()));
    }

    [TorchFact]
    public void What_cannot_go_on_is_refused_and_left_as_it_is()
    {
        Interrupted();
        var files = _folder.Files("run").ToDictionary(static file => file, file => File.ReadAllBytes(_folder.At("run/" + file)));
        Assert.Contains("--epochs can't be given with --resume", Resume("--epochs", "9"), StringComparison.Ordinal);
        Assert.Contains("--threads can't be given with --resume", Resume("--threads", "2"), StringComparison.Ordinal);
        Assert.Contains("--run can't be given with --resume", Resume("--run", "x"), StringComparison.Ordinal);
        Assert.Contains("--checkpoint-every 3min is neither", Resume("--checkpoint-every", "3min"), StringComparison.Ordinal);
        Assert.Contains("--checkpoints 0 is not in [1, 1000]", Resume("--checkpoints", "0"), StringComparison.Ordinal);
        Assert.Contains("holds a run of winnow train; go on with it by winnow train --resume", Invocation.Fail(2, "compare", "--resume", _folder.At("run")), StringComparison.Ordinal);
        Assert.Contains("holds no run that could go on", Invocation.Fail(2, "train", "--resume", _folder.At("table")), StringComparison.Ordinal);
        Assert.Contains("holds no run that could go on", Invocation.Fail(2, "train", "--resume", _folder.At("nothing")), StringComparison.Ordinal);
        Assert.Contains("--resume is empty", Invocation.Fail(2, "train", "--resume", ""), StringComparison.Ordinal);
        using (File.Open(_folder.At("run/run.json"), FileMode.Open, FileAccess.Read, FileShare.None))
        {
            Assert.Contains("Does another process work on it?", Resume(), StringComparison.Ordinal);
        }

        Assert.All(files, file => Assert.Equal(file.Value, File.ReadAllBytes(_folder.At("run/" + file.Key))));

        // A recipe that was changed by hand is another run, as its checkpoint tells.
        var plan = JsonNode.Parse(File.ReadAllText(_folder.At("run/run.json")))!;
        plan["recipe"]!["momentum"] = 0.5;
        File.WriteAllText(_folder.At("run/run.json"), plan.ToJsonString(JsonSerializerOptions.Default));
        Assert.Contains("recipe.momentum is 0.9 in the checkpoint and 0.5 here", Resume(), StringComparison.Ordinal);
        File.WriteAllText(_folder.At("run/run.json"), "{");
        Assert.Contains("run.json\" is damaged", Resume(), StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_damaged_checkpoint_is_told_and_the_one_before_it_used()
    {
        Interrupted();
        var newest = Directory.GetFiles(_folder.At("run/checkpoints")).Max(StringComparer.Ordinal)!;
        var content = File.ReadAllBytes(newest);
        content[content.Length / 2] ^= 4;
        File.WriteAllBytes(newest, content);
        var result = Invocation.Run("train", "--resume", _folder.At("run"), "--checkpoint-every", "never", "--quiet", "--json");
        Assert.Equal(0, result.Code);
        Assert.Contains($"{newest}: section \"", result.Error, StringComparison.Ordinal);
        Assert.Equal(Invocation.Run("train", _folder.At("table"), "--epochs", "60", "--threads", "1", "--quiet", "--json", "--run", _folder.At("whole")).Json.GetProperty("weights_sha256").GetString(), result.Json.GetProperty("weights_sha256").GetString());
    }

    [TorchFact(mount: true)]
    public void A_full_disk_costs_checkpoints_and_not_the_run()
    {
        // Of a checkpoint most is what is known of the samples, so that the weights, which come before the last checkpoint goes, are small beside it.
        var data = _folder.Table(count: 6000);
        var options = new[] { "--epochs", "1", "--batch-size", "64", "--width", "1", "--threads", "1", "--quiet", "--no-samples" };
        Assert.Equal(0, Invocation.Run(["train", data, "--run", _folder.At("roomy"), .. options]).Code);
        Directory.CreateDirectory(_folder.At("disk"));
        using var disk = new TinyDisk(_folder.At("disk"), 128);

        // Room for run.json, the events, the weights and a result, but not for a checkpoint beside an older one.
        File.WriteAllBytes(_folder.At("disk/fill"), new byte[16 << 10]);
        var result = Invocation.Run(["train", data, "--run", _folder.At("disk/run"), "--checkpoint-every", "1steps", "--checkpoints", "1", .. options]);
        Assert.Equal(0, result.Code);
        Assert.Contains("can't be written: No space left on device", result.Error, StringComparison.Ordinal);
        Assert.Contains("the run goes on, and would resume from", result.Error, StringComparison.Ordinal);
        Assert.Equal(["events.jsonl", "result.json", "run.json", "tensorboard/infobatch/seed-1/events.out.tfevents.winnow", "weights/weights.npz", "weights/weights.safetensors"], _folder.Files("disk/run"));
        Assert.Equal(File.ReadAllBytes(_folder.At("roomy/weights/weights.npz")), File.ReadAllBytes(_folder.At("disk/run/weights/weights.npz")));
    }

    [TorchFact(mount: true)]
    public void A_folder_that_became_read_only_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_folder.At("run"));
        using var disk = new TinyDisk(_folder.At("run"), 2048);
        Interrupted("run/a");
        disk.MakeReadOnly();
        Assert.Contains("Read-only file system", Invocation.Fail(1, "train", "--resume", _folder.At("run/a"), "--quiet"), StringComparison.Ordinal);
    }

    private CliResult Train(params string[] more) => Invocation.Run(["train", _folder.Table(), "--epochs", "2", "--threads", "1", "--quiet", "--run", _folder.At("run"), .. more]);

    private string Resume(params string[] more) => Invocation.Fail(2, ["train", .. more is [var data] ? [data] : more, "--resume", _folder.At("run"), "--quiet"]);

    /// <summary>A run as a process that died left it: its result is missing.</summary>
    private void Interrupted(string name = "run")
    {
        string[] arguments = ["train", _folder.Table(), "--epochs", "60", "--threads", "1", "--quiet", "--checkpoint-every", "2steps", "--run", _folder.At(name)];
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Winnow.Cli"), arguments) { RedirectStandardError = true })!;
        while (!process.HasExited && (!Directory.Exists(_folder.At(name + "/checkpoints")) || Directory.GetFiles(_folder.At(name + "/checkpoints"), "*.safetensors").Length < 2))
        {
            Thread.Sleep(1);
        }

        process.Kill();
        process.WaitForExit();
    }
}
