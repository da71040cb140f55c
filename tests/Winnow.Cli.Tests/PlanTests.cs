using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

public sealed class PlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_plan_holds_ids_and_weights_in_visiting_order_and_says_what_it_is()
    {
        var losses = Losses();
        losses[0] = float.NaN;
        losses[1] = float.PositiveInfinity;
        var result = Plan(_folder.Array<float>("losses.npy", losses), "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));

        var content = Npz.Read(_folder.At("plan.npz"));
        Assert.Equal(["ids", "weights"], content.Arrays.Select(static entry => entry.Key));
        var ids = content.Find("ids")!.AsSpan<long>().ToArray();
        var weights = content.Find("weights")!.AsSpan<float>().ToArray();
        Assert.Equal(ids.Length, weights.Length);
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.NotEqual(ids.Order(), ids);
        Assert.Equal(1000, weights.Sum(static weight => (double)weight), 3);
        Assert.Contains(0L, ids);
        Assert.Contains(1L, ids);

        Assert.Equal(result.Out.TrimEnd(), content.FindText("manifest.json"));
        var manifest = JsonDocument.Parse(content.FindText("manifest.json")!).RootElement;
        Assert.Equal((1, 1, ids.Length, 1000), (
            manifest.GetProperty("never_seen").GetInt32(), manifest.GetProperty("non_finite").GetInt32(), manifest.GetProperty("visited").GetInt32(), manifest.GetProperty("total").GetInt32()));
        Assert.InRange(manifest.GetProperty("saved").GetDouble(), 0.1, 0.5);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_another_seed_others()
    {
        var file = _folder.Array<float>("losses.npy", Losses());
        byte[] Bytes(params string[] more)
        {
            Assert.Equal(0, Plan(file, more).Code);
            return File.ReadAllBytes(_folder.At("plan.npz"));
        }

        var first = Bytes();
        Assert.Equal(first, Bytes());
        Assert.NotEqual(first, Bytes("--seed", "2"));
    }

    [Fact]
    public void A_run_planned_file_by_file_reaches_the_saving_that_was_asked_for()
    {
        var file = _folder.Array<float>("losses.npy", Losses());
        long visits = 0;
        for (var epoch = 0; epoch < 10; epoch++)
        {
            var result = Invocation.Run(
                "plan", "--method", "infobatch:save=0.3", "--losses", file, "--epoch", $"{epoch}", "--epochs", "10", "--planned-visits", $"{visits}", "--out", _folder.At("plan.npz"), "--json");
            Assert.Equal((0, ""), (result.Code, result.Error));
            Assert.Equal(visits, result.Json.GetProperty("planned_visits").GetInt64());
            visits += result.Json.GetProperty("visited").GetInt64();
        }

        Assert.Equal(7000, visits);
    }

    [Fact]
    public void Visits_that_no_run_can_have_planned_and_savings_out_of_reach_are_refused()
    {
        var file = _folder.Array<float>("losses.npy", Losses());
        string Fail(params string[] more) => Invocation.Fail(2, ["plan", "--losses", file, "--epoch", "2", "--epochs", "10", "--out", _folder.At("plan.npz"), .. more]);
        Assert.Contains("--planned-visits 2001 is not in [0, 2000], what 2 epochs over 1000 samples can visit", Fail("--planned-visits", "2001"), StringComparison.Ordinal);
        Assert.Contains("infobatch:save=0.9: save=0.9 can't be reached in 10 epochs", Fail("--method", "infobatch:save=0.9", "--planned-visits", "2000"), StringComparison.Ordinal);
        Assert.Equal(["losses.npy"], _folder.Files());
    }

    [Fact]
    public void The_files_that_a_plan_was_made_from_are_in_its_manifest()
    {
        var labels = _folder.Array<int>("y.npy", new int[1000]);
        var json = Plan(_folder.Array<float>("losses.npy", Losses()), "--labels", labels, "--json").Json;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(labels))), json.GetProperty("files_sha256").GetProperty("labels").GetString());
    }

    [Fact]
    public void Floats_of_every_width_are_losses()
    {
        var losses = Losses();
        var wide = Plan(_folder.Array<double>("losses.npy", [.. losses.Select(static loss => (double)loss)]), "--json").Json;
        var single = Plan(_folder.Array<float>("losses.npy", losses), "--json").Json;
        Assert.Equal(single.GetProperty("plan_hash").GetString(), wide.GetProperty("plan_hash").GetString());
        Assert.Equal(0, Plan(_folder.Array<Half>("losses.npy", [.. losses.Select(static loss => (Half)loss)])).Code);
    }

    [Fact]
    public void Losses_that_are_no_list_of_floats_are_refused_with_the_remedy()
    {
        Assert.EndsWith("losses.ravel(), or losses[-1] for the last of several epochs.", Refuse(_folder.Array<float>("a.npy", Losses(), 10, 100)), StringComparison.Ordinal);
        Assert.EndsWith("losses.astype('float32').", Refuse(_folder.Array<long>("b.npy", [1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("there are no samples", Refuse(_folder.Array<float>("c.npy", [])), StringComparison.Ordinal);
        File.WriteAllText(_folder.At("d.npy"), "loss\n0.25\n0.5\n");
        Assert.Contains("numpy.save", Refuse(_folder.At("d.npy")), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refuse(_folder.Path), StringComparison.Ordinal);
        Assert.Equal(["a.npy", "b.npy", "c.npy", "d.npy"], _folder.Files());
    }

    [MountFact]
    public void A_full_disk_leaves_no_half_plan()
    {
        var losses = _folder.Array<float>("losses.npy", new float[50_000]);
        Directory.CreateDirectory(_folder.At("disk"));
        using var disk = new TinyDisk(_folder.At("disk"), 64);
        Assert.Contains("No space left", Invocation.Fail(1, "plan", "--losses", losses, "--epoch", "1", "--epochs", "9", "--out", _folder.At("disk/plan.npz")), StringComparison.Ordinal);
        Assert.Empty(_folder.Files("disk"));
    }

    private static float[] Losses() => [.. Enumerable.Range(0, 1000).Select(static i => (float)(i * 0.618034 % 1))];

    private CliResult Plan(string losses, params string[] more) =>
        Invocation.Run(["plan", "--losses", losses, "--epoch", "3", "--epochs", "200", "--out", _folder.At("plan.npz"), .. more]);

    private string Refuse(string losses) => Invocation.Fail(2, "plan", "--losses", losses, "--epoch", "3", "--epochs", "200", "--out", _folder.At("plan.npz"));
}
