using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Torch;

namespace Winnow.Cli.Tests;

/// <summary>What the machine decides, in processes of their own with a cache of their own.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void What_is_chosen_is_told_remembered_written_down_and_repeated()
    {
        var data = _folder.Table();
        var (code, errors) = Run("train", data, "--epochs", "1", "--run", _folder.At("a"));
        Assert.Equal(0, code);
        Assert.Matches(@"Computed in (fp32|bf16), channels-last, 1 thread: [\d,]+ samples/s on .*probed in \d+\.\d s", errors);
        var remembers = errors.Contains("isn't remembered", StringComparison.Ordinal) ? "probed in" : "as probed on";
        (code, errors) = Run("train", data, "--epochs", "1", "--run", _folder.At("b"));
        Assert.Equal(0, code);
        Assert.Contains(remembers, errors, StringComparison.Ordinal);
        var plan = JsonDocument.Parse(File.ReadAllText(_folder.At("b/run.json"))).RootElement;
        var settings = plan.GetProperty("probe").GetProperty("settings");
        Assert.Equal(plan.GetProperty("recipe").GetProperty("precision").GetString(), settings.GetProperty("precision").GetString());
        Assert.Equal(plan.GetProperty("recipe").GetProperty("layout").GetString(), settings.GetProperty("layout").GetString());
        Assert.Equal(plan.GetProperty("environment").GetProperty("threads").GetInt32(), settings.GetProperty("threads").GetInt32());
    }

    [TorchFact]
    public void Explicit_options_leave_nothing_to_probe()
    {
        var (code, errors) = Run("train", _folder.Table(), "--epochs", "1", "--precision", "fp32", "--layout", "channels-last", "--threads", "1", "--run", _folder.At("a"));
        Assert.Equal(0, code);
        Assert.DoesNotContain("Computed in", errors, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Bf16_where_it_is_slow_is_warned_of_with_the_factor()
    {
        var (code, errors) = Run("train", _folder.Table(), "--epochs", "1", "--precision", "bf16", "--run", _folder.At("a"));
        Assert.Equal(0, code);
        Assert.Contains("Computed in bf16", errors, StringComparison.Ordinal);
        if (!ProcessorFeatures.HasBFloat16 && errors.Contains("times slower", StringComparison.Ordinal))
        {
            Assert.Matches(@"--precision bf16 is \d+(\.\d)? times slower than fp32 on this processor \(.+\); leave it out, or use --precision fp32", errors);
        }
    }

    [TorchFact(fashionMnist: true)]
    public void A_quick_comparison_says_its_size_and_a_full_one_its_length()
    {
        var (code, errors) = Run("compare", "fashion-mnist", "--quick", "--limit", "600", "--epochs", "1", "--model", "mlp", "--run", _folder.At("a"));
        Assert.Equal(0, code);
        Assert.DoesNotContain("--quick:", errors, StringComparison.Ordinal);
        Assert.Matches(@"3 runs, which take at most about \d+ (s|min) at that speed; less by what the methods save", errors);
    }

    [TorchFact]
    public void Trainings_that_a_choice_takes_are_counted()
    {
        var (code, errors) = Run("compare", _folder.Table(), "--methods", "top:keep=0.5@el2n:epochs=1,runs=2", "--controls", "none", "--seeds", "2", "--epochs", "2", "--threads", "1", "--run", _folder.At("a"));
        Assert.Equal(0, code);
        Assert.Matches(@"2 runs and 4 trainings to choose by, which take at most about \d+ s at that speed", errors);
    }

    private (int Code, string Errors) Run(params string[] arguments)
    {
        using var program = new RunningProgram(new Dictionary<string, string> { ["WINNOW_PROBE"] = "1", ["XDG_CACHE_HOME"] = _folder.At("cache") }, arguments);
        return (program.Code(), program.Error);
    }
}
