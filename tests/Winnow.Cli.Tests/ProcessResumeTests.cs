using System.Text.Json;
using System.Text.RegularExpressions;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>Runs of several processes that are stopped or lose one, and go on with as many or others.</summary>
public sealed partial class ProcessResumeTests(ProcessResumeTests.Whole whole) : IClassFixture<ProcessResumeTests.Whole>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact(ranks: true)]
    public void A_run_that_lost_a_process_goes_on_in_another_number_of_them()
    {
        using var run = new RunningProgram(null, [.. whole.Arguments, "--run", _folder.At("run"), "--processes", "2", "--checkpoint-every", "7steps"]);
        run.WaitFor("epoch 2/");
        run.Signal("KILL", Assert.Single(run.Children));
        Assert.Equal(1, run.Code());
        var says = Assert.Single(run.Failures);
        Assert.Matches($"^winnow: rank 1 \\(process \\d+ on .+\\) is gone: .+ winnow train --resume {Regex.Escape(_folder.At("run"))} goes on from step-\\d{{10}}.safetensors, with as many --processes as you like\\.$", says);
        Assert.Contains(Step().Match(says).Value, _folder.Files("run/checkpoints"));
        Assert.False(File.Exists(_folder.At("run/result.json")));

        using var alone = new RunningProgram(null, "train", "--resume", _folder.At("run"), "--processes", "1", "--json");
        Assert.Equal(0, alone.Code());
        Assert.Contains("The run goes on differently (the number of processes was 2 and is 1)", alone.Error, StringComparison.Ordinal);
        AssertAsPlanned(processes: 1);
    }

    [TorchFact(ranks: true)]
    public void A_run_of_one_process_goes_on_in_several()
    {
        using var run = new RunningProgram(null, [.. whole.Arguments, "--run", _folder.At("run"), "--checkpoint-every", "1steps"]);
        run.WaitFor("epoch 2/");
        run.Signal("KILL");
        Assert.NotEqual(0, run.Code());
        using var together = new RunningProgram(null, "train", "--resume", _folder.At("run"), "--processes", "2", "--json");
        Assert.Equal(0, together.Code());
        Assert.Empty(together.Failures);
        AssertAsPlanned(processes: 2);
    }

    [TorchTheory(ranks: true)]
    [InlineData("INT", true)]
    [InlineData("TERM", false)]
    public void A_signal_to_any_process_stops_all_after_the_same_step_and_they_go_on_to_the_same_bits(string signal, bool all)
    {
        using var run = new RunningProgram(null, [.. whole.Arguments, "--run", _folder.At("run"), "--processes", "2"]);
        run.WaitFor("epoch 2/");
        var rank = Assert.Single(run.Children);
        run.Signal(signal, rank);
        if (all)
        {
            // As Ctrl-C at a terminal: to everyone there.
            run.Signal(signal);
        }

        Assert.Equal(130, run.Code());
        Assert.Empty(run.Failures);
        Assert.Matches("^checkpoints/step-\\d{10}.safetensors events.jsonl report.html result.json run.json samples/ids.npy samples/labels.npy samples/losses.npy samples/predictions.npy tensorboard/[a-z]+/seed-1/events.out.tfevents.winnow weights/weights.npz weights/weights.safetensors$", string.Join(' ', _folder.Files("run")));
        Assert.True(Result(_folder, "run").GetProperty("interrupted").GetBoolean());
        Assert.False(RunningProgram.IsAlive(rank));

        GoOn(launched: all);
        Assert.Equal(Result(whole.Folder, "two").GetProperty("weights_sha256").GetString(), Result(_folder, "run").GetProperty("weights_sha256").GetString());
        AssertAsPlanned(processes: 2);

        if (all)
        {
            // It has come to its end: a launcher's ranks learn it, and the result is shown again.
            GoOn(launched: true);
        }
    }

    [TorchFact(ranks: true)]
    public void What_cannot_go_on_together_is_refused()
    {
        using var run = new RunningProgram(null, [.. whole.Arguments, "--run", _folder.At("run"), "--checkpoint-every", "1steps"]);
        run.WaitFor("epoch 1/");
        run.Signal("TERM");
        Assert.Equal(130, run.Code());
        using var many = new RunningProgram(null, "train", "--resume", _folder.At("run"), "--processes", "33");
        Assert.Equal(2, many.Code());
        Assert.Contains("33 processes share a batch of 32, which leaves some without a sample", Assert.Single(many.Failures), StringComparison.Ordinal);
        Assert.Contains("--timeout 0 is not in [1, 86400] seconds", Invocation.Fail(2, "train", "--resume", _folder.At("run"), "--timeout", "0"), StringComparison.Ordinal);

        // A rank that begins a run where the others go on with one.
        var port = ProcessTests.FreePort();
        using var old = new RunningProgram(ProcessTests.Variables(0, 2, port), "train", "--resume", _folder.At("run"));
        using var fresh = new RunningProgram(ProcessTests.Variables(1, 2, port), "train", _folder.Table());
        Assert.Equal((2, 2), (old.Code(), fresh.Code()));
        Assert.Contains("was started with --resume nothing and rank 0 with --resume given", Assert.Single(old.Failures), StringComparison.Ordinal);

        // A rank with other data than the run was begun with.
        port = ProcessTests.FreePort();
        using var first = new RunningProgram(ProcessTests.Variables(0, 2, port), "train", "--resume", _folder.At("run"));
        using var second = new RunningProgram(ProcessTests.Variables(1, 2, port), "train", _folder.Table("other", change: static (values, _) => values[0]++), "--resume", _folder.At("run"));
        Assert.Equal((1, 2), (first.Code(), second.Code()));
        Assert.Matches("^winnow: rank 1 \\(.+\\) failed: the run was begun with table of 501 and 99 samples", Assert.Single(first.Failures));
        Assert.Contains("and this is other of 501 and 99", Assert.Single(second.Failures), StringComparison.Ordinal);
    }

    /// <summary>Goes on with as many processes as it was begun with: those that the program starts, or those of a launcher on a machine that hasn't the folder.</summary>
    private void GoOn(bool launched)
    {
        var port = ProcessTests.FreePort();
        using var first = new RunningProgram(launched ? ProcessTests.Variables(0, 2, port) : null, "train", "--resume", _folder.At("run"), "--json");
        using var second = launched ? new RunningProgram(ProcessTests.Variables(1, 2, port), "train", "--resume", "/nowhere") : null;
        Assert.Equal((0, 0), (first.Code(), second?.Code() ?? 0));
        Assert.Empty(first.Failures);
        Assert.False(JsonDocument.Parse(first.Out).RootElement.GetProperty("interrupted").GetBoolean());
        Assert.Empty(second?.Out ?? "");
    }

    /// <summary>The run has planned and visited what the whole one has, and nothing is left of its checkpoints.</summary>
    private void AssertAsPlanned(int processes)
    {
        var (one, other) = (Result(whole.Folder, "two"), Result(_folder, "run"));
        Assert.Equal(ProcessTests.PlanHashes(whole.Folder, "two"), ProcessTests.PlanHashes(_folder, "run"));
        Assert.Equal(processes, other.GetProperty("environment").GetProperty("processes").GetInt32());
        foreach (var count in new[] { "visited", "steps", "forwards", "backwards", "accuracy" })
        {
            Assert.Equal(one.GetProperty(count).GetDouble(), other.GetProperty(count).GetDouble());
        }

        foreach (var (a, b) in one.GetProperty("history").EnumerateArray().Zip(other.GetProperty("history").EnumerateArray()))
        {
            Assert.Equal(a.GetProperty("visited_loss").GetDouble(), b.GetProperty("visited_loss").GetDouble(), 1e-5);
            Assert.Equal(a.GetProperty("test_loss").GetDouble(), b.GetProperty("test_loss").GetDouble(), 1e-5);
        }

        Assert.False(Directory.Exists(_folder.At("run/checkpoints")));
    }

    private static JsonElement Result(TemporaryFolder folder, string run) => JsonDocument.Parse(File.ReadAllText(folder.At($"{run}/result.json"))).RootElement;

    [GeneratedRegex("step-\\d{10}.safetensors")]
    private static partial Regex Step();

    /// <summary>The run of two processes that nothing disturbs; long enough to be disturbed.</summary>
    public sealed class Whole : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly RunningProgram? _run;

        public Whole()
        {
            // Slow learning keeps losses far apart, so that rounding decides nothing.
            Arguments = ["train", _folder.Table(), "--epochs", "20", "--batch-size", "32", "--learning-rate", "0.002", "--precision", "fp32"];
            _run = Needs.Ranks is null ? new RunningProgram(null, [.. Arguments, "--run", _folder.At("two"), "--processes", "2", "--quiet"]) : null;
        }

        public string[] Arguments { get; }

        /// <summary>Where the run "two" is, once it has ended.</summary>
        public TemporaryFolder Folder
        {
            get
            {
                Assert.Equal(0, _run?.Code());
                return _folder;
            }
        }

        public void Dispose()
        {
            _run?.Dispose();
            _folder.Dispose();
        }
    }
}
