using System.Text.Json;
using System.Text.Json.Nodes;
using Winnow.Checkpoints;
using Winnow.Data;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Training.Checkpoints;
using Winnow.Training.Tests.Models.Scripts;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class ResumeTests : IDisposable
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 3, BatchSize = 32, LearningRate = 0.05, LabelNoise = 0.2 };

    private static readonly TrainingRecipe s_images = Small.Recipe with { Epochs = 3, BatchSize = 48 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-resume-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("infobatch")]
    [InlineData("infobatch+batch-loss")]
    [InlineData("infobatch:save=0.1+max-age:epochs=1")]
    [InlineData("kakurenbo:tau=0.5")]
    [InlineData("ies:window=1,threshold=0.05", 6)]
    [InlineData("selective-backprop:start=0,keep=0.5")]
    [InlineData("repb")]
    [InlineData("ucb:period=1")]
    [InlineData("rs2:keep=0.6")]
    public void From_any_step_a_run_goes_on_to_the_same_bits_with_every_kind_of_method(string method, int epochs = 3)
    {
        var outcome = EveryStep(Small.Vectors(), s_vectors with { Epochs = epochs, BatchSize = 64 }, new TrainingRequest { Method = method, Seed = 3 });

        // Otherwise there would be little to get wrong.
        Assert.True(outcome.Backwards < outcome.FullVisits);
        Assert.Equal(PolicyCatalog.Parse(method).RefreshesDropped, outcome.History.Any(static epoch => epoch.Refreshed > 0));
    }

    [Theory]
    [InlineData("sgd", Precision.Bf16, "infobatch", "linear")]
    [InlineData("adamw", Precision.Fp32, "full", "onecycle")]
    public void From_any_step_batch_norm_augmentation_and_the_optimiser_go_on_to_the_same_bits(string optimizer, Precision precision, string method, string schedule) =>
        _ = EveryStep(Small.Images(192, 64), s_images with { Optimizer = optimizer, Precision = precision, Schedule = schedule, LearningRate = null }, new TrainingRequest { Method = method });

    // Dropout and batch normalisation in one; buffers that the code replaces in the other.
    [Theory]
    [InlineData("scripted.pt", "infobatch", Precision.Fp32)]
    [InlineData("scripted.pt", "full", Precision.Bf16)]
    [InlineData("moving.pt", "selective-backprop:start=0,keep=0.5", Precision.Fp32)]
    public void From_any_step_the_network_of_a_TorchScript_file_goes_on_to_the_same_bits(string file, string method, Precision precision) =>
        _ = EveryStep(Small.Images(192, 64), (s_images with { Precision = precision }).With(ScriptFiles.At(file)), new TrainingRequest { Method = method });

    [Theory]
    [InlineData("gmp+cubic:every=1", "sgd", "infobatch")]
    [InlineData("random+erk+cubic:every=2", "adamw", "full")]
    [InlineData("taylor+global+cycle:every=2,first=0.6", "sgd", "full")]
    [InlineData("snip", "adamw", "full")]
    public void From_any_step_a_sparse_run_goes_on_to_the_same_bits(string sparsify, string optimizer, string method)
    {
        var outcome = EveryStep(Small.Images(192, 64), s_images with { Sparsify = sparsify, Density = 0.3, Optimizer = optimizer, LearningRate = null }, new TrainingRequest { Method = method });
        Assert.Equal(0.3, outcome.Network!.Kept!.Value, 2);
    }

    [Fact]
    public void From_any_step_a_run_that_keeps_weights_and_begins_within_the_schedule_goes_on_to_the_same_bits()
    {
        var outcome = EveryStep(Small.Vectors(), s_vectors with { BatchSize = 64 }, new TrainingRequest { Method = "full", KeepAt = 5, ScheduleFrom = 0.25 });
        Assert.NotNull(outcome.KeptWeights);
        Assert.NotEqual(outcome.KeptWeights[0].Bytes, outcome.Weights[0].Bytes);
    }

    [Fact]
    public void From_any_step_a_shortened_control_goes_on_to_the_same_bits() =>
        _ = EveryStep(Small.Vectors(), s_vectors with { BatchSize = 64 }, new TrainingRequest { Method = "full", Steps = 7, LearningRateScale = 1.5 });

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(17)]
    public void A_run_that_is_cancelled_saves_its_state_and_goes_on_however_often_it_is_cancelled(int every)
    {
        var whole = Run("whole", "infobatch");
        TrainingOutcome outcome;
        var parts = 0;
        do
        {
            using var stop = new CancellationTokenSource();
            outcome = Run("parts", "infobatch", stop: stop.Token, callbacks: new StopAfter(stop, every));
            parts++;
        }
        while (outcome.Interrupted);
        Assert.InRange(parts, 2, 40);
        AssertSame(whole, outcome, "whole", "parts");
        Assert.Equal(outcome.Seconds.Total, outcome.History.Sum(static epoch => epoch.Seconds.Total), outcome.Seconds.Total * 0.9);
    }

    [Fact]
    public void A_run_that_is_cancelled_before_its_first_step_saves_its_state_and_goes_on()
    {
        var whole = Run("whole", "infobatch");
        Assert.True(Run("parts", "infobatch", stop: new CancellationToken(canceled: true)).Interrupted);
        Assert.Equal(["step-0000000000.safetensors"], Files("parts").Select(Path.GetFileName));
        AssertSame(whole, Run("parts", "infobatch"), "whole", "parts");
    }

    [Fact]
    public void A_run_that_is_cancelled_while_it_refreshes_observes_nothing_twice()
    {
        var data = Small.Vectors();
        TrainingRequest Request(CancellationTokenSource? stop) => new() { Method = "test", Policy = new CancelWhenObserved(stop) };
        var whole = Run("whole", "test", data, request: Request(null));
        Assert.InRange(whole.History[1].Refreshed, 1, 255);
        using var stop = new CancellationTokenSource();
        var outcome = Run("parts", "test", data, request: Request(stop), stop: stop.Token);
        Assert.True(outcome.Interrupted);
        Assert.Single(outcome.History);
        AssertSame(whole, Run("parts", "test", data, request: Request(null)), "whole", "parts");
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_used()
    {
        var whole = Run("whole", "infobatch");
        Interrupt("run", 12);
        var files = Files("run");
        Assert.Equal(["step-0000000011.safetensors", "step-0000000012.safetensors"], files.Select(Path.GetFileName));
        byte[][] contents = [.. files.Select(File.ReadAllBytes)];
        foreach (var (damage, word) in new (Func<byte[], byte[]>, string)[]
        {
            (static whole => whole[..^1000], "torn within section"),
            (static _ => [], "torn within section \"header\""),
            (static whole => Flipped(whole, whole.Length / 2), "is altered: its checksum"),
            (static whole => Flipped(whole, 30), "section \"header\""),
        })
        {
            File.WriteAllBytes(files[1], damage(contents[1]));
            var notes = new List<string>();
            var outcome = Run("run", "infobatch", notes: notes);
            AssertSame(whole, outcome, "whole", "run");
            Assert.Contains(word, Assert.Single(notes), StringComparison.Ordinal);
            Assert.Contains("step-0000000012.safetensors: ", notes[0], StringComparison.Ordinal);
            Directory.Delete(Path.Combine(_root, "run"), recursive: true);
            Interrupt("run", 12);
        }

        foreach (var file in files)
        {
            File.WriteAllBytes(file, []);
        }

        var all = new List<string>();
        AssertSame(whole, Run("run", "infobatch", notes: all), "whole", "run");
        Assert.Equal(3, all.Count);
        Assert.Contains("the run begins anew", all[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_that_is_ahead_of_the_event_log_is_not_used()
    {
        var whole = Run("whole", "infobatch");
        Interrupt("run", 12);
        // As after a power failure that lost the end of the log: all that the second epoch wrote.
        var log = Path.Combine(_root, "run", "events.jsonl");
        File.WriteAllLines(log, File.ReadAllLines(log)[..3]);
        var notes = new List<string>();
        AssertSame(whole, Run("run", "infobatch", notes: notes), "whole", "run");
        Assert.Contains("it was written when events.jsonl had", notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_with_what_differs()
    {
        Interrupt("run", 4);
        foreach (var (recipe, data, request, difference) in new (TrainingRecipe, LoadedData, TrainingRequest, string)[]
        {
            (s_vectors with { Epochs = 4 }, Small.Vectors(), new() { Method = "infobatch" }, "recipe.epochs is 3 in the checkpoint and 4 here"),
            (s_vectors with { LearningRate = 0.04, Momentum = 0.8 }, Small.Vectors(), new() { Method = "infobatch" }, "recipe.learning_rate is 0.05 in the checkpoint and 0.04 here; recipe.momentum is 0.9 in the checkpoint and 0.8 here"),
            (s_vectors with { Width = 2 }, Small.Vectors(), new() { Method = "infobatch" }, "recipe.width is 1 in the checkpoint and 2 here"),
            (s_vectors with { LabelNoiseSeed = 1 }, Small.Vectors(), new() { Method = "infobatch" }, "run.data is vectors (sha256"),
            (s_vectors, Small.Vectors(255), new() { Method = "infobatch" }, "run.data is vectors ("),
            (s_vectors, Small.Vectors(), new() { Method = "infobatch:keep=0.6" }, "run.method is infobatch in the checkpoint and infobatch:keep=0.6 here"),
            (s_vectors, Small.Vectors(), new() { Method = "infobatch", Seed = 2 }, "run.seed is 1 in the checkpoint and 2 here"),
            (s_vectors, Small.Vectors(), new() { Method = "infobatch", Steps = 20 }, "run.steps is by epochs in the checkpoint and 20 here"),
        })
        {
            var message = Assert.Throws<CheckpointException>(() => Run("run", request.Method, data, recipe, request)).Message;
            Assert.Contains(difference.Replace("(sha256", "(", StringComparison.Ordinal), message, StringComparison.Ordinal);
            Assert.Contains("step-0000000004.safetensors: ", message, StringComparison.Ordinal);
        }

        // Being refused changed nothing.
        AssertSame(Run("whole", "infobatch"), Run("run", "infobatch"), "whole", "run");
    }

    [Fact]
    public void Where_none_can_be_written_a_run_goes_on_but_does_not_end_as_if_it_were_saved()
    {
        var whole = Run("whole", "infobatch");
        Directory.CreateDirectory(Path.Combine(_root, "run"));
        File.WriteAllText(Path.Combine(_root, "run", "checkpoints"), "in the way");
        var notes = new List<string>();
        AssertSame(whole, Run("run", "infobatch", interval: "10steps", notes: notes), "whole", "run");
        Assert.Equal(2, notes.Count);
        Assert.Matches("the checkpoint step-0000000010.safetensors can't be written: .*; the run goes on, and would resume from its beginning", notes[0]);
        using var stop = new CancellationTokenSource();
        Assert.Contains("step-0000000003.safetensors can't be written", Assert.Throws<RunFolderException>(() =>
            Run("run", "infobatch", interval: "never", stop: stop.Token, callbacks: new StopAfter(stop, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_come_as_often_as_asked_and_as_many_stay_as_asked()
    {
        Run("steps", "full", interval: "5steps", keep: 3);
        Assert.Equal(["step-0000000010.safetensors", "step-0000000015.safetensors", "step-0000000020.safetensors"], Files("steps").Select(Path.GetFileName));
        Run("epochs", "full", interval: "1epochs");
        Assert.Equal(["step-0000000008.safetensors", "step-0000000016.safetensors"], Files("epochs").Select(Path.GetFileName));
        Run("never", "full", interval: "never");
        Assert.Empty(Files("never"));
        // Every step takes longer than that.
        Run("seconds", "full", interval: "0.0000001s", keep: 100);
        Assert.Equal(24, Files("seconds").Length);
    }

    [Theory]
    [InlineData("30s", "30s")]
    [InlineData("30", "30s")]
    [InlineData("0.5s", "0.5s")]
    [InlineData("500 steps", "500steps")]
    [InlineData("2epochs", "2epochs")]
    [InlineData("never", "never")]
    [InlineData("0s", null)]
    [InlineData("-3s", null)]
    [InlineData("1.5steps", null)]
    [InlineData("s", null)]
    [InlineData("nan", null)]
    [InlineData("1e300", null)]
    [InlineData("10 minutes", null)]
    public void An_interval_is_read_and_written(string text, string? canonical) => Assert.Equal(canonical, CheckpointInterval.TryParse(text)?.ToString());

    /// <summary>Takes a checkpoint after each step and each epoch of a run, and goes on from each of them alone.</summary>
    private TrainingOutcome EveryStep(LoadedData data, TrainingRecipe recipe, TrainingRequest request)
    {
        var whole = Run("whole", request.Method, data, recipe, request, interval: "1steps", keep: 1000);
        var plain = Run("plain", request.Method, data, recipe, request, interval: "never");
        AssertSame(plain, whole, "plain", "whole");
        var files = Files("whole");
        Assert.Equal(whole.Steps, files.Length);
        foreach (var file in files)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_root, "from", "checkpoints"));
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            File.Copy(Path.Combine(_root, "whole", "events.jsonl"), Path.Combine(_root, "from", "events.jsonl"));
            AssertSame(whole, Run("from", request.Method, data, recipe, request, interval: "never"), "whole", "from");
            Directory.Delete(Path.Combine(_root, "from"), recursive: true);
        }

        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        return whole;
    }

    private TrainingOutcome Run(string name, string method, LoadedData? data = null, TrainingRecipe? recipe = null, TrainingRequest? request = null, string interval = "1steps", int keep = 2,
        List<string>? notes = null, TrainerCallback? callbacks = null, CancellationToken stop = default)
    {
        using var saved = new SavedRun(Path.Combine(_root, name), interval, keep, notes);
        return (recipe ?? s_vectors).CreateTrainer(data ?? Small.Vectors(), torch.CPU)
            .Run(request ?? new TrainingRequest { Method = method }, callbacks is null ? [saved.Events.For("arm")] : [saved.Events.For("arm"), callbacks], saved.Checkpoints, stop: stop);
    }

    private void Interrupt(string name, int steps)
    {
        using var stop = new CancellationTokenSource();
        Assert.True(Run(name, "infobatch", stop: stop.Token, callbacks: new StopAfter(stop, steps)).Interrupted);
    }

    private string[] Files(string name) => Path.Combine(_root, name, "checkpoints") is var folder && Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];

    private void AssertSame(TrainingOutcome expected, TrainingOutcome actual, string expectedFolder, string actualFolder)
    {
        Assert.False(actual.Interrupted);
        Assert.Equal(expected.WeightsSha256(), actual.WeightsSha256());
        Assert.Equal(Events(expectedFolder), Events(actualFolder));
        Assert.Equal(
            (expected.Visited, expected.Steps, expected.Forwards, expected.Backwards, expected.Accuracy, expected.TestLoss, expected.Epochs),
            (actual.Visited, actual.Steps, actual.Forwards, actual.Backwards, actual.Accuracy, actual.TestLoss, actual.Epochs));
        Assert.Equal(expected.ClassKeep, actual.ClassKeep);
        Assert.Equal(expected.Masks, actual.Masks);
        Assert.Equal(expected.KeptWeights?.Select(static weight => Convert.ToHexString(weight.Bytes)), actual.KeptWeights?.Select(static weight => Convert.ToHexString(weight.Bytes)));
        Assert.Equal(expected.Network!.AverageParameters, actual.Network!.AverageParameters);
    }

    // The events without the times in them.
    private IEnumerable<string> Events(string name) => File.ReadLines(Path.Combine(_root, name, "events.jsonl")).Select(static line =>
    {
        var entry = JsonNode.Parse(line)!.AsObject();
        entry.Remove("at");
        entry.Remove("seconds");
        (entry["report"] as JsonObject)?.Remove("seconds");
        return entry.ToJsonString(JsonSerializerOptions.Default);
    });

    private static byte[] Flipped(byte[] whole, int at)
    {
        byte[] flipped = [.. whole];
        flipped[at] ^= 1;
        return flipped;
    }

    /// <summary>Stops a run in its second epoch, between taking the losses and refreshing what sat out.</summary>
    private sealed class CancelWhenObserved(CancellationTokenSource? stop) : PolicyModifier(PolicyCatalog.Parse("kakurenbo:tau=0.5"))
    {
        public override void Observe(SampleTable samples, in BatchSignals batch)
        {
            base.Observe(samples, batch);
            if (batch.Epoch == 1)
            {
                stop?.Cancel();
            }
        }
    }
}
