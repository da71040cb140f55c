using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>In processes of their own with a cache of their own, where the classifier is kept.</summary>
[Collection(TrainingCollection.Name)]
public sealed class DenoiseTests : IDisposable
{
    private static readonly string[] s_small = ["--task", "denoise", "--width", "16", "--batch-size", "16", "--images", "20", "--sampling-steps", "2", "--threads", "1", "--json"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_run_is_judged_by_its_images_leaves_some_and_goes_on()
    {
        var (result, error) = Run(["train", _folder.Images(), .. s_small, "--epochs", "2", "--run", _folder.At("run")]);
        var metric = result.GetProperty("metrics").GetProperty("frechet_distance");
        Assert.True(metric.GetProperty("decides").GetBoolean());
        Assert.False(metric.GetProperty("higher_is_better").GetBoolean());
        Assert.True(metric.GetProperty("value").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, result.GetProperty("history")[0].GetProperty("metrics").GetProperty("frechet_distance").GetProperty("value").ValueKind);
        Assert.Equal(("unet", "denoise"), (result.GetProperty("model").GetString(), result.GetProperty("recipe").GetProperty("task").GetString()));
        Assert.Contains("frechet distance ", error, StringComparison.Ordinal);
        Assert.Contains("test frechet distance", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);
        Assert.True(File.ReadAllBytes(_folder.At("run/weights/weights-images.png")).AsSpan(1).StartsWith("PNG"u8));
        Assert.Single(Directory.GetFiles(_folder.At("cache/winnow/classifiers")));

        // As if it had been stopped before its end.
        File.Delete(_folder.At("run/result.json"));
        var (resumed, _) = Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal(
            (result.GetProperty("weights_sha256").GetString(), metric.GetProperty("value").GetDouble()),
            (resumed.GetProperty("weights_sha256").GetString(), resumed.GetProperty("metrics").GetProperty("frechet_distance").GetProperty("value").GetDouble()));
    }

    [TorchFact]
    public void It_goes_through_the_same_proof()
    {
        var (result, _) = Run(["compare", _folder.Images(), .. s_small, "--epochs", "1", "--methods", "random", "--seeds", "3", "--run", _folder.At("run")]);
        var arm = result.GetProperty("arms")[0].GetProperty("metrics");
        Assert.Equal(3, arm.GetProperty("frechet_distance").GetProperty("values").GetArrayLength());
        Assert.Contains(result.GetProperty("notes").EnumerateArray(), static note => note.GetString()!.Contains("its frechet distance differs from full data by", StringComparison.Ordinal));
        Assert.True(File.Exists(_folder.At("run/weights/full-seed1-images.png")));
    }

    [TorchFact]
    public void What_cant_be_is_refused()
    {
        Assert.Equal("winnow: --mask means nothing to the task denoise; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--task", "denoise", "--mask", "0.5"));
        Assert.Equal("winnow: --raw-loss means nothing to the task classify; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--raw-loss"));
        Assert.Equal("winnow: --images means nothing to the task reconstruct; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--task", "reconstruct", "--images", "9"));
        Assert.Equal("winnow: --width 24 is not a multiple of 16; e.g. 16.", Invocation.Fail(2, "train", _folder.Images(), "--task", "denoise", "--width", "24"));
        Assert.Equal("winnow: --sampling-steps 2000 is not at most the 1000 time steps; e.g. 20.", Invocation.Fail(2, "train", _folder.Images(), "--task", "denoise", "--sampling-steps", "2000"));
        Assert.StartsWith("winnow: the method kakurenbo needs confidence and correct of each sample, which denoise doesn't tell", Invocation.Fail(2, ["train", _folder.Images(), .. s_small, "--method", "kakurenbo"]), StringComparison.Ordinal);
    }

    private (JsonElement Result, string Error) Run(params string[] arguments)
    {
        using var program = new RunningProgram(new Dictionary<string, string> { ["WINNOW_PROBE"] = "0", ["XDG_CACHE_HOME"] = _folder.At("cache") }, arguments);
        Assert.True(program.Code(seconds: 180) == 0, program.Error);
        return (JsonDocument.Parse(program.Out).RootElement, program.Error);
    }
}
