using System.Text.Json.Nodes;
using Winnow.Checkpoints;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch.Distributed;

namespace Winnow.Training.Tests;

/// <summary>Runs of several ranks that go on, with as many ranks or others. Ranks are threads here; the command line's tests have them as processes.</summary>
[Collection(TrainingCollection.Name)]
public sealed class RanksResumeTests : IDisposable
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 3, BatchSize = 63, LearningRate = 0.05, LabelNoise = 0.2, Precision = Precision.Fp32 };

    private static readonly TrainingRecipe s_images = Small.Recipe with { Epochs = 2, BatchSize = 50 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-ranks-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [RanksTheory]
    [InlineData("infobatch+batch-loss")]
    [InlineData("selective-backprop:start=0,keep=0.5")]
    public void From_any_step_as_many_ranks_go_on_to_the_same_bits(string method) => EveryStep(Small.Vectors(), s_vectors, method);

    [RanksFact]
    public void From_any_step_the_running_statistics_of_each_rank_go_on_to_the_same_bits()
    {
        EveryStep(Small.Images(150, 64), s_images, "kakurenbo:tau=0.5");

        // Otherwise there would be little to get wrong.
        using var checkpoint = File.OpenRead(Files("whole")[0]);
        var statistics = CheckpointReader.Open(checkpoint).Read<float>("ranks.statistics");
        Assert.NotEqual(statistics[..(statistics.Length / 2)], statistics[(statistics.Length / 2)..]);
    }

    [RanksTheory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    public void From_any_step_another_number_of_ranks_goes_on_with_the_same_plans_and_the_same_samples_told(int before, int after)
    {
        var whole = Run("whole", before, Small.Vectors(), s_vectors, "infobatch", "1steps");
        foreach (var file in Files("whole"))
        {
            Take(file, "from");
            var outcome = Run("from", after, Small.Vectors(), s_vectors, "infobatch", "never");
            Assert.Equal(Plans("whole"), Plans("from"));
            Assert.Equal((whole.Visited, whole.Steps, whole.Forwards, whole.Backwards, whole.Accuracy), (outcome.Visited, outcome.Steps, outcome.Forwards, outcome.Backwards, outcome.Accuracy));
            foreach (var (one, many) in whole.History.Zip(outcome.History))
            {
                Assert.Equal(one.VisitedLoss!.Value, many.VisitedLoss!.Value, 1e-5);
                Assert.Equal(one.WeightedLoss!.Value, many.WeightedLoss!.Value, 1e-5);
                Assert.Equal(one.TestLoss!.Value, many.TestLoss!.Value, 1e-5);
            }

            Directory.Delete(Path.Combine(_root, "from"), recursive: true);
        }
    }

    [RanksFact]
    public void One_rank_goes_on_with_the_mean_of_the_running_statistics_of_two()
    {
        var whole = Run("whole", 2, Small.Images(150, 64), s_images, "full", "1steps");

        // After the last step, before the ranks' statistics are made one: nothing is left to train.
        Take(Files("whole")[^1], "from");
        var outcome = Run("from", 1, Small.Images(150, 64), s_images, "full", "never");
        Assert.Equal(whole.Steps, outcome.Steps);
        foreach (var (one, many) in whole.Weights.Zip(outcome.Weights).Where(static pair => pair.First.Type == "F32"))
        {
            Assert.Equal(one.Name, many.Name);
            Assert.All(one.Values.Zip(many.Values), static pair => Assert.Equal(pair.First, pair.Second, 1e-6f * Math.Max(1, Math.Abs(pair.First))));
        }
    }

    [RanksTheory]
    [InlineData(1, false)]
    [InlineData(6, false)]
    [InlineData(1, true)]
    public void Ranks_of_which_one_is_told_to_stop_save_their_state_and_go_on_however_often(int every, bool statistics)
    {
        var (data, recipe) = statistics ? (Small.Images(150, 64), s_images) : (Small.Vectors(), s_vectors);
        var whole = Run("whole", 2, data, recipe, "infobatch", "never");
        TrainingOutcome outcome;
        var parts = 0;
        do
        {
            using var stop = new CancellationTokenSource();
            outcome = Run("parts", 2, data, recipe, "infobatch", "never", new StopAfter(stop, every), stop.Token);
            parts++;
        }
        while (outcome.Interrupted);
        Assert.InRange(parts, 2, 40);
        AssertSame(whole, outcome, "parts");
    }

    private void EveryStep(LoadedData data, TrainingRecipe recipe, string method)
    {
        var whole = Run("whole", 2, data, recipe, method, "1steps");
        AssertSame(whole, Run("plain", 2, data, recipe, method, "never"), "plain");
        Assert.Equal(whole.Steps, Files("whole").Length);
        foreach (var file in Files("whole"))
        {
            Take(file, "from");
            AssertSame(whole, Run("from", 2, data, recipe, method, "never"), "from");
            Directory.Delete(Path.Combine(_root, "from"), recursive: true);
        }
    }

    /// <summary>A run of so many ranks, of which the first saves, or goes on with what is saved under that name.</summary>
    private TrainingOutcome Run(string name, int ranks, LoadedData data, TrainingRecipe recipe, string method, string interval, TrainerCallback? callback = null, CancellationToken stop = default)
    {
        using var saved = new SavedRun(Path.Combine(_root, name), interval);
        var outcomes = ranks == 1 ? [One(null)] : RankThreads.Run(ranks, One);
        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0].WeightsSha256(), outcome.WeightsSha256()));
        return outcomes[0];

        TrainingOutcome One(ProcessGroup? group)
        {
            var (leads, lasts) = (group is not { Rank: > 0 }, (group?.Rank ?? 0) == ranks - 1);
            TrainerCallback[] callbacks = [.. leads ? [saved.Events.For("arm")] : Array.Empty<TrainerCallback>(), .. lasts && callback is not null ? [callback] : Array.Empty<TrainerCallback>()];
            return recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = method, Seed = 3 }, callbacks, leads ? saved.Checkpoints : null, group, lasts ? stop : default);
        }
    }

    private string[] Files(string name) => [.. Directory.GetFiles(Path.Combine(_root, name, "checkpoints")).Order(StringComparer.Ordinal)];

    private void Take(string file, string name)
    {
        Directory.CreateDirectory(Path.Combine(_root, name, "checkpoints"));
        File.Copy(file, Path.Combine(_root, name, "checkpoints", Path.GetFileName(file)));
        File.Copy(Path.Combine(_root, "whole", "events.jsonl"), Path.Combine(_root, name, "events.jsonl"));
    }

    private void AssertSame(TrainingOutcome whole, TrainingOutcome actual, string name)
    {
        Assert.False(actual.Interrupted);
        Assert.Equal(whole.WeightsSha256(), actual.WeightsSha256());
        Assert.Equal(Events("whole"), Events(name));
        Assert.Equal(
            (whole.Visited, whole.Steps, whole.Forwards, whole.Backwards, whole.Accuracy, whole.TestLoss),
            (actual.Visited, actual.Steps, actual.Forwards, actual.Backwards, actual.Accuracy, actual.TestLoss));
    }

    private string[] Plans(string name) => [.. Lines(name).Where(static entry => (string?)entry["event"] == "epoch_planned").Select(static entry => (string)entry["plan_hash"]!)];

    // The events without the times in them.
    private string[] Events(string name) => [.. Lines(name).Select(static entry =>
    {
        entry.Remove("at");
        entry.Remove("seconds");
        (entry["report"] as JsonObject)?.Remove("seconds");
        return entry.ToJsonString();
    })];

    private IEnumerable<JsonObject> Lines(string name) => File.ReadLines(Path.Combine(_root, name, "events.jsonl")).Select(static line => JsonNode.Parse(line)!.AsObject());
}
