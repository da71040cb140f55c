using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow compare --keep-macs</c>: smaller networks against dense ones of their size.</summary>
[Collection(TrainingCollection.Name)]
public sealed class NetworkCompareTests : IDisposable
{
    private static readonly string[] s_small = ["--model", "mlp", "--width", "32", "--epochs", "2", "--threads", "1", "--keep-macs", "50%"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_comparison_tells_sizes_compute_and_what_beats_what_and_its_networks_load_again()
    {
        var table = _folder.Table();
        var result = Invocation.Run(["compare", table, .. s_small, "--by", "magnitude", "--spread", "uniform", "--round-to", "8", "--least-keep", "20%", "--recover", "1", "--methods", "random:keep=0.4", "--seeds", "3", "--run", _folder.At("run"), "--json", "--quiet"]);
        Assert.Equal(0, result.Code);
        var json = result.Json;
        Assert.Equal(("compare-networks", 2, 1, "random:keep=0.4"), (json.GetProperty("kind").GetString(), json.GetProperty("epochs").GetInt32(), json.GetProperty("recover").GetInt32(), json.GetProperty("method").GetString()));
        var arms = json.GetProperty("arms").EnumerateArray().ToArray();
        Assert.Equal(["dense", "magnitude@0.5", "scratch-b@magnitude@0.5", "random@0.5", "scratch-b@random@0.5", "width@0.5"], arms.Select(static arm => arm.GetProperty("name").GetString()));
        var (dense, cut, scratch) = (arms[0], arms[1], arms[2]);
        Assert.True(cut.GetProperty("macs")[0].GetInt64() <= dense.GetProperty("macs")[0].GetInt64() / 2);
        Assert.All(cut.GetProperty("widths").EnumerateArray(), static group => Assert.All(group.GetProperty("after").EnumerateArray(), after => Assert.True(after.GetInt32() == group.GetProperty("before").GetInt32() || after.GetInt32() % 8 == 0)));
        var asked = JsonDocument.Parse(File.ReadAllText(_folder.At("run/run.json"))).RootElement.GetProperty("networks");
        Assert.Equal(("uniform", 8, 0.2), (asked.GetProperty("spread").GetString(), asked.GetProperty("round_to").GetInt32(), asked.GetProperty("least_keep").GetDouble()));
        Assert.Equal(cut.GetProperty("training_macs")[0].GetDouble(), scratch.GetProperty("training_macs")[0].GetDouble(), 0.1 * cut.GetProperty("training_macs")[0].GetDouble());
        Assert.Equal(JsonValueKind.Number, cut.GetProperty("delta_scratch_b").GetProperty("low").ValueKind);
        Assert.Contains("beat the same widths trained from scratch for as much compute", json.GetProperty("notes").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("lossless", json.ToString(), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(_folder.At("run/result.json")).TrimEnd(), json.ToString().TrimEnd());

        // What a cut network leaves is as small as it is, and is trained on like any other.
        Assert.Equal(0, Invocation.Run("train", table, "--model", "mlp", "--width", "32", "--epochs", "1", "--threads", "1", "--weights", _folder.At("run/weights/magnitude@0.5-seed1.safetensors"), "--run", _folder.At("on"), "--quiet").Code);

        var page = File.ReadAllText(_folder.At("run/report.html"));
        foreach (var part in new[] { "<h2>Networks</h2>", "Widths before and after", "id=\"network-time\"", "id=\"network-macs\"", "scratch-B" })
        {
            Assert.Contains(part, page, StringComparison.Ordinal);
        }

        // One that has ended shows its result again.
        var again = Invocation.Run("compare", "--resume", _folder.At("run"));
        Assert.Equal(0, again.Code);
        Assert.Contains("magnitude, cut to 50 % and trained on", again.Out, StringComparison.Ordinal);
        Assert.All(again.Out.Split('\n').Where(static line => line.Contains(" %  ", StringComparison.Ordinal)), static line => Assert.InRange(line.Length, 1, 80));
    }

    [TorchFact]
    public void A_comparison_that_was_cut_off_goes_on_where_it_was_and_ends_the_same()
    {
        string[] asked = ["compare", _folder.Table(), .. s_small, "--by", "random", "--seeds", "1", "--controls", "scratch-b", "--quiet", "--json", "--run"];
        var whole = Invocation.Run([.. asked, _folder.At("whole")]).Json;
        Assert.Equal(0, Invocation.Run([.. asked, _folder.At("cut")]).Code);

        // As a process leaves it that died in the last run: its events are there up to the end of the one before.
        File.Delete(_folder.At("cut/result.json"));
        foreach (var file in Directory.GetFiles(_folder.At("cut/weights"), "scratch-b*"))
        {
            File.Delete(file);
        }

        var lines = File.ReadAllLines(_folder.At("cut/events.jsonl"));
        File.WriteAllLines(_folder.At("cut/events.jsonl"), lines.TakeWhile(static line => !line.Contains("scratch-b@", StringComparison.Ordinal)));
        var resumed = Invocation.Run("compare", "--resume", _folder.At("cut"), "--json");
        Assert.Equal(0, resumed.Code);
        Assert.DoesNotContain("dense  epoch", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(Digests(whole), Digests(resumed.Json));

        static string[] Digests(JsonElement json) => [.. json.GetProperty("arms").EnumerateArray().Select(static arm => $"{arm.GetProperty("weights_sha256")[0]} {arm.GetProperty("average_parameters")[0]}")];
    }

    [Theory]
    [InlineData("--by taylor", "--by is about smaller networks")]
    [InlineData("--recover 2", "--recover is about smaller networks")]
    [InlineData("--keep-macs 50% --quick", "--quick means nothing beside --keep-macs")]
    [InlineData("--keep-macs 50% --targets 0.9", "--targets means nothing beside --keep-macs")]
    [InlineData("--keep-macs 120%", "--keep-macs 120% is not a share in (0, 1)")]
    [InlineData("--keep-macs 50% 0.5", "names 0.5 twice")]
    [InlineData("--keep-macs 50% --by l1", "--by l1 is not one of magnitude, taylor")]
    [InlineData("--keep-macs 50% --by tailor", "did you mean taylor?")]
    [InlineData("--keep-macs 50% --controls shortened", "--controls shortened is not one of random, scratch-e")]
    [InlineData("--keep-macs 50% --methods infobatch rs2", "cut networks are trained on by one")]
    [InlineData("--keep-macs 50% --methods top:keep=0.3@aum", "chooses once")]
    [InlineData("--keep-macs 50% --slimming 1e-4", "readies networks for --by slimming")]
    [InlineData("--spread uniform", "--spread is about smaller networks")]
    [InlineData("--keep-macs 50% --slimming-keep 50%", "--slimming-keep means nothing beside --keep-macs")]
    [InlineData("--keep-macs 50% --round-to auto", "--round-to auto")]
    [InlineData("--keep-macs 50% --round-to 0", "--round-to 0")]
    [InlineData("--keep-macs 20% --least-keep 90%", "can't be met")]
    [InlineData("--keep-macs 50% --save 30%", "is asked of no method")]
    public void What_cannot_be_meant_is_one_sentence(string options, string problem) =>
        Assert.Contains(problem, Invocation.Fail(2, ["compare", _folder.Table(), .. options.Split(' ')]), StringComparison.Ordinal);
}
