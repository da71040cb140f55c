using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class TaskTests : IDisposable
{
    private static readonly string[] s_small = ["--task", "reconstruct", "--width", "16", "--depth", "1", "--batch-size", "16", "--epochs", "2", "--threads", "1", "--json"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void Another_task_is_trained_judged_by_its_own_metric_and_gone_on_with()
    {
        var result = Invocation.Run(["train", _folder.Images(), .. s_small, "--run", _folder.At("run")]);
        Assert.Equal(0, result.Code);
        var metric = result.Json.GetProperty("metrics").GetProperty("knn_accuracy");
        Assert.True(metric.GetProperty("decides").GetBoolean());
        Assert.InRange(metric.GetProperty("value").GetDouble(), 0, 1);
        Assert.Equal("mae", result.Json.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, result.Json.GetProperty("accuracy").ValueKind);
        Assert.Equal(("reconstruct", 0.75), (result.Json.GetProperty("recipe").GetProperty("task").GetString(), result.Json.GetProperty("recipe").GetProperty("mask").GetDouble()));
        Assert.Contains("knn accuracy ", result.Error, StringComparison.Ordinal);
        Assert.Contains("test knn accuracy", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("run/samples")));

        // As if it had been stopped before its end.
        File.Delete(_folder.At("run/result.json"));
        var resumed = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal(result.Json.GetProperty("weights_sha256").GetString(), resumed.Json.GetProperty("weights_sha256").GetString());
    }

    [TorchFact]
    public void It_goes_through_the_same_proof()
    {
        var result = Invocation.Run(["compare", _folder.Images(), .. s_small, "--methods", "infobatch", "--seeds", "3", "--run", _folder.At("run")]);
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Json.GetProperty("notes").EnumerateArray(), static note => note.GetString()!.Contains("its knn accuracy differs from full data by", StringComparison.Ordinal));
        var arm = result.Json.GetProperty("arms")[0].GetProperty("metrics");
        Assert.Equal(3, arm.GetProperty("test_loss").GetProperty("values").GetArrayLength());
        Assert.False(arm.GetProperty("test_loss").GetProperty("higher_is_better").GetBoolean());
    }

    [TorchFact]
    public void What_means_nothing_to_a_task_is_refused()
    {
        Assert.StartsWith("winnow: --task dream is unknown; use one of classify, reconstruct", Invocation.Fail(2, "train", _folder.Images(), "--task", "dream"), StringComparison.Ordinal);
        Assert.Equal("winnow: --model means nothing to the task reconstruct; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--task", "reconstruct", "--model", "mlp"));
        Assert.Equal("winnow: --mask means nothing to the task classify; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--mask", "0.5"));
        Assert.Equal("winnow: --samples records predictions of classes, and the task reconstruct makes none; leave it out.", Invocation.Fail(2, ["train", _folder.Images(), .. s_small, "--samples"]));
        Assert.StartsWith("winnow: --patch-size 5 doesn't divide images of ", Invocation.Fail(2, "train", _folder.Images(), "--task", "reconstruct", "--patch-size", "5", "--threads", "1"), StringComparison.Ordinal);
        Assert.StartsWith("winnow: the method kakurenbo needs confidence and correct of each sample, which reconstruct doesn't tell", Invocation.Fail(2, ["train", _folder.Images(), .. s_small, "--method", "kakurenbo"]), StringComparison.Ordinal);
    }
}
