using System.Text.Json;
using Winnow.Catalog;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;

namespace Winnow.Training.Tests;

/// <summary>What a run says of itself: compute, classes, savings; and what it refuses before it starts.</summary>
[Collection(TrainingCollection.Name)]
public sealed class RunCountersTests : IDisposable
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 4, BatchSize = 32, LearningRate = 0.05, Precision = Precision.Fp32 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-books-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Full_epochs_save_nothing_of_anything()
    {
        var outcome = Small.Run(Small.Vectors(), s_vectors, "full");
        Assert.Equal((1024, 1024, 1024, 3072, 3072), (outcome.Visited, outcome.Forwards, outcome.Backwards, outcome.Compute, outcome.FullCompute));
        Assert.Equal(0, outcome.Saved.Compute!.Value);
        Assert.Equal([1d, 1d], outcome.ClassKeep);
        Assert.Null(outcome.AskedSave);
        Assert.All(outcome.History, static epoch => Assert.Equal((0, 0d, null), (epoch.Refreshed, epoch.SavedSoFar, epoch.AskedSave)));
    }

    [Fact]
    public void Class_keep_counts_what_was_trained_on_by_class()
    {
        var data = Small.Images();
        // Half of class 0, none of class 1 after the first epoch, all of the others.
        var policy = new TestPolicy { Weight = (epoch, id) => epoch == 0 ? 1 : (id % 4) switch { 0 => id / 4 % 2, 1 => 0, _ => 1 } };
        var outcome = Small.Recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, []);
        Assert.Equal("test", outcome.Method);
        Assert.Equal([0.625, 0.25, 1, 1], outcome.ClassKeep);
        Assert.Equal(outcome.ClassKeep.Average()!.Value, (double)outcome.Visited / outcome.FullVisits, 12);
    }

    [Fact]
    public void Class_accuracy_is_that_of_the_trained_model_by_class()
    {
        var data = Small.Vectors(test: 301);
        var outcome = Small.Run(data, s_vectors with { Epochs = 1 }, "full");
        var network = new SmallNetwork(outcome, data.Train);
        for (var label = 0; label < 2; label++)
        {
            var members = Enumerable.Range(0, 301).Where(i => data.Test.Labels[i] == label).ToArray();
            var right = members.Count(i => network.Predict(data.Test, i) is var p && (p[1] > p[0] ? 1 : 0) == label);
            Assert.Equal((double)right / members.Length, outcome.ClassAccuracy[label]!.Value, 12);
        }

        Assert.NotEqual(outcome.ClassAccuracy[0], outcome.ClassAccuracy[1]);
        Assert.Equal(Enumerable.Range(0, 301).Average(i => network.Loss(data.Test, i, 0)), outcome.TestLoss!.Value, 1e-5);
    }

    [Fact]
    public void A_class_without_samples_has_no_accuracy_and_no_keep_and_json_says_null()
    {
        var all = Small.Images();
        int[] some = [.. Enumerable.Range(0, 128).Where(static i => i % 4 != 2)];
        var outcome = Small.Run(all with { Train = all.Train.Select(some), Test = all.Test.Select(some) }, Small.Recipe with { Epochs = 1 }, "full");
        Assert.True(outcome.ClassAccuracy[2] is null && outcome.ClassKeep[2] is null);
        Assert.Equal(outcome.Accuracy!.Value, outcome.ClassAccuracy.Average()!.Value, 12);
        var json = JsonSerializer.Serialize(new RunEnded(outcome, default, "full", 1, ""), RunJson.Indented.RunEnded);
        using var parsed = JsonDocument.Parse(json);
        Assert.Equal(JsonValueKind.Null, parsed.RootElement.GetProperty("class_accuracy")[2].ValueKind);
        Assert.Equal(1, parsed.RootElement.GetProperty("class_keep")[1].GetDouble());
        Assert.Equal(96, parsed.RootElement.GetProperty("forwards").GetInt64());
        Assert.Equal(96, parsed.RootElement.GetProperty("backwards").GetInt64());
    }

    [Theory]
    [InlineData("random:save=0.3", 0.3)]
    [InlineData("infobatch:save=0.2", 0.2)]
    public void The_saving_asked_for_and_the_saving_reached_are_told_epoch_by_epoch(string method, double asked)
    {
        var outcome = Small.Run(Small.Vectors(), s_vectors with { Epochs = 10 }, method);
        Assert.Equal(asked, outcome.AskedSave);
        Assert.All(outcome.History, epoch => Assert.Equal(asked, epoch.AskedSave));
        var visited = 0;
        foreach (var epoch in outcome.History)
        {
            visited += epoch.Visited;
            Assert.Equal(1 - (visited / (256.0 * (epoch.Epoch + 1))), epoch.SavedSoFar, 12);
        }

        Assert.Equal(asked, outcome.History[^1].SavedSoFar, 0.005);
        Assert.Equal(asked, outcome.Saved.Compute!.Value, 0.005);
    }

    [Fact]
    public void The_events_hold_the_books()
    {
        using (var folder = RunFolder.Create(Path.Combine(_root, "run")))
        {
            var policy = new TestPolicy { RefreshesDropped = true, Weight = static (_, id) => id % 2 };
            (s_vectors with { Epochs = 2 }).CreateTrainer(Small.Vectors(), torch.CPU)
                .Run(new TrainingRequest { Method = "random:save=0.3", Policy = policy }, [folder.Events.For("arm")]);
        }

        using var ended = JsonDocument.Parse(File.ReadAllLines(Path.Combine(_root, "run", "events.jsonl"))[^1]);
        Assert.Equal((384, 256), (ended.RootElement.GetProperty("forwards").GetInt32(), ended.RootElement.GetProperty("backwards").GetInt32()));
        Assert.Equal(2, ended.RootElement.GetProperty("class_accuracy").GetArrayLength());
        Assert.Equal(2, ended.RootElement.GetProperty("class_keep").GetArrayLength());
        Assert.True(ended.RootElement.GetProperty("seconds").GetProperty("refresh").GetDouble() > 0);
        using var epoch = JsonDocument.Parse(File.ReadAllLines(Path.Combine(_root, "run", "events.jsonl"))[2]);
        var report = epoch.RootElement.GetProperty("report");
        Assert.Equal((128, 256, 128), (report.GetProperty("refreshed").GetInt32(), report.GetProperty("forwards").GetInt32(), report.GetProperty("backwards").GetInt32()));
        Assert.Equal(0.5, report.GetProperty("saved_so_far").GetDouble());
    }

    [Fact]
    public void What_cant_be_run_is_refused_by_the_check_and_by_the_run_before_anything_happens()
    {
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        Refused<MethodSpecException>(new TrainingRequest { Method = "infobtach" });
        Refused<RecipeException>(new TrainingRequest { Method = "full", Steps = 0 });
        Refused<RecipeException>(new TrainingRequest { Method = "full", LearningRateScale = 0 });
        Refused<RecipeException>(new TrainingRequest { Method = "full", LearningRateScale = double.NaN });
        var error = Refused<UnreachableSaveException>(new TrainingRequest { Method = "infobatch:save=0.9" });
        Assert.Equal(0.9, error.Asked);

        // Two of four epochs can be pruned, by at most 0.69.
        Assert.Equal(0.345, error.Largest, 0.0001);
        trainer.Check(new TrainingRequest { Method = "infobatch:save=0.3" });

        T Refused<T>(TrainingRequest request)
            where T : Exception
        {
            Assert.Throws<T>(() => trainer.Check(request));
            return Assert.Throws<T>(() => trainer.Run(request, [new Silent()]));
        }
    }

    // 0.05 · 2 and 0.1 are the same number, so the runs must be, too.
    [Fact]
    public void A_scaled_learning_rate_is_that_learning_rate()
    {
        var doubled = Small.Run(Small.Vectors(), s_vectors with { LearningRate = 0.1 }, "full");
        var scaled = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU).Run(new TrainingRequest { Method = "full", LearningRateScale = 2 }, []);
        var byMethod = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU).Run(new TrainingRequest { Method = "x", Policy = new TestPolicy { RateScale = 2 } }, []);
        var plain = Small.Run(Small.Vectors(), s_vectors, "full");
        Assert.Equal(doubled.WeightsSha256(), scaled.WeightsSha256());
        Assert.Equal(doubled.WeightsSha256(), byMethod.WeightsSha256());
        Assert.NotEqual(doubled.WeightsSha256(), plain.WeightsSha256());
        Assert.Equal(plain.History.Select(static epoch => 2 * epoch.LearningRate), scaled.History.Select(static epoch => epoch.LearningRate));
        Assert.Equal(plain.History.Select(static epoch => 2 * epoch.LearningRate), byMethod.History.Select(static epoch => epoch.LearningRate));
    }

    [Fact]
    public void Label_noise_and_imbalance_change_the_training_set_only_and_not_by_the_runs_seed()
    {
        var data = Small.Images();
        var recipe = Small.Recipe with { Epochs = 1, LabelNoise = 0.25, Imbalance = 4 };
        var trainer = recipe.CreateTrainer(data, torch.CPU);

        // 128 samples a class: 128, 81, 51, 32 stay, and a quarter of those 292 get another label.
        Assert.Equal(292, Small.Task(trainer).Data.Train.Count);
        Assert.Same(data.Test, Small.Task(trainer).Data.Test);
        Assert.Equal(data.Train.WithLongTail(4).WithLabelNoise(0.25).Fingerprint, Small.Task(trainer).Data.Train.Fingerprint);
        Assert.NotEqual(data.Train.WithLongTail(4).Fingerprint, Small.Task(trainer).Data.Train.Fingerprint);
        Assert.Equal(292, trainer.Run(new TrainingRequest { Method = "full", Seed = 9 }, []).Visited);
        Assert.Same(data.Train, Small.Task(Small.Recipe.CreateTrainer(data, torch.CPU)).Data.Train);
        Assert.NotEqual(Small.Task(trainer).Data.Train.Fingerprint, Small.Task((recipe with { LabelNoiseSeed = 1 }).CreateTrainer(data, torch.CPU)).Data.Train.Fingerprint);
        Assert.Throws<RecipeException>(() => (recipe with { LabelNoise = 1 }).CreateTrainer(data, torch.CPU));
        Assert.Throws<RecipeException>(() => (recipe with { Imbalance = 0.5 }).CreateTrainer(data, torch.CPU));
        Assert.Throws<DataException>(() => (recipe with { LabelNoise = 1e-6 }).CreateTrainer(data, torch.CPU));
    }

    private sealed class Silent : TrainerCallback
    {
        public override void OnRunStart(TrainingRequest request, int epochs) => Assert.Fail("the run began");
    }
}
