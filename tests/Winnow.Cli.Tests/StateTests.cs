using System.Diagnostics;
using System.Text.RegularExpressions;
using Winnow.Cli.Commands;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Cli.Tests;

/// <summary>A run that is kept in a file between <c>winnow plan</c> and <c>winnow observe</c>.</summary>
public sealed partial class StateTests : IDisposable
{
    private const int Count = 600, Epochs = 5;

    private readonly TemporaryFolder _folder = new();

    private string State => _folder.At("run.state");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("infobatch:save=0.3", "listed")]
    [InlineData("infobatch", "keyed")]
    [InlineData("random:keep=0.5+class-floor:keep=0.6", "listed")]
    public void Its_plans_are_those_of_a_pruner_that_never_left_memory(string method, string order)
    {
        int[] labels = [.. Enumerable.Range(0, Count).Select(static i => i * 7 % 5)];
        var pruner = new Pruner(Count, PolicyCatalog.Parse(method), new PrunerOptions
        {
            Epochs = Epochs,
            Seed = 9,
            Labels = labels,
            Order = order == "keyed" ? PlanOrder.Keyed : PlanOrder.Listed,
        });
        string[] begin = ["--samples", $"{Count}", "--epochs", $"{Epochs}", "--seed", "9", "--method", method, "--order", order, "--labels", _folder.Array<int>("y.npy", labels)];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            // Only the first has to say what the run is; the second says it again, the others don't.
            var result = Plan(epoch, epoch < 2 ? begin : []);
            Assert.Equal((0, ""), (result.Code, result.Error));
            var plan = pruner.Plan(epoch);
            var (ids, weights) = ReadPlan();
            Assert.Equal(plan.Order.ToArray().Select(static id => (long)id), ids);
            Assert.Equal(ids.Select(id => plan.Weights[(int)id]), weights);

            float[] losses = [.. ids.Select(id => Loss(id, epoch))];
            pruner.Observe(plan.All, losses);
            if (epoch % 2 == 0)
            {
                Assert.Equal(0, Observe(epoch, losses).Json.GetProperty("missing").GetInt32());
                continue;
            }

            // In two parts, the second turned round.
            Assert.Equal(ids.Length - 100, Observe(epoch, losses[..100], ids[..100]).Json.GetProperty("missing").GetInt32());
            var last = Observe(epoch, [.. losses[100..].Reverse()], [.. ids[100..].Reverse()]);
            Assert.Equal((0, 0), (last.Json.GetProperty("missing").GetInt32(), last.Json.GetProperty("repeated").GetInt32()));
            Assert.Equal(pruner.Statistics.WeightedLoss, last.Json.GetProperty("weighted_loss").GetDouble(), 6);
        }

        using var state = StateFile.Open(State, 0, allowUnobserved: false);
        Assert.Equal(pruner.Statistics.Planned, state.Pruner.Statistics.Planned);
        Assert.Equal(["losses.npy", "plan.npz", "run.state", "y.npy"], _folder.Files().Except(["ids.npy"]));
    }

    [Fact]
    public void Asked_again_it_gives_the_same_plan_whatever_was_observed_meanwhile()
    {
        Assert.Equal(0, Begin().Code);
        Observe(0, [.. ReadPlan().Ids.Select(static id => Loss(id, 0))]);
        Assert.Equal(0, Plan(1).Code);
        var (plan, state) = (File.ReadAllBytes(_folder.At("plan.npz")), File.ReadAllBytes(State));
        Assert.Equal(0, Plan(1).Code);
        Assert.Equal(state, File.ReadAllBytes(State));
        Observe(1, [9f, 9f], ReadPlan().Ids[..2]);
        Assert.Equal(0, Plan(1).Code);
        Assert.Equal(plan, File.ReadAllBytes(_folder.At("plan.npz")));
    }

    [Fact]
    public void Losses_that_come_twice_count_once_and_are_told()
    {
        Begin();
        var ids = ReadPlan().Ids[..3];
        Observe(0, [1, 2, 3], ids);
        var again = Observe(0, [4, float.NaN, 6], ids).Json;
        Assert.Equal((3, 3, 1, Count - 3), (
            again.GetProperty("taken").GetInt32(), again.GetProperty("repeated").GetInt32(), again.GetProperty("non_finite").GetInt32(), again.GetProperty("missing").GetInt32()));
        Assert.Equal(1, again.GetProperty("non_finite_taken").GetInt32());
        Assert.Contains("took 3 losses of epoch 0 (3 of samples that had one already, of which the last counts; 1 not finite); 597 of the 600 visited samples have none yet", Run("observe", State, "--epoch", "0", "--ids", _folder.At("ids.npy"), "--losses", _folder.At("losses.npy")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_usual_is_told_in_few_words()
    {
        Begin();
        Observe(0, [1], ReadPlan().Ids[..1]);
        string[] again = ["observe", State, "--epoch", "0", "--ids", _folder.Array<long>("ids.npy", ReadPlan().Ids.AsSpan(1, 2)), "--losses"];
        Assert.Contains(": took 2 losses of epoch 0; 597 of the 600 visited samples have none yet", Run([.. again, _folder.Array<float>("losses.npy", [1, 2])]).Out, StringComparison.Ordinal);
        // Too large for float32.
        Assert.Contains("(2 of samples that had one already, of which the last counts; 1 not finite)", Run([.. again, _folder.Array<double>("losses.npy", [1e300, 2])]).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_that_look_at_predictions_are_told_them_in_the_order_of_the_ids()
    {
        Begin("--method", "kakurenbo");
        var ids = ReadPlan().Ids;
        Assert.Contains("--confidences c.npy and --correct k.npy", Refused(0, [.. ids.Select(static _ => 1f)]), StringComparison.Ordinal);
        string[] predictions = ["--confidences", _folder.Array<float>("c.npy", [.. ids.Select(static id => id / 600f)]), "--correct", _folder.Array<byte>("k.npy", [.. ids.Select(static id => (byte)(id % 2))])];
        float[] losses = [.. ids.Select(static id => Loss(id, 0))];
        Assert.Equal(0, Observe(0, losses, null, predictions).Json.GetProperty("missing").GetInt32());
        Assert.Equal(0, Plan(1).Code);
        var pruner = new Pruner(Count, PolicyCatalog.Parse("kakurenbo"), new PrunerOptions { Epochs = Epochs, Seed = 1 });
        pruner.Observe(pruner.Plan(0).All, new BatchSignals { Losses = losses }
            .With(Signal.Confidence, [.. ids.Select(static id => id / 600f)])
            .With(Signal.Correct, SignalRules.Flags([.. ids.Select(static id => id % 2 == 1)])));
        Assert.Equal(pruner.Plan(1).Order.ToArray().Select(static id => (long)id), ReadPlan().Ids);

        // Those that sat out are looked at apart.
        var sat = Enumerable.Range(0, Count).Select(static id => (long)id).Except(ReadPlan().Ids).Take(2).ToArray();
        string[] two = ["--confidences", _folder.Array<float>("c.npy", [0.5f, 1]), "--correct", _folder.Array<byte>("k.npy", [1, 1])];
        Assert.Contains("isn't in the plan of epoch 1", Refused(1, [1, 2], sat, two), StringComparison.Ordinal);
        Assert.Equal(2, Observe(1, [1, 2], sat, [.. two, "--dropped"]).Json.GetProperty("taken").GetInt32());
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_with_the_remedy_and_changes_nothing()
    {
        Assert.Contains("a run begins with --epoch 0, --samples <n> and --epochs <n>", Fail("--epoch", "3", "--samples", "600", "--epochs", "5"), StringComparison.Ordinal);
        Assert.Contains("a run begins with --epoch 0", Fail("--epoch", "0", "--epochs", "5"), StringComparison.Ordinal);
        Assert.Contains("winnow plan", Refused(0, [1]), StringComparison.Ordinal);
        Assert.Contains("class-floor looks at the samples' classes: give --labels", Fail("--epoch", "0", "--epochs", "5", "--samples", "9", "--method", "random+class-floor"), StringComparison.Ordinal);
        Assert.Contains("can't be reached", Fail("--epoch", "0", "--epochs", "5", "--samples", "9", "--method", "infobatch:save=0.9"), StringComparison.Ordinal);
        Assert.Contains("--samples 0 is not in", Fail("--epoch", "0", "--epochs", "5", "--samples", "0"), StringComparison.Ordinal);
        Assert.Contains("--epochs 0 is not in [1, 2147483647]", Fail("--epoch", "0", "--epochs", "0", "--samples", "9"), StringComparison.Ordinal);
        Assert.False(File.Exists(State));

        Begin();
        var ids = ReadPlan().Ids;
        var state = File.ReadAllBytes(State);
        Assert.Contains("plan <state> needs --epoch <n>", Fail(), StringComparison.Ordinal);
        Assert.Contains("600 of the 600 samples that epoch 0 visits have no loss yet", Fail("--epoch", "1"), StringComparison.Ordinal);
        Assert.Contains("the run has 5 epochs", Fail("--epoch", "5", "--allow-unobserved"), StringComparison.Ordinal);
        Assert.Contains("was begun with --seed 1 and 2 is given", Fail("--epoch", "0", "--seed", "2"), StringComparison.Ordinal);
        Assert.Contains("was begun with --samples 600 and 601 is given", Fail("--epoch", "0", "--samples", "601"), StringComparison.Ordinal);
        Assert.Contains("was begun with --epochs 5 and 6 is given", Fail("--epoch", "0", "--epochs", "6"), StringComparison.Ordinal);
        Assert.Contains("was begun with --method infobatch and infobatch:keep=0.3 is given", Fail("--epoch", "0", "--method", "infobatch:keep=0.3"), StringComparison.Ordinal);
        Assert.Contains("was begun with --order listed and keyed is given", Fail("--epoch", "0", "--order", "keyed"), StringComparison.Ordinal);
        Assert.Contains("other labels", Fail("--epoch", "0", "--labels", _folder.Array<int>("y.npy", new int[Count])), StringComparison.Ordinal);
        Assert.Contains("--losses doesn't go with <state>", Fail("--epoch", "0", "--losses", "x.npy"), StringComparison.Ordinal);
        Assert.Contains("--count is a benchmark", Fail("--count", "10"), StringComparison.Ordinal);
        Assert.Contains("--samples goes with a run that is kept in a file", Invocation.Fail(2, "plan", "--samples", "5"), StringComparison.Ordinal);
        Assert.Contains("would replace what it is made from", Invocation.Fail(2, "plan", State, "--epoch", "0", "--out", State), StringComparison.Ordinal);

        Assert.Contains("is at epoch 0, and only losses of the epoch that was planned last", Refused(1, [1], [0]), StringComparison.Ordinal);
        Assert.Contains("there are 2 losses and epoch 0 visits 600 samples", Refused(0, [1, 2]), StringComparison.Ordinal);
        Assert.Contains("there is no sample 600", Refused(0, [1, 2], [0, 600]), StringComparison.Ordinal);
        Assert.Contains("there is no sample -1", Refused(0, [1], [-1]), StringComparison.Ordinal);
        Assert.Contains("one number for each of the 2 losses", Refused(0, [1, 2], [1]), StringComparison.Ordinal);
        Assert.Contains("ids.npy: element 1 is 18446744073709551615; there is no such sample", RefusedIds<ulong>([0, ulong.MaxValue], [1, 2]), StringComparison.Ordinal);
        Assert.Contains("there is no sample 9223372036854775807; ids are 0-based, in [0, 600)", RefusedIds<ulong>([0, long.MaxValue], [1, 2]), StringComparison.Ordinal);
        // A mask has as many elements as there are samples, and perhaps as many losses or fewer beside it.
        var mask = new bool[Count];
        mask[3] = mask[7] = true;
        foreach (var losses in new[] { new float[Count], [1, 2] })
        {
            Assert.Contains("ids.npy: the elements are booleans, a mask; ids are sample numbers: numpy.flatnonzero(mask)", RefusedIds<bool>(mask, losses), StringComparison.Ordinal);
        }

        Assert.Contains("observe needs --losses <file.npy>", Invocation.Fail(2, "observe", State, "--epoch", "0"), StringComparison.Ordinal);
        Assert.Contains("--dropped needs --ids", Refused(0, [1], null, "--dropped"), StringComparison.Ordinal);
        Assert.Contains("ids.astype('int64')", Invocation.Fail(2, "observe", State, "--epoch", "0", "--ids", _folder.Array<float>("f.npy", [1]), "--losses", _folder.Array<float>("g.npy", [1])), StringComparison.Ordinal);
        Assert.Equal(state, File.ReadAllBytes(State));

        Observe(0, [.. ids.Select(static id => Loss(id, 0))]);
        Assert.Equal(0, Plan(1).Code);
        Assert.Contains("is at epoch 1, and epochs go forward", Fail("--epoch", "0"), StringComparison.Ordinal);
        Assert.Equal(0, Plan(2, "--allow-unobserved").Code);
    }

    [Fact]
    public void States_that_are_torn_altered_in_use_or_no_states_are_refused_by_name()
    {
        Begin();
        var state = File.ReadAllBytes(State);
        using (new FileStream(State, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            Assert.Contains("run.state can't be opened, or another winnow is using it", Invocation.Fail(1, "plan", State, "--epoch", "0", "--out", _folder.At("plan.npz")), StringComparison.Ordinal);
        }

        File.WriteAllBytes(State, state[..^7]);
        Assert.Contains("run.state: the checkpoint is torn", Fail("--epoch", "0"), StringComparison.Ordinal);
        state[^200] ^= 4;
        File.WriteAllBytes(State, state);
        Assert.Contains("run.state: section ", Fail("--epoch", "0"), StringComparison.Ordinal);
        Assert.Contains("run.state: section ", Refused(0, [1], [0]), StringComparison.Ordinal);
        using (var other = File.Create(State))
        {
            new Pruner(9, PolicyCatalog.Parse("full"), new PrunerOptions { Epochs = 1 }).Save(other);
        }

        Assert.Contains("is a checkpoint and none of winnow plan's", Fail("--epoch", "0"), StringComparison.Ordinal);
        Assert.Contains("is a folder", Invocation.Fail(2, "plan", _folder.Path, "--epoch", "0", "--out", _folder.At("plan.npz")), StringComparison.Ordinal);
    }

    [MountFact]
    public void A_full_disk_leaves_the_state_as_it_was()
    {
        Directory.CreateDirectory(_folder.At("disk"));
        using var disk = new TinyDisk(_folder.At("disk"), 24);
        var state = _folder.At("disk/run.state");
        Assert.Equal(0, Invocation.Run("plan", state, "--epoch", "0", "--samples", "1500", "--epochs", "3", "--out", _folder.At("plan.npz")).Code);
        var before = File.ReadAllBytes(state);
        Assert.Contains("No space left", Invocation.Fail(1, "observe", state, "--epoch", "0", "--losses", _folder.Array<float>("l.npy", new float[1500])), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(state));
        Assert.Equal(["run.state"], _folder.Files("disk"));
    }

    [NumpyFact]
    public void The_example_of_the_docs_runs_and_saves_what_it_asks_for()
    {
        var page = File.ReadAllText(Path.Combine(Numpy.Root, "docs", "files.md"));
        var script = Bash().Match(page).Groups[1].Value;
        Assert.InRange(script.Split('\n').Length - 1, 10, 20);
        var programs = $"winnow() {{ dotnet {Path.Combine(AppContext.BaseDirectory, "Winnow.Cli.dll")} \"$@\"; }}\npython3() {{ {Numpy.Python} \"$@\"; }}\n";
        var start = new ProcessStartInfo("bash", ["-c", programs + script]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && errors.Result.Length == 0, output + errors.Result);
        using var state = StateFile.Open(State, 0, allowUnobserved: false);
        Assert.Equal((10, 0), (state.Pruner.Statistics.Epochs, state.Pruner.Unobserved));
        Assert.Equal(0.3, state.Pruner.Statistics.Saved, 3);
        Assert.InRange(state.Pruner.Statistics.MeanLoss, 0.001, 0.3);
    }

    private static float Loss(long id, int epoch) => 3f / (1 + (id % 23)) / (epoch + 1);

    private static CliResult Run(params string[] args) => Invocation.Run(args);

    private CliResult Begin(params string[] more) => Plan(0, ["--samples", $"{Count}", "--epochs", $"{Epochs}", .. more]);

    private CliResult Plan(int epoch, params string[] more) => Run(["plan", State, "--epoch", $"{epoch}", "--out", _folder.At("plan.npz"), .. more]);

    private string Fail(params string[] more) => Invocation.Fail(2, ["plan", State, "--out", _folder.At("plan.npz"), .. more]);

    private CliResult Observe(int epoch, float[] losses, long[]? ids = null, params string[] more)
    {
        var result = Run([.. Observation(epoch, losses, ids), "--json", .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return result;
    }

    private string Refused(int epoch, float[] losses, long[]? ids = null, params string[] more) => Invocation.Fail(2, [.. Observation(epoch, losses, ids), .. more]);

    private string RefusedIds<T>(T[] ids, float[] losses)
        where T : unmanaged =>
        Invocation.Fail(2, "observe", State, "--epoch", "0", "--losses", _folder.Array<float>("losses.npy", losses), "--ids", _folder.Array<T>("ids.npy", ids));

    private string[] Observation(int epoch, float[] losses, long[]? ids) =>
        ["observe", State, "--epoch", $"{epoch}", "--losses", _folder.Array<float>("losses.npy", losses), .. ids is null ? Array.Empty<string>() : ["--ids", _folder.Array<long>("ids.npy", ids)]];

    private (long[] Ids, float[] Weights) ReadPlan()
    {
        var content = Npz.Read(_folder.At("plan.npz"));
        return (content.Find("ids")!.AsSpan<long>().ToArray(), content.Find("weights")!.AsSpan<float>().ToArray());
    }

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Bash();
}
