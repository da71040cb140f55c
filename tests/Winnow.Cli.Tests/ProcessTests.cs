using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary>Several real processes that train together.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchTheory(ranks: true)]
    [InlineData("infobatch", 3)]
    [InlineData("selective-backprop", 2)]
    [InlineData("kakurenbo", 2)]
    public void Several_processes_plan_the_same_and_learn_the_same_as_one(string method, int processes)
    {
        string[] arguments = ["train", _folder.Table(), "--epochs", "3", "--precision", "fp32", "--method", method, "--json"];
        using var alone = new RunningProgram(null, [.. arguments, "--run", _folder.At("one")]);
        using var together = new RunningProgram(null, [.. arguments, "--run", _folder.At("many"), "--processes", $"{processes}"]);
        Assert.Equal((0, 0), (alone.Code(), together.Code()));
        Assert.Empty(together.Failures);
        Assert.Equal(PlanHashes(_folder, "one"), PlanHashes(_folder, "many"));
        Assert.Equal(_folder.Files("one"), _folder.Files("many"));
        var (one, many) = (Result("one"), Result("many"));
        foreach (var count in new[] { "visited", "steps", "forwards", "backwards", "accuracy" })
        {
            Assert.Equal(one.GetProperty(count).GetDouble(), many.GetProperty(count).GetDouble());
        }

        foreach (var (a, b) in one.GetProperty("history").EnumerateArray().Zip(many.GetProperty("history").EnumerateArray()))
        {
            // The same samples with the same losses, to what float32 sums differ by in batches of another size.
            Assert.Equal(a.GetProperty("visited_loss").GetDouble(), b.GetProperty("visited_loss").GetDouble(), 1e-5);
            Assert.Equal(a.GetProperty("test_loss").GetDouble(), b.GetProperty("test_loss").GetDouble(), 1e-5);
        }

        Assert.Equal(processes, many.GetProperty("environment").GetProperty("processes").GetInt32());
    }

    [TorchFact(ranks: true)]
    public void A_network_with_batch_normalisation_learns_as_well_in_two_processes_and_bit_for_bit_the_same_every_time()
    {
        string[] arguments = ["train", Images(), "--epochs", "4", "--model", "resnet-small", "--width", "8", "--batch-size", "64", "--precision", "fp32", "--json"];
        using var alone = new RunningProgram(null, [.. arguments, "--run", _folder.At("one")]);
        using var together = new RunningProgram(null, [.. arguments, "--run", _folder.At("many"), "--processes", "2"]);
        Assert.Equal(0, alone.Code());

        // The same through a launcher's variables.
        var port = FreePort();
        using var first = new RunningProgram(Variables(0, 2, port), [.. arguments, "--run", _folder.At("launched")]);
        using var second = new RunningProgram(Variables(1, 2, port), [.. arguments, "--run", _folder.At("ignored")]);
        Assert.Equal((0, 0, 0), (together.Code(), first.Code(), second.Code()));
        Assert.Empty(second.Out);
        Assert.False(Path.Exists(_folder.At("ignored")));
        Assert.Equal(Result("many").GetProperty("weights_sha256").GetString(), Result("launched").GetProperty("weights_sha256").GetString());
        var (one, many) = (Result("one").GetProperty("accuracy").GetDouble(), Result("many").GetProperty("accuracy").GetDouble());
        Assert.True(one > 0.7 && Math.Abs(one - many) < 0.1, $"{one} alone, {many} together");
    }

    [TorchTheory(ranks: true)]
    [InlineData("KILL", "is gone: its connection closed", 2)]
    [InlineData("STOP", "has been silent for 1.5 s", 5)]
    public void A_rank_that_dies_or_hangs_ends_the_others_with_its_name(string signal, string says, double seconds)
    {
        using var run = Endless("--processes", "3", "--timeout", "2");
        run.WaitFor("epoch 2/");
        var ranks = run.Children;
        Assert.Equal(2, ranks.Length);
        run.Signal(signal, ranks[1]);
        Assert.Equal(1, run.Code());
        Assert.True(run.SinceSignal < TimeSpan.FromSeconds(seconds + 0.5), $"it took {run.SinceSignal}");
        Assert.Matches($"^winnow: rank 2 \\(process {ranks[1]} on .+\\) {says}", Assert.Single(run.Failures));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.All(ranks, static rank => Assert.False(RunningProgram.IsAlive(rank)));
    }

    [TorchFact(ranks: true)]
    public void When_rank_0_dies_the_others_say_so_and_end()
    {
        using var run = Endless("--processes", "2", "--timeout", "20");
        run.WaitFor("epoch 2/");
        var rank = Assert.Single(run.Children);
        run.Signal("KILL");
        run.WaitFor($"winnow: rank 1: rank 0 (process {run.Id} on ");
        Assert.True(SpinWait.SpinUntil(() => !RunningProgram.IsAlive(rank), TimeSpan.FromSeconds(5)));
    }

    [TwoHostsFact]
    public void Ranks_on_two_machines_train_together_and_each_names_the_other_when_the_cable_is_cut()
    {
        using var hosts = new TwoHosts();
        string[] arguments = ["train", _folder.Table(), "--epochs", "1000000", "--timeout", "2"];
        using var first = RunningProgram.Inside(hosts.First, Variables(0, 2, 29511, TwoHosts.FirstAddress), [.. arguments, "--run", _folder.At("run")]);
        using var second = RunningProgram.Inside(hosts.Second, Variables(1, 2, 29511, TwoHosts.FirstAddress), arguments);
        first.WaitFor("epoch 2/");
        hosts.Cut();
        Assert.Equal((1, 1), (first.Code(5), second.Code(5)));
        Assert.Matches("^winnow: rank 1 \\(.+\\) has been silent for 1.5 s: it hangs, was stopped, or the network between is cut\\. winnow train --resume .+ goes on from its beginning, ", Assert.Single(first.Failures));
        Assert.Matches("^winnow: rank 1: rank 0 \\(.+\\) has been silent for 1.5 s: it hangs, was stopped, or the network between is cut\\.$", Assert.Single(second.Failures));
    }

    [TorchFact(ranks: true)]
    public void Wrong_variables_are_refused()
    {
        Refuses("the variable RANK is \"2\" and has to be a whole number in [0, 1] (WORLD_SIZE is 2, and ranks begin at 0)", Variables(2, 2, 29512));
        Refuses("the variable MASTER_ADDR (the machine of rank 0) isn't set", new Dictionary<string, string> { ["RANK"] = "0", ["WORLD_SIZE"] = "2", ["MASTER_PORT"] = "29512" });
        Refuses("--processes 3 contradicts the variable WORLD_SIZE=2", Variables(0, 2, 29512), "--processes", "3");
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;
        Refuses($"port {taken} (MASTER_PORT) is taken by another program", Variables(0, 2, taken));
    }

    [TorchFact(ranks: true)]
    public void A_rank_that_never_comes_is_named_and_leaves_no_folder()
    {
        using var run = new RunningProgram(Variables(0, 2, FreePort()), "train", _folder.Table(), "--timeout", "1", "--run", _folder.At("run"));
        Assert.Equal(1, run.Code());
        Assert.StartsWith("winnow: rank 1 of 2 didn't come to 127.0.0.1:", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.At("run")));
    }

    [TorchFact(ranks: true)]
    public void Ranks_with_different_command_lines_are_refused()
    {
        var port = FreePort();
        using var first = new RunningProgram(Variables(0, 2, port), "train", _folder.Table(), "--run", _folder.At("run"));
        using var second = new RunningProgram(Variables(1, 2, port), "train", _folder.Table(), "--batch-size", "64");
        Assert.Equal((2, 2), (first.Code(), second.Code()));
        Assert.EndsWith("was started with batch_size 64 and rank 0 with batch_size 128; all ranks need the same command line and the same data.", Assert.Single(first.Failures), StringComparison.Ordinal);
        Assert.Contains("with batch_size 64 and rank 0 with batch_size 128", Assert.Single(second.Failures), StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.At("run")));
    }

    [Theory]
    [InlineData("--processes 0 is not in [1, 1024]", "--processes", "0")]
    [InlineData("--timeout 0.5 is not in [1, 86400] seconds", "--timeout", "0.5")]
    [InlineData("200 processes share a batch of 128, which leaves some without a sample", "--processes", "200")]
    public void Numbers_out_of_range_are_refused(string says, params string[] options) =>
        Assert.Contains(says, Invocation.Fail(2, ["train", _folder.Table(), "--run", _folder.At("run"), .. options]), StringComparison.Ordinal);

    private void Refuses(string says, IReadOnlyDictionary<string, string> variables, params string[] options)
    {
        using var run = new RunningProgram(variables, ["train", _folder.Table(), "--run", _folder.At("run"), .. options]);
        Assert.Equal(2, run.Code());
        Assert.Contains(says, Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.Empty(run.Out);
        Assert.False(Path.Exists(_folder.At("run")));
    }

    private RunningProgram Endless(params string[] options) =>
        new(null, ["train", _folder.Table(), "--epochs", "1000000", "--run", _folder.At("run"), .. options]);

    internal static Dictionary<string, string> Variables(int rank, int size, int port, string host = "127.0.0.1") => new()
    {
        ["RANK"] = $"{rank}",
        ["WORLD_SIZE"] = $"{size}",
        ["LOCAL_RANK"] = $"{Math.Min(rank, size - 1)}",
        ["LOCAL_WORLD_SIZE"] = $"{size}",
        ["MASTER_ADDR"] = host,
        ["MASTER_PORT"] = $"{port}",
    };

    internal static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private JsonElement Result(string run) => JsonDocument.Parse(File.ReadAllText(_folder.At($"{run}/result.json"))).RootElement;

    internal static string[] PlanHashes(TemporaryFolder folder, string run) =>
        [.. File.ReadLines(folder.At($"{run}/events.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static entry => entry.GetProperty("event").GetString() == "epoch_planned").Select(static entry => entry.GetProperty("plan_hash").GetString()!)];

    /// <summary>Images of 8 x 8 in three classes: a bright row whose place is the class's, under noise.</summary>
    private string Images()
    {
        const int Count = 900, Side = 8;
        var (labels, values) = (new int[Count], new byte[Count * Side * Side]);
        for (var i = 0; i < Count; i++)
        {
            labels[i] = i % 3;
            for (var p = 0; p < Side * Side; p++)
            {
                var noise = (((i * Side * Side) + p) * 0.618034 % 1) + (((i * 7919) + (p * 104729)) * 0.414214 % 1);
                values[(i * Side * Side) + p] = (byte)((noise * 80) + (p / Side == 2 + labels[i] && p % 3 == i % 2 ? 80 : 0));
            }
        }

        Directory.CreateDirectory(_folder.At("images"));
        Npy.Write(_folder.At("images/x.npy"), NpyArray.Create<byte>(values, Count, 1, Side, Side));
        Npy.Write(_folder.At("images/y.npy"), NpyArray.Create<int>(labels));
        return _folder.At("images");
    }
}
