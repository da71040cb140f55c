using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow dedup</c>.</summary>
public sealed partial class DedupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Duplicates_go_and_the_evidence_says_why()
    {
        var input = Write("in.jsonl", "one two three four five six", "One, two, three: four five six!", "something else that is not like it at all", "one two three four five six");
        var run = Invocation.Run("dedup", input, "--out", _folder.At("out"), "--json", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var result = run.Json.GetProperty("result");
        Assert.Equal((4, 2, 1, 1), (result.GetProperty("documents").GetInt32(), result.GetProperty("kept").GetInt32(), result.GetProperty("exact").GetInt32(), result.GetProperty("near").GetInt32()));
        var lines = File.ReadAllLines(input);
        Assert.Equal([lines[0], lines[2]], File.ReadAllLines(_folder.At("out/kept/in.jsonl")));
        var removed = File.ReadLines(_folder.At("out/removed.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([("in.jsonl:1", "near", "in.jsonl:0"), ("in.jsonl:3", "exact", "in.jsonl:0")],
            removed.Select(static line => (line.GetProperty("id").GetString()!, line.GetProperty("duplicate").GetString()!, line.GetProperty("kept_id").GetString()!)));

        // In words, and the alarm where a source loses more than was said.
        var words = Invocation.Run("dedup", input, "--out", _folder.At("words"), "--alarm", "40%");
        Assert.Contains("2 of 4 documents kept (50.0 %)", words.Out, StringComparison.Ordinal);
        Assert.Contains("in.jsonl lost 2 of 4 documents (50.0 %)", words.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "there is no such file or folder", "nowhere")]
    [InlineData(2, "is not first, longest, highest:FIELD or lowest:FIELD", "in.jsonl", "--keep-rule", "best")]
    [InlineData(2, "is for near duplicates; leave it or --by exact out", "in.jsonl", "--by", "exact", "--shingle", "3")]
    [InlineData(2, "--shard 4/4 is not i/N with i from 0 and below N", "in.jsonl", "--shard", "4/4")]
    [InlineData(2, "isn't signed yet", "in.jsonl", "--stage", "filter")]
    [InlineData(2, "joining is for one process", "in.jsonl", "--stage", "join", "--shard", "0/2")]
    [InlineData(2, "joining is for one process", "in.jsonl", "--shard", "0/2")]
    [InlineData(2, "of the documents can't be kept", "in.jsonl", "--keep", "1%")]
    [InlineData(3, "has no \"body\"; there is \"text\"", "in.jsonl", "--text", "body")]
    [InlineData(3, "line 2: isn't JSON at byte 8", "bad.jsonl")]
    public void What_cant_be_done_is_said_with_the_rule(int code, string message, params string[] arguments)
    {
        Write("in.jsonl", "one", "two");
        File.WriteAllText(_folder.At("bad.jsonl"), "{\"text\":\"a\"}\n{\"text\":");
        Assert.Contains(message, Invocation.Fail(code, ["dedup", _folder.At(arguments[0]), "--out", _folder.At("out"), "--quiet", .. arguments[1..]]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("out/kept")));
    }

    [KillerFact]
    public void Killed_at_any_change_to_its_files_it_goes_on_to_the_same_bytes()
    {
        foreach (var part in new[] { "a", "b" })
        {
            Write($"in/{part}.jsonl", [.. Enumerable.Range(0, 300).Select(i => string.Join(' ', Enumerable.Range((i % 100) * 40, 30 + (i % 3)).Select(word => $"{word}")))]);
        }

        Assert.Equal(0, Kill("whole", 0));
        var changes = File.ReadAllLines(_folder.At("whole.log"));
        var points = changes.Index().GroupBy(static change => Digits().Replace(change.Item, "")).Select(static same => same.Last().Index + 1).Order().ToArray();
        Assert.True(points.Length > 20);
        foreach (var at in points)
        {
            Assert.Equal(128 + 9, Kill($"killed{at}", at));
            Assert.Equal(0, Invocation.Run(Dedup($"killed{at}")).Code);
            Assert.Equal(Content("whole"), Content($"killed{at}"));
            Assert.DoesNotContain(_folder.Files($"killed{at}"), static file => file.EndsWith(".tmp", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Tasks_of_an_array_share_the_files_and_one_that_was_killed_is_made_up_for()
    {
        foreach (var part in Enumerable.Range(0, 5))
        {
            Write($"in/{part}.jsonl", [.. Enumerable.Range(0, 200).Select(i => string.Join(' ', Enumerable.Range(((i + part) % 90) * 40, 30 + (i % 3)).Select(word => $"{word}")))]);
        }

        Assert.Equal(0, Invocation.Run("dedup", _folder.At("in"), "--out", _folder.At("whole"), "--quiet").Code);
        foreach (var stage in new[] { "sign", "join", "filter" })
        {
            for (var task = 0; task < (stage == "join" ? 1 : 4); task++)
            {
                // Numbered from 1, as many arrays are.
                var variables = new Dictionary<string, string> { ["SLURM_ARRAY_TASK_ID"] = $"{task + 1}", ["SLURM_ARRAY_TASK_MIN"] = "1", ["SLURM_ARRAY_TASK_MAX"] = "4" };
                using var program = new RunningProgram(variables, ["dedup", _folder.At("in"), "--out", _folder.At("array"), "--stage", stage, .. stage == "join" ? Array.Empty<string>() : ["--shard", "auto"]]);
                if (stage == "sign" && task == 2)
                {
                    program.Signal("KILL");
                    Assert.Equal(128 + 9, program.Code());
                    Assert.Contains("isn't signed yet", Invocation.Fail(2, "dedup", _folder.At("in"), "--out", _folder.At("array"), "--stage", "join"), StringComparison.Ordinal);
                    using var again = new RunningProgram(variables, "dedup", _folder.At("in"), "--out", _folder.At("array"), "--stage", stage, "--shard", "auto");
                    Assert.Equal(0, again.Code());
                    continue;
                }

                Assert.Equal(0, program.Code());
            }
        }

        Assert.Equal(Content("whole"), Content("array"));
    }

    [SlurmFact]
    public void A_Slurm_array_whose_task_was_killed_is_made_up_for_to_the_bytes_of_one_process()
    {
        foreach (var part in Enumerable.Range(0, 6))
        {
            Write($"in/{part}.jsonl", [.. Enumerable.Range(0, 200).Select(i => string.Join(' ', Enumerable.Range(((i + part) % 90) * 40, 30 + (i % 3)).Select(word => $"{word}")))]);
        }

        Assert.Equal(0, Invocation.Run("dedup", _folder.At("in"), "--out", _folder.At("whole"), "--quiet").Code);
        var dedup = $"{RunningProgram.Program} dedup {_folder.At("in")} --out {_folder.At("array")} --quiet";
        using var slurm = new SlurmNode(_folder.At("slurm"));

        // The second task is killed as it begins.
        Assert.False(slurm.RunArray("0-3", $"[ $SLURM_ARRAY_TASK_ID != 1 ] || kill -9 $$\nexport SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3\nexec {dedup} --stage sign --shard auto"));
        var retry = Invocation.Run("retry", _folder.At("array"), "--tasks", "4");
        Assert.Equal((0, "1\n"), (retry.Code, retry.Out));
        Assert.Contains("to be done again with --stage sign: 2 inputs.", retry.Error, StringComparison.Ordinal);
        Assert.True(slurm.RunArray(retry.Out.Trim(), $"exec {dedup} --stage sign --shard auto/4"));
        Assert.Equal("join", Invocation.Run("retry", _folder.At("array"), "--tasks", "4", "--json").Json.GetProperty("stage").GetString());
        Assert.Equal(0, Invocation.Run("dedup", _folder.At("in"), "--out", _folder.At("array"), "--stage", "join", "--quiet").Code);
        Assert.Equal("0-3", Invocation.Run("retry", _folder.At("array"), "--tasks", "4", "--json").Json.GetProperty("array").GetString());
        Assert.True(slurm.RunArray("0-3", $"exec {dedup} --stage filter --shard auto"));
        var done = Invocation.Run("retry", _folder.At("array"), "--tasks", "4");
        Assert.Equal((0, "", "everything is done.\n"), (done.Code, done.Out, done.Error));
        Assert.Equal(Content("whole"), Content("array"));
    }

    private string Write(string name, params string[] texts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(name))!);
        File.WriteAllLines(_folder.At(name), texts.Select(static text => JsonSerializer.Serialize(new Dictionary<string, string> { ["text"] = text })));
        return _folder.At(name);
    }

    private int Kill(string name, int at) => Killer.Run(_folder.At(name), at, Dedup(name));

    private string[] Dedup(string name) => ["dedup", _folder.At("in"), "--out", _folder.At(name), "--threads", "1", "--quiet"];

    /// <summary>Every file but those in the hidden folder, by name and content.</summary>
    private string Content(string name)
    {
        var content = new StringBuilder();
        foreach (var file in _folder.Files(name).Where(static file => !file.StartsWith(".winnow/", StringComparison.Ordinal)))
        {
            content.Append(file).Append(' ').AppendLine(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder.At($"{name}/{file}")))));
        }

        return content.ToString();
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
