using System.Text.Json;
using Winnow.Data.Formats;
using Winnow.Records;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("winnow-run-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void An_existing_folder_is_never_used()
    {
        var error = Assert.Throws<RunFolderException>(() => RunFolder.Create(_root));
        Assert.True(error.BeforeStart);
        Assert.Contains(_root, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public void A_place_that_cant_hold_a_folder_is_refused()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.True(Assert.Throws<RunFolderException>(() => RunFolder.Create(Path.Combine(file, "run"))).BeforeStart);
    }

    [Fact]
    public void Of_runs_begun_at_the_same_moment_each_gets_a_folder_of_its_own()
    {
        var place = Path.Combine(_root, "run");
        var folders = new RunFolder[40];
        using var gate = new Barrier(4);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            gate.SignalAndWait();
            for (var k = t; k < folders.Length; k += 4)
            {
                folders[k] = RunFolder.CreateNumbered(place);
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Equal([place, .. Enumerable.Range(2, 39).Select(k => $"{place}-{k}")], folders.Select(static folder => folder.Path).OrderBy(static path => path.Length).ThenBy(static path => path, StringComparer.Ordinal));
        Array.ForEach(folders, static folder => folder.Dispose());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public void Of_two_that_ask_for_one_folder_one_gets_it()
    {
        var place = Path.Combine(_root, "run");
        var got = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                RunFolder.Create(place);
                Interlocked.Increment(ref got);
            }
            catch (RunFolderException error)
            {
                Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
            }
        });
        Assert.Equal(1, got);
    }

    [Fact]
    public void A_folder_in_which_nothing_was_begun_holds_no_run()
    {
        var folder = RunFolder.Create(Path.Combine(_root, "run"));
        foreach (var error in new[] { Assert.Throws<RunFolderException>(() => RunFolder.Open(folder.Path, out _)), Assert.Throws<RunFolderException>(() => RunPlan.Of(folder.Path)) })
        {
            Assert.True(error.BeforeStart);
            Assert.Contains("holds no run that could go on", error.Message, StringComparison.Ordinal);
        }

        folder.Dispose();
        Assert.False(Directory.Exists(folder.Path));
    }

    [Fact]
    public void What_a_killed_process_was_writing_is_removed_when_the_run_goes_on()
    {
        var place = Path.Combine(_root, "run");
        using (var folder = RunFolder.Create(place))
        {
            folder.Begin(Plan());
        }

        Directory.CreateDirectory(Path.Combine(place, "weights"));
        File.WriteAllText(Path.Combine(place, "result.json.4711.1.tmp"), "{");
        File.WriteAllText(Path.Combine(place, "weights", "weights.npz.4711.2.tmp"), "PK");
        using (RunFolder.Open(place, out _))
        {
            Assert.Equal("run.json", Path.GetFileName(Assert.Single(Directory.GetFiles(place, "*", SearchOption.AllDirectories))));
        }
    }

    [Fact]
    public void Weights_are_written_as_arrays_that_read_back_equal()
    {
        var outcome = Small.Run(Small.Images(), Small.Recipe with { Epochs = 1 }, "full");
        using var folder = RunFolder.Create(Path.Combine(_root, "run"));
        folder.WriteWeights("full:odd/name", outcome.Weights);
        var path = Path.Combine(folder.Path, "weights", "full_odd_name.npz");
        var content = Npz.Read(path);
        Assert.Equal(outcome.Weights.Select(static weight => weight.Name), content.Arrays.Select(static entry => entry.Key));
        foreach (var weight in outcome.Weights)
        {
            var array = content.Find(weight.Name)!;
            Assert.Equal(weight.Shape.Select(static extent => (int)extent), array.Shape.ToArray());
            Assert.Equal(weight.Type == "F32" ? NpyType.Float32 : NpyType.Int64, array.Type);
            Assert.Equal(weight.Bytes, array.Data.ToArray());
        }
    }

    [Fact]
    public void Events_are_json_lines_that_tell_the_run()
    {
        using (var folder = RunFolder.Create(Path.Combine(_root, "run")))
        {
            Small.Run(Small.Images(), Small.Recipe with { Epochs = 2 }, "infobatch", 1, null, folder.Events.For("infobatch"));
        }

        var events = File.ReadAllLines(Path.Combine(_root, "run", "events.jsonl"))
            .Select(static line => JsonSerializer.Deserialize(line, RunJson.Line.IRunEvent)!).ToList();
        Assert.Equal(
            [typeof(RunStarted), typeof(EpochPlanned), typeof(EpochEnded), typeof(EpochPlanned), typeof(EpochEnded), typeof(RunEnded)],
            events.Select(static entry => entry.GetType()));
        Assert.Equal(2, ((RunStarted)events[0]).Epochs);
        Assert.Equal(512, ((EpochEnded)events[2]).Report.Visited);
        Assert.Equal(64, ((RunEnded)events[5]).WeightsSha256.Length);
    }

    [Fact]
    public void A_write_that_fails_leaves_no_half_file_and_counts_as_struck_while_running()
    {
        using var folder = RunFolder.Create(Path.Combine(_root, "run"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "result.json"));
        var error = Assert.Throws<RunFolderException>(() => folder.WriteResult(Result(), RunJson.Indented.TrainingResult));
        Assert.False(error.BeforeStart);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.tmp"));
    }

    [Theory]
    [InlineData("fashion-mnist", "train-fashion-mnist-20261121-040506")]
    [InlineData("/data/my set/", "train-my-set-20261121-040506")]
    public void The_default_name_tells_verb_data_and_time(string data, string name) =>
        Assert.Equal(name, RunFolder.DefaultName("train", data, new Clock()));

    private static RunPlan Plan() => new()
    {
        Kind = "train",
        Data = "d",
        Dataset = Result().Dataset,
        Recipe = new TrainingRecipe().ToRecord(),
        Method = "full",
        Seeds = [1],
        CheckpointEvery = "600s",
        Checkpoints = 2,
        Environment = Result().Environment,
    };

    internal static TrainingResult Result() => new()
    {
        Data = "d",
        Dataset = new DataInfo("d", 1, 1, 2, ""),
        Model = "mlp",
        Parameters = 1,
        Epochs = 1,
        Method = "full",
        Seed = 1,
        Accuracy = null,
        TestLoss = null,
        Visited = 0,
        Steps = 0,
        Saved = new Saved { Samples = 0, Steps = 0 },
        Seconds = new PhaseSeconds(),
        OverheadShare = 0,
        History = [],
        WeightsSha256 = "",
        Recipe = new TrainingRecipe().ToRecord(),
        Environment = new RunEnvironment { Winnow = "", Libtorch = "", Runtime = "", Device = "cpu", Threads = 1, Processor = "", Command = [] },
    };

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 4, 5, 6, TimeSpan.Zero);
    }
}
