using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_run_leaves_events_result_and_weights_and_prints_the_result()
    {
        var result = Train(_folder.Table(), "--epochs", "4", "--json");
        Assert.Equal(0, result.Code);
        Assert.Equal(["events.jsonl", "report.html", "result.json", "run.json", "samples/ids.npy", "samples/labels.npy", "samples/losses.npy", "samples/predictions.npy", "tensorboard/infobatch/seed-1/events.out.tfevents.winnow", "weights/weights.npz", "weights/weights.safetensors"], _folder.Files("run"));
        Assert.Equal(File.ReadAllText(_folder.At("run/result.json")).TrimEnd(), result.Out.TrimEnd());
        Assert.InRange(result.Json.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.InRange(result.Json.GetProperty("saved").GetProperty("samples").GetDouble(), 0.05, 0.5);
        Assert.Equal("fp32", result.Json.GetProperty("recipe").GetProperty("precision").GetString());
        Assert.Equal(
            ["run_started", .. Enumerable.Repeat<string[]>(["epoch_planned", "epoch_ended"], 4).SelectMany(static pair => pair), "run_ended"],
            File.ReadLines(_folder.At("run/events.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()));
        Assert.NotEmpty(Npz.Read(_folder.At("run/weights/weights.npz")).Arrays);
        // The note about the held-out part, then a line an epoch.
        Assert.Equal(5, result.ErrorLines.Length);
    }

    [TorchFact]
    public void Quiet_prints_the_table_and_no_progress()
    {
        var result = Train(_folder.Table(), "--epochs", "1", "--quiet");
        Assert.Contains("Test accuracy", result.Out, StringComparison.Ordinal);
        Assert.Contains("Run folder: ", result.Out, StringComparison.Ordinal);
        Assert.Contains($"Report: {_folder.At("run/report.html")}\n", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 1/1", result.Error, StringComparison.Ordinal);
    }

    [TorchFact]
    public void The_same_seed_gives_the_same_weights_and_another_one_others()
    {
        var data = _folder.Table();
        string Weights(string seed, string run) => Invocation.Run("train", data, "--epochs", "2", "--threads", "1", "--seed", seed, "--run", _folder.At(run), "--json")
            .Json.GetProperty("weights_sha256").GetString()!;

        var first = Weights("5", "a");
        Assert.Equal(first, Weights("5", "b"));
        Assert.NotEqual(first, Weights("6", "c"));
    }

    [TorchFact]
    public void A_saving_that_is_asked_for_is_reached_and_told_beside_what_was_asked()
    {
        var result = Train(_folder.Table(), "--epochs", "8", "--save", "30%");
        Assert.Equal(0, result.Code);
        Assert.Contains("30.0 % of the samples (30.0 % asked)", result.Out, StringComparison.Ordinal);
        Assert.Contains("so far", result.Out, StringComparison.Ordinal);
        Assert.Contains("infobatch:save=0.3  epoch 1/8  keeps 100 %  saved 0.0 % of 30 % asked  loss", result.Error, StringComparison.Ordinal);
        Assert.Matches("epoch 8/8  keeps 100 %  saved (29.9|30.0|30.1) % of 30 % asked  loss", result.Error);
    }

    [TorchFact]
    public void A_value_out_of_range_is_refused_before_a_folder_is_made()
    {
        var data = _folder.Table();
        foreach (var (options, rule) in new[]
        {
            ("--limit 0", "is not in [1, 501]"),
            ("--limit 502", "is not in [1, 501]"),
            ("--epochs 5 --save 90%", "infobatch:save=0.9: save=0.9 can't be reached in 5 epochs"),
            ("--epochs 1 --save 10%", "none of them can be pruned"),
            ("--epochs 0", "is not in [1, 1000000]"),
            ("--batch-size 0", "is not in [1, 1048576]"),
            ("--width 0", "is not in [1, 1024]"),
            ("--width 1025", "is not in [1, 1024]"),
            ("--lr -1", "--learning-rate -1 is not in (0, 1000000]"),
            ("--lr 0", "--learning-rate 0 is not in (0, 1000000]"),
            ("--momentum 1", "is not in [0, 1)"),
            ("--weight-decay -1", "is not in [0, 1000]"),
            ("--label-smoothing 1", "is not in [0, 1)"),
            ("--optimizer lion", "is not sgd or adamw"),
            ("--schedule step", "there are cosine, linear, onecycle"),
            ("--schedule linear:warmup=0,5", "decimals stand behind a point"),
            ("--schedule linear:warmup=1e400", "warmup=1e400 is not in [0, 1)"),
            ("--augment crop=4,5", "\"5\" in the augmentation"),
            ("--augment crop=9999999999", "a whole number of pixels in [1, 64]"),
            ("--checkpoint-every 1,5s", "--checkpoint-every 1,5s is neither a time"),
            ("--limit 3000000000", "is not in [1, 501]"),
            ("--augment spin", "is not one of flip, crop=PIXELS, cutout=PIXELS, none"),
            ("--augment flip", "needs images"),
            ("--model vgg", "use one of mlp, resnet9, resnet-small, resnet18, vit"),
            ("--model resnet9", "needs 8x8"),
            ("--threads 0", "is not in [1, 4096]"),
            ("--device tpu", "use cpu, cuda"),
            ("--device cuda:99", "is not available"),
        })
        {
            Assert.Contains(rule, Invocation.Fail(2, ["train", data, "--run", _folder.At("run"), "--quiet", .. options.Split(' ')]), StringComparison.Ordinal);
        }

        Assert.False(Path.Exists(_folder.At("run")));
    }

    [TorchFact]
    public void Data_that_cannot_be_used_is_refused_before_a_folder_is_made()
    {
        File.WriteAllText(_folder.At("file"), "");
        Directory.CreateDirectory(_folder.At("empty"));
        var damaged = _folder.Table("damaged");
        using (var stream = File.OpenWrite(Path.Combine(damaged, "x.npy")))
        {
            stream.SetLength(1000);
        }

        foreach (var (data, problem) in new[]
        {
            (_folder.At("missing"), "neither a known data set nor a folder"),
            ("fashionmnist", "Did you mean fashion-mnist?"),
            (_folder.At("file"), "is a file; give the folder"),
            (_folder.At("empty"), "holds no data set that Winnow knows"),
            (damaged, "at byte "),
            (_folder.Table("nan", change: static (values, _) => values[7] = float.NaN), "NaN at sample 1"),
            (_folder.Table("label", change: static (_, labels) => labels[3] = -1), "label -1 of sample 3 is outside"),
            (_folder.Table("none", count: 0), "holds no samples"),
            (_folder.Table("few", count: 3), "more samples"),
        })
        {
            Assert.Contains(problem, Invocation.Fail(2, "train", data, "--run", _folder.At("run")), StringComparison.Ordinal);
        }

        Assert.False(Path.Exists(_folder.At("run")));
    }

    [TorchFact]
    public void A_run_folder_that_exists_or_cannot_be_made_is_refused()
    {
        var data = _folder.Table();
        File.WriteAllText(_folder.At("file"), "");
        Assert.Contains("exists already", Invocation.Fail(2, "train", data, "--run", _folder.Path), StringComparison.Ordinal);
        Assert.Contains("exists already", Invocation.Fail(2, "train", data, "--run", _folder.At("file")), StringComparison.Ordinal);
        Assert.Contains("can't be made", Invocation.Fail(2, "train", data, "--run", _folder.At("file/run")), StringComparison.Ordinal);
        Assert.Contains("--run is empty", Invocation.Fail(2, "train", data, "--run", ""), StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_run_that_diverges_says_what_helps_and_keeps_its_events()
    {
        var message = Invocation.Fail(1, "train", _folder.Table(), "--epochs", "2", "--batch-size", "16", "--threads", "1", "--precision", "bf16", "--lr", "1e6", "--run", _folder.At("run"));
        Assert.Contains("a lower learning rate (now 1000000) or a precision of fp32 usually helps", message, StringComparison.Ordinal);
        Assert.Equal(["events.jsonl", "run.json", "samples/ids.npy", "samples/labels.npy", "samples/losses.npy", "samples/predictions.npy"], _folder.Files("run"));
        Assert.All(File.ReadLines(_folder.At("run/events.jsonl")), static line => JsonDocument.Parse(line));
    }

    [TorchFact(mount: true)]
    public void A_full_disk_ends_the_run_with_nothing_half_written()
    {
        var data = _folder.Table();
        Directory.CreateDirectory(_folder.At("disk"));
        using var disk = new TinyDisk(_folder.At("disk"), 64);
        string Run(string name) => Invocation.Fail(1, "train", data, "--epochs", "1", "--threads", "1", "--run", _folder.At("disk/" + name), "--quiet");

        // Room for the plan and the events but not for the weights, then for nothing.
        Assert.Contains("No space left", Run("weights"), StringComparison.Ordinal);
        Assert.Equal(["weights/events.jsonl", "weights/run.json", "weights/samples/ids.npy", "weights/samples/labels.npy", "weights/samples/losses.npy", "weights/samples/predictions.npy", "weights/tensorboard/infobatch/seed-1/events.out.tfevents.winnow"], _folder.Files("disk"));
        Assert.All(File.ReadLines(_folder.At("disk/weights/events.jsonl")), static line => JsonDocument.Parse(line));
        using (var fill = new FileStream(_folder.At("disk/fill"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            Assert.Throws<IOException>(() => fill.Write(new byte[65536]));
        }

        Assert.Contains("No space left", Run("events"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("disk/events")));
    }

    [TorchFact(fashionMnist: true)]
    public void A_slice_of_fashion_mnist_trains()
    {
        var result = Train("fashion-mnist", "--limit", "1000", "--model", "mlp", "--epochs", "2", "--json");
        Assert.Equal(0, result.Code);
        Assert.InRange(result.Json.GetProperty("accuracy").GetDouble(), 0.5, 0.9);
        Assert.Equal("flip", result.Json.GetProperty("recipe").GetProperty("augmentation").GetProperty("flip").GetBoolean() ? "flip" : "none");
    }

    private CliResult Train(string data, params string[] more) => Invocation.Run(["train", data, "--threads", "1", "--run", _folder.At("run"), .. more]);
}
