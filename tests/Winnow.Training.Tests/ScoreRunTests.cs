using Winnow.Data;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Scores;
using Winnow.Torch;
using Winnow.Training.Tasks;

namespace Winnow.Training.Tests;

/// <summary>Scores made beside a training.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ScoreRunTests : IDisposable
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 3, BatchSize = 48, LearningRate = 0.05, Precision = Precision.Fp32, LabelSmoothing = 0.1, LabelNoise = 0.2 };

    private static readonly string[] s_all = ["el2n:epochs=2", "el2n", "el2n-sum:epochs=2", "grand:epochs=3", "forgetting", "aum", "probability-margin", "correctness", "least-confidence", "entropy", "margin", "loss", "dyn-unc:window=2"];

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-scores-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // At this scale no step changes a weight, so that every pass and every visit see the network that the run leaves.
    [Fact]
    public void Are_what_an_obvious_program_makes_of_the_networks_probabilities()
    {
        var data = Small.Vectors();
        var trainer = s_vectors.CreateTrainer(data, torch.CPU);
        var outcome = trainer.Run(new TrainingRequest { Method = "full", Scores = s_all, LearningRateScale = 1e-30 }, []);
        Assert.Equal(s_all, outcome.Scores.Select(static score => score.Spec));
        var train = Small.Task(trainer).Data.Train;
        var network = new SmallNetwork(outcome, train);
        var never = 0;
        for (var id = 0; id < train.Count; id++)
        {
            var (p, y) = (network.Predict(train, id), train.Labels[id]);
            var error = Math.Sqrt(2 * Math.Pow(1 - p[y], 2));
            var right = p[y] >= p[1 - y];
            never += right ? 0 : 1;
            Assert.Equal(error, Of("el2n:epochs=2"), 1e-5);
            Assert.Equal(error, Of("el2n"), 1e-5);
            Assert.Equal(2 * error, Of("el2n-sum:epochs=2"), 1e-5);
            Assert.Equal(right ? 0 : 3, Of("forgetting"));
            Assert.Equal(Math.Log(p[y] / p[1 - y]), Of("aum"), 1e-4);
            Assert.Equal(3 * (p[y] - p[1 - y]), Of("probability-margin"), 1e-5);
            Assert.Equal(right ? 3 : 0, Of("correctness"));
            Assert.Equal(p.Min(), Of("least-confidence"), 1e-5);
            Assert.Equal(-p.Sum(static q => q * Math.Log(q)), Of("entropy"), 1e-5);
            Assert.Equal(p.Max() - p.Min(), Of("margin"), 1e-5);
            Assert.Equal(-Math.Log(p[y]), Of("loss"), 1e-5);
            Assert.Equal(0, Of("dyn-unc:window=2"), 1e-5);

            float Of(string spec) => outcome.Scores.Single(score => score.Spec == spec).Values.Span[id];
        }

        Assert.InRange(never, 20, 236);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // With a bias and without, of a transformer, of several channels: held against the backward pass that it saves.
    [Theory]
    [InlineData("mlp", 1)]
    [InlineData("resnet9", 4)]
    [InlineData("resnet-small", 4)]
    [InlineData("resnet18", 4)]
    [InlineData("vit", 1)]
    public void The_gradient_of_the_last_layer_is_that_of_a_backward_pass(string model, int width)
    {
        using var scope = torch.NewDisposeScope();
        using var first = new FirstImages(model, width, count: 5);
        var (network, batch) = (first.Network, first.Batch);
        var pass = new NetworkPass(first.Task, network, Precision.Fp32, torch.CPU);
        var told = pass.Measure(batch, new SampleRequest(Training: false, new HashSet<string> { SignalNames.LastLayerGradient })).Signals[SignalNames.LastLayerGradient].ToArray<float>();
        var layer = first.Task.LastLayer(network.Module)!;
        for (var k = 0; k < 5; k++)
        {
            foreach (var parameter in network.Parameters)
            {
                parameter.grad = null;
            }

            pass.Measure(batch.Narrow(k, 1), new SampleRequest(Training: false, new HashSet<string>())).Losses.sum().backward();
            var squares = layer.weight!.grad!.square().sum().item<float>() + (layer.bias is { } bias ? bias.grad!.square().sum().item<float>() : 0);
            Assert.Equal(Math.Sqrt(squares), told[k], 1e-4 * told[k]);
        }
    }

    [Fact]
    public void What_logits_say_is_what_the_core_says_of_them()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = torch.manual_seed(5);
        var (logits, labels) = (torch.randn(64, 7) * 3, torch.randint(7, 64));
        var names = ClassRow.Signals.Where(static signal => signal != Signal.Loss).ToArray();
        var told = Winnow.Training.Tasks.Classification.ClassSignals.Of(logits, new Batch(logits, labels), new SampleRequest(false, names.Select(static signal => signal.Name).ToHashSet()));
        var (rows, of) = (logits.ToArray<float>(), labels.ToArray<long>());
        foreach (var signal in names)
        {
            var values = told[signal.Name].to(torch.ScalarType.Float32).ToArray<float>();
            for (var i = 0; i < 64; i++)
            {
                Assert.Equal(ClassRow.OfLogits(rows.AsSpan(i * 7, 7), (int)of[i], new double[7])[signal], values[i], 2e-5);
            }
        }
    }

    [Theory]
    [InlineData("full")]
    [InlineData("infobatch")]
    public void Change_nothing_in_the_training(string method)
    {
        var (with, without) = (Run(s_all), Run([]));
        Assert.Equal(without.WeightsSha256(), with.WeightsSha256());
        Assert.Equal((without.Visited, without.Backwards, without.Accuracy), (with.Visited, with.Backwards, with.Accuracy));

        // Passes after three epochs: el2n's after the first, el2n:epochs=2's, and the others' after the last.
        Assert.Equal(3 * 512, with.Forwards - without.Forwards);
        Assert.Empty(without.Scores);

        TrainingOutcome Run(string[] scores) =>
            (Small.Recipe with { Epochs = 3 }).CreateTrainer(Small.Images(), torch.CPU).Run(new TrainingRequest { Method = method, Scores = scores }, []);
    }

    [Fact]
    public void From_any_step_they_go_on_to_the_same_bits()
    {
        var (data, recipe) = (Small.Images(96, 32), Small.Recipe with { Epochs = 3 });
        var whole = Run(data, recipe, "whole", "1steps");
        AssertSame(whole, Run(data, recipe, "plain", "never"));
        foreach (var file in Directory.GetFiles(Path.Combine(_root, "whole", "checkpoints")))
        {
            Directory.CreateDirectory(Path.Combine(_root, "from", "checkpoints"));
            File.Copy(file, Path.Combine(_root, "from", "checkpoints", Path.GetFileName(file)));
            File.Copy(Path.Combine(_root, "whole", "events.jsonl"), Path.Combine(_root, "from", "events.jsonl"));
            AssertSame(whole, Run(data, recipe, "from", "never"));
            Directory.Delete(Path.Combine(_root, "from"), recursive: true);
        }
    }

    // Stopped by the callback after the visits were taken, before the pass: neither is taken twice, or not at all.
    [Fact]
    public void A_run_that_is_cancelled_before_a_pass_takes_nothing_twice()
    {
        var (data, recipe) = (Small.Images(96, 32), Small.Recipe with { Epochs = 3 });
        var whole = Run(data, recipe, "whole", "never");
        for (var epoch = 0; epoch < 3; epoch++)
        {
            using var stop = new CancellationTokenSource();
            Assert.True(Run(data, recipe, "parts", "never", new StopWhenObserved(stop, epoch), stop.Token).Interrupted);
        }

        AssertSame(whole, Run(data, recipe, "parts", "never"));
    }

    [Fact]
    public void A_run_that_ends_early_leaves_the_scores_of_its_epochs_and_the_weights_of_the_same_schedule()
    {
        var data = Small.Images();
        var trainer = Small.Recipe.CreateTrainer(data, torch.CPU);
        var whole = trainer.Run(new TrainingRequest { Method = "full", Scores = ["el2n:epochs=2", "aum"] }, []);
        var early = trainer.Run(new TrainingRequest { Method = "full", Scores = ["el2n:epochs=2"], Until = 2 }, []);
        Assert.Equal(whole.Scores[0].Values.ToArray(), early.Scores[0].Values.ToArray());
        Assert.Equal((2, false), (early.Epochs, early.Interrupted));
        Assert.Equal(whole.History[1].TestLoss, early.History[1].TestLoss);
        Assert.Throws<RecipeException>(() => trainer.Run(new TrainingRequest { Method = "full", Until = 5 }, []));
    }

    [RanksFact]
    public void Two_ranks_make_the_same_scores_on_both_and_nearly_those_of_one()
    {
        var (data, recipe) = (Small.Vectors(), s_vectors with { BatchSize = 63 });
        var request = new TrainingRequest { Method = "full", Scores = s_all };
        var both = RankThreads.Run(2, group => recipe.CreateTrainer(data, torch.CPU).Run(request, [], null, group));
        var one = recipe.CreateTrainer(data, torch.CPU).Run(request, []);
        for (var k = 0; k < s_all.Length; k++)
        {
            Assert.Equal(both[0].Scores[k].Values.ToArray(), both[1].Scores[k].Values.ToArray());
            var (mine, theirs) = (one.Scores[k].Values.ToArray(), both[0].Scores[k].Values.ToArray());

            // A prediction at the very border may fall to the other side with other last bits.
            Assert.InRange(mine.Zip(theirs).Count(static pair => Math.Abs(pair.First - pair.Second) > 1e-3), 0, 2);
        }
    }

    [Fact]
    public void What_a_task_does_not_tell_is_refused_by_name_before_the_run()
    {
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        var masks = new DatasetTask(static () => throw new NotSupportedException(), new Rows(), new Rows(), static (output, target) => output);
        var error = Assert.Throws<RecipeException>(() => ScoreRecorder.ScoresOf(new TrainingRequest { Method = "full", Scores = ["loss", "aum"] }, masks, 8, count: 0));
        Assert.Equal("the score aum needs logit_margin of each sample, which dataset doesn't tell; it tells loss.", error.Message);
        _ = ScoreRecorder.ScoresOf(new TrainingRequest { Method = "full", Scores = ["loss"] }, masks, 8, count: 0);
        Assert.Contains("needs a run of at least 5 epochs, and this one has 3", Assert.Throws<RecipeException>(() => trainer.Check(new TrainingRequest { Method = "full", Scores = ["el2n:epochs=5"] })).Message, StringComparison.Ordinal);
        Assert.Contains("is given twice", Assert.Throws<RecipeException>(() => trainer.Check(new TrainingRequest { Method = "full", Scores = ["aum", "aum"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_that_looks_after_the_first_epoch_without_being_asked_says_so()
    {
        var notes = new ScoreRuns(s_vectors.CreateTrainer(Small.Vectors(), torch.CPU), ["el2n", "grand:gradient=full,runs=2", "aum"]).Notes;
        Assert.Equal(2, notes.Count);
        Assert.StartsWith("el2n looks at the samples after 1 of 3 epochs, a tenth of them rounded up", notes[0], StringComparison.Ordinal);
        Assert.EndsWith("e.g. el2n:epochs=2,runs=3.", notes[0], StringComparison.Ordinal);
        Assert.EndsWith("e.g. grand:epochs=2,gradient=full,runs=3.", notes[1], StringComparison.Ordinal);
        Assert.Empty(new ScoreRuns(s_vectors.CreateTrainer(Small.Vectors(), torch.CPU), ["el2n:epochs=1", "loss"]).Notes);
        Assert.Empty(new ScoreRuns((s_vectors with { Epochs = 1 }).CreateTrainer(Small.Vectors(), torch.CPU), ["el2n"]).Notes);
        Assert.Empty(new ScoreRuns((s_vectors with { Epochs = 11 }).CreateTrainer(Small.Vectors(), torch.CPU), ["el2n"]).Notes);
    }

    [Fact]
    public void Of_a_sample_that_was_never_visited_there_is_no_number()
    {
        var outcome = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU).Run(
            new TrainingRequest { Method = "half", Policy = new TestPolicy { Weight = static (_, id) => id % 2 }, Scores = ["aum", "el2n"] }, []);
        Assert.All(outcome.Scores[0].Values.ToArray().Index(), static score => Assert.Equal(score.Index % 2 == 0, float.IsNaN(score.Item)));
        Assert.DoesNotContain(float.NaN, outcome.Scores[1].Values.ToArray());
    }

    // Wrong labels have low margins, and their samples are harder: well beyond what chance would give.
    [FashionMnistFact]
    public void On_a_slice_of_Fashion_MNIST_wrong_labels_come_last_by_margin_and_first_by_difficulty()
    {
        var whole = DataSources.Open("fashion-mnist");
        var data = whole with { Train = whole.Train.Take(4000), Test = whole.Test.Take(500) };
        var trainer = new TrainingRecipe { Model = "resnet-small", Width = 8, Epochs = 6, BatchSize = 64, LabelNoise = 0.2 }.CreateTrainer(data, torch.CPU);
        var outcome = trainer.Run(new TrainingRequest { Method = "full", Scores = ["aum", "el2n:epochs=4", "grand:epochs=4", "forgetting", "probability-margin", "loss"] }, []);
        var wrong = Enumerable.Range(0, 4000).Where(id => Small.Task(trainer).Data.Train.Labels[id] != data.Train.Labels[id]).ToHashSet();
        Assert.Equal(800, wrong.Count);
        foreach (var score in outcome.Scores)
        {
            var hard = score.Orientation == ScoreOrientation.HigherIsHarder ? 1 : -1;
            var first = Enumerable.Range(0, 4000).OrderByDescending(id => hard * score.Values.Span[id]).Take(800).Count(wrong.Contains);
            Assert.True(first > 800 * 0.4, $"{score.Spec}: {first} of 800 wrong labels among the 800 hardest, and chance gives 160");
        }
    }

    private TrainingOutcome Run(LoadedData data, TrainingRecipe recipe, string name, string interval, TrainerCallback? callback = null, CancellationToken stop = default)
    {
        using var saved = new SavedRun(Path.Combine(_root, name), interval);
        return recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "full", Seed = 3, Scores = s_all }, callback is null ? [saved.Events.For("arm")] : [saved.Events.For("arm"), callback], saved.Checkpoints, stop: stop);
    }

    private static void AssertSame(TrainingOutcome whole, TrainingOutcome actual)
    {
        Assert.False(actual.Interrupted);
        Assert.Equal(whole.WeightsSha256(), actual.WeightsSha256());
        Assert.Equal(whole.Forwards, actual.Forwards);
        foreach (var (expected, found) in whole.Scores.Zip(actual.Scores))
        {
            Assert.Equal(expected.Spec, found.Spec);
            Assert.Equal(expected.Values.ToArray(), found.Values.ToArray());
        }
    }

    private sealed class StopWhenObserved(CancellationTokenSource stop, int epoch) : TrainerCallback
    {
        public override void OnEpochObserved(Winnow.Plans.EpochPlan plan, SampleColumns signals)
        {
            if (plan.Epoch == epoch)
            {
                stop.Cancel();
            }
        }
    }

    private sealed class Rows : torch.utils.data.Dataset
    {
        public override long Count => 4;

        public override Dictionary<string, torch.Tensor> GetTensor(long index) => [];
    }
}
