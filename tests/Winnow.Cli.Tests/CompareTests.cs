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
        Assert.Equal(["events.jsonl", "report.html", "result.json", "run.json", "tensorboard/infobatch/seed-1/events.out.tfevents.winnow", "weights/infobatch-seed1.npz", "weights/infobatch-seed1.safetensors"], _folder.Files("run"));
    }

    [TorchFact]
    public void One_seed_prints_the_table_and_says_that_it_proves_nothing()
    {
        var result = Invocation.RunOn(99, "compare", _folder.Table(), "--epochs", "2", "--seeds", "1", "--threads", "1", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Contains("\nfull, shortened to the steps of infobatch (control)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("One seed proves nothing", result.Out, StringComparison.Ordinal);
        Assert.All(result.Out.Split('\n').Where(static line => line.Contains(" %", StringComparison.Ordinal)), static line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("3/3 seed 1, full@infobatch  epoch 1/2", result.Error, StringComparison.Ordinal);
    }

    [TorchTheory]
    [InlineData(100)]
    [InlineData(120)]
    public void Where_there_are_100_columns_an_arm_is_a_row(int columns)
    {
        var result = Invocation.RunOn(
            columns, "compare", _folder.Table(), "--epochs", "1", "--seeds", "3", "--methods", "random:save=0.3", "--controls", "all", "--targets", "0.1", "0.9999", "--threads", "1", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        var lines = result.Out.Split('\n');
        var heads = lines.Index().Where(static line => line.Item.StartsWith(" arm ", StringComparison.Ordinal)).Select(static line => line.Index).ToArray();
        Assert.Equal(4, heads.Length);
        foreach (var head in heads)
        {
            // The table goes from its heading to an empty line; what stands below it is a sentence, which a pipe has in one line.
            var table = lines.Skip(head).TakeWhile(static line => line.Trim().Length > 0).ToArray();
            Assert.All(table, line => Assert.InRange(line.TrimEnd().Length, 1, columns));
            Assert.DoesNotContain(table, static line => line.Contains('…', StringComparison.Ordinal));
        }

        // Where intervals are wide a name goes on in the next line.
        Assert.Single(lines, static line => line.StartsWith(" full ", StringComparison.Ordinal) && line.Contains("0.0 %", StringComparison.Ordinal));
    }

    [TorchFact]
    public void Every_control_ablation_target_and_claim_is_in_the_json()
    {
        var json = Compare("--seeds", "3", "--save", "20%", "--controls", "full", "shortened", "shortened-lr", "random", "--ablate", "weights", "annealing", "--targets", "0.4", "99.9%", "--margin", "2.5").Json;
        var arms = json.GetProperty("arms").EnumerateArray().ToArray();
        Assert.Equal(
            ["full", "", "shortened", "shortened-lr", "random", "no-weights", "no-annealing"], arms.Select(static arm => arm.GetProperty("control").GetString() ?? ""));
        Assert.Equal(["", "", .. Enumerable.Repeat("infobatch:save=0.2", 5)], arms.Select(static arm => arm.GetProperty("matched_to").GetString() ?? ""));
        var method = arms[1];
        Assert.Equal(0.2, method.GetProperty("asked_save").GetDouble());
        Assert.Equal(3, method.GetProperty("reached").GetArrayLength());
        Assert.InRange(method.GetProperty("saved").GetProperty("compute").GetDouble(), 0.15, 0.25);
        foreach (var name in new[] { "delta_full", "delta_shortened", "delta_shortened_lr", "delta_random", "delta_without_weights", "delta_without_annealing" })
        {
            Assert.InRange(method.GetProperty(name).GetProperty("mean").GetDouble(), method.GetProperty(name).GetProperty("low").GetDouble(), method.GetProperty(name).GetProperty("high").GetDouble());
        }

        Assert.Equal(JsonValueKind.Null, method.GetProperty("delta_rs2").ValueKind);
        Assert.Equal([0.4, 0.999], method.GetProperty("time_to_accuracy").EnumerateArray().Select(static time => time.GetProperty("target").GetDouble()));
        Assert.Equal(arms[1].GetProperty("visited").ToString(), arms[4].GetProperty("visited").ToString());
        var claim = Assert.Single(json.GetProperty("claims").EnumerateArray());
        Assert.Equal(("infobatch:save=0.2", 2.5), (claim.GetProperty("arm").GetString(), claim.GetProperty("margin_points").GetDouble()));
        Assert.Equal(claim.GetProperty("shown").GetBoolean(), method.GetProperty("delta_full").GetProperty("low").GetDouble() > -0.025);
    }

    [TorchFact]
    public void The_further_tables_fit_80_columns_and_what_is_left_out_is_told()
    {
        var result = Invocation.RunOn(
            80, "compare", _folder.Table(), "--epochs", "1", "--seeds", "1", "--methods", "random:save=0.3", "--controls", "all", "--targets", "0.1", "0.2", "0.3", "0.9999", "--threads", "1", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Contains(" parameters), 1 epoch, 1 seed\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("full, shortened to random:save=0.3, learning rate × N/k (control)", result.Out, StringComparison.Ordinal);
        Assert.Contains("The control random@random:save=0.3 is left out", result.Error, StringComparison.Ordinal);
        Assert.Contains("The control random@random:save=0.3 is left out", result.Out, StringComparison.Ordinal);
        Assert.Contains("never", result.Out, StringComparison.Ordinal);
        Assert.Contains("asked reached", result.Out, StringComparison.Ordinal);
        Assert.All(result.Out.Split('\n').Where(static line => line.StartsWith(' ')), static line => Assert.InRange(line.Length, 1, 80));
    }

    [TorchFact]
    public void A_saving_out_of_reach_is_refused_before_a_folder_is_made()
    {
        var message = Invocation.Fail(2, "compare", _folder.Table(), "--epochs", "4", "--save", "70%", "--methods", "random", "infobatch", "--run", _folder.At("run"));
        Assert.StartsWith("winnow: infobatch:save=0.7: save=0.7 can't be reached in 4 epochs", message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.At("run")));
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
