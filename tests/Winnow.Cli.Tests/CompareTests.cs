using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void With_two_seeds_the_json_has_the_agreed_names_and_differences_without_intervals()
    {
        var json = Compare("--seeds", "2").Json;
        Assert.Equal(("table", "mlp", 3), (json.GetProperty("data").GetString(), json.GetProperty("model").GetString(), json.GetProperty("epochs").GetInt32()));
        var arms = json.GetProperty("arms").EnumerateArray().ToArray();
        Assert.Equal(["full control", "infobatch method", "full control"], arms.Select(static arm => $"{arm.GetProperty("method")} {arm.GetProperty("role")}"));
        foreach (var arm in arms)
        {
            Assert.Equal([1UL, 2UL], arm.GetProperty("seeds").EnumerateArray().Select(static seed => seed.GetUInt64()));
            var accuracy = arm.GetProperty("accuracy");
            Assert.Equal(2, accuracy.GetProperty("values").GetArrayLength());
            Share(accuracy.GetProperty("mean"));
            Assert.True(accuracy.GetProperty("std").GetDouble() >= 0);
            Share(arm.GetProperty("saved").GetProperty("samples"));
            Share(arm.GetProperty("saved").GetProperty("steps"));
            Assert.True(arm.GetProperty("saved").GetProperty("wall").GetDouble() < 1);
            Assert.Equal(2, arm.GetProperty("wall_seconds").GetArrayLength());
            Share(arm.GetProperty("overhead_share"));
        }

        Assert.Equal(JsonValueKind.Null, arms[0].GetProperty("delta_full").ValueKind);
        Assert.Equal(JsonValueKind.Null, arms[0].GetProperty("delta_shortened").ValueKind);
        foreach (var name in new[] { "delta_full", "delta_shortened" })
        {
            var delta = arms[1].GetProperty(name);
            Assert.InRange(delta.GetProperty("mean").GetDouble(), -1, 1);
            Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (delta.GetProperty("low").ValueKind, delta.GetProperty("high").ValueKind));
        }

        // The shortened control takes the pruned arm's steps, to the step.
        Assert.Equal(arms[1].GetProperty("steps").ToString(), arms[2].GetProperty("steps").ToString());
        Assert.Contains("prove nothing", json.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(_folder.At("run/result.json")).TrimEnd(), json.ToString().TrimEnd());
    }

    [TorchFact]
    public void With_three_seeds_differences_have_intervals()
    {
        var delta = Compare("--seeds", "3").Json.GetProperty("arms")[1].GetProperty("delta_full");
        Assert.InRange(delta.GetProperty("mean").GetDouble(), delta.GetProperty("low").GetDouble(), delta.GetProperty("high").GetDouble());
    }

    [TorchFact]
    public void Without_controls_only_the_methods_run()
    {
        var arm = Assert.Single(Compare("--seeds", "1", "--no-controls").Json.GetProperty("arms").EnumerateArray());
        Assert.Equal(("infobatch", "method"), (arm.GetProperty("method").GetString(), arm.GetProperty("role").GetString()));
        Assert.Equal(JsonValueKind.Null, arm.GetProperty("saved").GetProperty("wall").ValueKind);
        Assert.Equal(JsonValueKind.Null, arm.GetProperty("delta_full").ValueKind);
        Assert.Equal(JsonValueKind.Null, arm.GetProperty("delta_shortened").ValueKind);
        Assert.Equal(["events.jsonl", "result.json", "weights/infobatch-seed1.npz"], _folder.Files("run"));
    }

    [TorchFact]
    public void One_seed_prints_the_table_and_says_that_it_proves_nothing()
    {
        var result = Invocation.Run("compare", _folder.Table(), "--epochs", "2", "--seeds", "1", "--threads", "1", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Contains("full, shortened to the steps of infobatch (control)", result.Out, StringComparison.Ordinal);
        Assert.Contains("One seed proves nothing", result.Out, StringComparison.Ordinal);
        Assert.All(result.Out.Split('\n').Where(static line => line.Contains(" %", StringComparison.Ordinal)), static line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("3/3 seed 1, full@infobatch  epoch 1/2", result.Error, StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_run_that_diverges_is_named_and_the_seeds_finished_before_it_are_kept()
    {
        var message = Invocation.Fail(1, "compare", _folder.Table(), "--epochs", "2", "--seeds", "1", "--batch-size", "16", "--lr", "1e6", "--threads", "1", "--run", _folder.At("run"));
        Assert.StartsWith("winnow: full, seed 1: the loss became non-finite", message, StringComparison.Ordinal);
        var result = JsonDocument.Parse(File.ReadAllText(_folder.At("run/result.json"))).RootElement;
        Assert.Equal((true, 0), (result.GetProperty("interrupted").GetBoolean(), result.GetProperty("arms").GetArrayLength()));
    }

    private static void Share(JsonElement number) => Assert.InRange(number.GetDouble(), 0, 1);

    private CliResult Compare(params string[] more)
    {
        var result = Invocation.Run(["compare", _folder.Table(), "--epochs", "3", "--threads", "1", "--run", _folder.At("run"), "--json", .. more]);
        Assert.Equal(0, result.Code);
        return result;
    }
}
