using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>The real program in a process of its own, killed without warning, and gone on with.</summary>
[Collection(TrainingCollection.Name)]
public sealed partial class CrashTests : IDisposable
{
    private static readonly string[] s_run = ["--epochs", "2", "--batch-size", "64", "--limit", "128", "--width", "1", "--threads", "1", "--checkpoint-every", "1steps", "--quiet"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [KillerFact]
    public void Killed_at_any_change_to_its_files_a_run_goes_on_to_the_same_end()
    {
        var data = _folder.Table();
        Assert.Equal(0, Kill("whole", 0, ["train", data, .. s_run]));
        var changes = File.ReadAllLines(_folder.At("whole.log"));
        Assert.Superset(new HashSet<string> { "write", "flush", "rename", "remove", "cut", "folder" }, changes.Select(static line => line.Split(' ')[0]).ToHashSet());

        // Every change but repetitions: of a file written in pieces, and of those of each step, the last; of files that take their place, the first too.
        var points = changes.Index().GroupBy(static change => Digits().Replace(change.Item, ""))
            .SelectMany(static same => same.Key.StartsWith("rename", StringComparison.Ordinal) ? new[] { same.First().Index + 1, same.Last().Index + 1 } : [same.Last().Index + 1]).Distinct().Order().ToArray();
        var codes = new ConcurrentDictionary<int, int>();
        Parallel.ForEach(points, new ParallelOptions { MaxDegreeOfParallelism = 2 }, at => codes[at] = Kill($"killed{at}", at, ["train", data, .. s_run]));
        var begun = Array.FindIndex(changes, static line => line.StartsWith("rename", StringComparison.Ordinal) && line.EndsWith("/run.json", StringComparison.Ordinal)) + 1;
        foreach (var at in points)
        {
            Assert.Equal(128 + 9, codes[at]);
            if (at <= begun)
            {
                Assert.Contains("holds no run that could go on", Invocation.Fail(2, "train", "--resume", _folder.At($"killed{at}")), StringComparison.Ordinal);
                continue;
            }

            Assert.Equal(0, Invocation.Run("train", "--resume", _folder.At($"killed{at}"), "--quiet").Code);
            AssertSame("whole", $"killed{at}");
        }
    }

    [TorchFact]
    public void Killed_again_and_again_at_random_moments_a_run_goes_on_to_the_same_end()
    {
        string[] run = [_folder.Table(), "--epochs", "40", "--method", "infobatch:keep=0.3", "--batch-size", "32", "--threads", "1", "--checkpoint-every", "5steps", "--quiet"];
        Assert.Equal(0, Invocation.Run(["train", .. run, "--run", _folder.At("whole")]).Code);
        string[] arguments = ["train", .. run, "--run", _folder.At("killed")];
        var newest = "";
        for (var kills = 0; kills < 3; kills++)
        {
            using var process = Start(arguments);
            while (!process.HasExited && Newest() is var now && (now is null || string.CompareOrdinal(now, newest) <= 0))
            {
                Thread.Sleep(1);
            }

            // Wherever it then is: within a step, an evaluation, or a write.
            Thread.Sleep(Environment.TickCount % 40);
            newest = Newest() ?? newest;
            process.Kill();
            process.WaitForExit();
            arguments = ["train", "--resume", _folder.At("killed"), "--quiet"];
        }

        Assert.Equal(0, Invocation.Run([.. arguments, "--checkpoint-every", "never"]).Code);
        AssertSame("whole", "killed");

        string? Newest() => Directory.Exists(_folder.At("killed/checkpoints")) ? Directory.GetFiles(_folder.At("killed/checkpoints"), "*.safetensors").Max(StringComparer.Ordinal) : null;
    }

    [KillerFact]
    public void A_killed_comparison_keeps_its_finished_runs_and_the_one_under_way()
    {
        string[] run = [_folder.Table(), "--seeds", "1", "--controls", "all", "--epochs", "3", "--batch-size", "64", "--width", "1", "--limit", "128", "--threads", "1", "--checkpoint-every", "1steps", "--quiet"];
        Assert.Equal(0, Kill("whole", 0, ["compare", .. run]));
        var changes = File.ReadAllLines(_folder.At("whole.log"));

        // Within the second arm, between the end of the third and its weights, between both files of the fourth's, once these are there and its checkpoints aren't removed
        // yet, and at the very end.
        var (archives, weights) = (Renames(".npz"), Renames(".safetensors"));
        foreach (var at in new[] { weights[0] + 20, archives[2] - 1, weights[3] - 1, weights[3] + 2, changes.Length })
        {
            var name = $"killed{at}";
            Assert.Equal(128 + 9, Kill(name, at, ["compare", .. run]));
            var finished = File.ReadLines(_folder.At($"{name}/events.jsonl")).Count(static line => line.Contains("run_ended", StringComparison.Ordinal));
            var before = Directory.GetFiles(_folder.At($"{name}/weights"), "*.npz").Where(static file => File.Exists(Path.ChangeExtension(file, "safetensors"))).ToDictionary(static file => file, File.GetLastWriteTimeUtc);
            Assert.NotEmpty(before);
            var result = Invocation.Run("compare", "--resume", _folder.At(name), "--quiet", "--json");
            Assert.Equal(0, result.Code);
            Assert.InRange(finished, 1, 6);
            Assert.All(before, static file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
            AssertSame("whole", name);
        }

        int[] Renames(string extension) =>
            [.. changes.Index().Where(change => change.Item.StartsWith("rename", StringComparison.Ordinal) && change.Item.Contains("/weights/", StringComparison.Ordinal) && change.Item.EndsWith(extension, StringComparison.Ordinal)).Select(static change => change.Index + 1)];
    }

    [TorchFact]
    public void A_second_signal_ends_at_once_and_the_last_checkpoint_stays()
    {
        string[] run = [_folder.Table(), "--epochs", "20", "--threads", "1", "--checkpoint-every", "3steps", "--quiet"];
        Assert.Equal(0, Invocation.Run(["train", .. run, "--run", _folder.At("whole")]).Code);
        using (var process = Start(["train", .. run, "--run", _folder.At("stopped")]))
        {
            while (!process.HasExited && !Directory.Exists(_folder.At("stopped/checkpoints")))
            {
                Thread.Sleep(1);
            }

            using var signals = Process.Start("/bin/sh", ["-c", $"kill -INT {process.Id}; kill -INT {process.Id}"]);
            Assert.True(process.WaitForExit(30_000));
            Assert.Equal(130, process.ExitCode);
        }

        Assert.Equal(0, Invocation.Run("train", "--resume", _folder.At("stopped"), "--checkpoint-every", "never", "--quiet").Code);
        AssertSame("whole", "stopped");
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    private static Process Start(string[] arguments)
    {
        // A shell that runs tests in the background ignores SIGINT, which every child would inherit.
        string[] command = ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "Winnow.Cli"), .. arguments];
        var process = Process.Start(new ProcessStartInfo("env", command) { RedirectStandardOutput = true, RedirectStandardError = true })!;

        // Both pipes are drained, so that the end doesn't wait for a reader.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs the program into a folder and kills it at a change to it; 0 lets it live, and logs the changes.</summary>
    private int Kill(string name, int at, string[] arguments) => Killer.Run(_folder.At(name), at, [.. arguments, "--run", _folder.At(name)]);

    /// <summary>The same files, and in them the same but for times and the run's own place.</summary>
    private void AssertSame(string expected, string actual)
    {
        Assert.Equal(_folder.Files(expected), _folder.Files(actual));
        Assert.Equal(Content(expected), Content(actual));
        foreach (var file in _folder.Files(expected).Where(static file => file.EndsWith(".npz", StringComparison.Ordinal) || file.EndsWith(".npy", StringComparison.Ordinal)))
        {
            Assert.Equal(File.ReadAllBytes(_folder.At($"{expected}/{file}")), File.ReadAllBytes(_folder.At($"{actual}/{file}")));
        }
    }

    private string[] Content(string run) => [.. File.ReadLines(_folder.At($"{run}/events.jsonl")).Append(File.ReadAllText(_folder.At($"{run}/result.json"))).Select(static text => WithoutTimes(JsonNode.Parse(text)!))];

    private static string WithoutTimes(JsonNode node)
    {
        foreach (var entry in (node as JsonObject)?.ToArray() ?? [])
        {
            if (entry.Key is "at" or "seconds" or "overhead_share" or "run" or "command" or "wall" or "wall_training" or "wall_seconds" or "evaluate_seconds" or "notes")
            {
                node.AsObject().Remove(entry.Key);
            }
            else if (entry.Value is { } inner)
            {
                WithoutTimes(inner);
            }
        }

        foreach (var inner in (node as JsonArray)?.OfType<JsonNode>() ?? [])
        {
            WithoutTimes(inner);
        }

        return node.ToJsonString(System.Text.Json.JsonSerializerOptions.Default);
    }
}
