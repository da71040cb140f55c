using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Reconstruction;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

[Collection(TrainingCollection.Name)]
public sealed class ReconstructionTests
{
    private static readonly ReconstructionRecipe s_recipe = new() { Epochs = 3, BatchSize = 32, Width = 16, Depth = 1, Heads = 2, DecoderWidth = 8, Augmentation = Augmentation.Parse("flip,crop=2") };

    [Fact]
    public void Each_sample_hides_patches_of_its_own_whoever_else_is_visited()
    {
        var stream = new SampleDraws(3, 1).Stream("mask");
        var (shown, hidden) = MaskedReader.Draw(stream, [7, 2, 9], patches: 49, shown: 12);
        for (var k = 0; k < 3; k++)
        {
            long[] seen = shown[(k * 12)..((k + 1) * 12)], others = hidden[(k * 37)..((k + 1) * 37)];
            Assert.Equal(Enumerable.Range(0, 49).Select(static place => (long)place), seen.Concat(others).Order());
            Assert.Equal(seen.Order(), seen);
            Assert.Equal(others.Order(), others);
        }

        Assert.Equal(shown[12..24], MaskedReader.Draw(stream, [2], 49, 12).Shown);
        Assert.NotEqual(shown[..12], shown[12..24]);
        Assert.NotEqual(shown[..12], MaskedReader.Draw(new SampleDraws(3, 2).Stream("mask"), [7], 49, 12).Shown);
    }

    [Fact]
    public void Every_patch_is_hidden_equally_often()
    {
        var (shown, _) = MaskedReader.Draw(new SampleDraws(1, 0).Stream("mask"), [.. Enumerable.Range(0, 8000)], patches: 16, shown: 4);
        var counts = shown.CountBy(static place => place).Select(static pair => pair.Value).ToArray();
        Assert.Equal(16, counts.Length);
        Assert.All(counts, static count => Assert.InRange(count, 2000 - 200, 2000 + 200));
    }

    [Fact]
    public void Patches_and_losses_are_what_an_obvious_program_makes_of_the_pixels()
    {
        using var scope = NewDisposeScope();
        var data = Small.Images(40, 20);
        var task = new ReconstructionTask(data, s_recipe with { Augmentation = Augmentation.None });
        using var pass = task.OpenTest(CPU, MemoryLayout.Contiguous).Read(new[] { 4, 11 }, draws: null);
        var batch = pass.Take(0, 2);
        var patches = batch[Batch.Input];
        Assert.Equal([2, 16, 16], patches.shape);
        for (var k = 0; k < 2; k++)
        {
            var id = k == 0 ? 4 : 11;
            for (var place = 0; place < 16; place++)
            {
                for (var pixel = 0; pixel < 16; pixel++)
                {
                    var (row, column) = ((place / 4 * 4) + (pixel / 4), (place % 4 * 4) + (pixel % 4));
                    var expected = ((data.Test.Bytes[(id * 256) + (row * 16) + column] / 255.0) - data.Train.Mean[0]) / data.Train.Std[0];
                    Assert.Equal(expected, patches[k, place, pixel].item<float>(), 1e-4);
                }
            }
        }

        var output = randn(2, 12, 16);
        var losses = task.Measure(output, batch, new SampleRequest(true, new HashSet<string>())).Losses;
        for (var k = 0; k < 2; k++)
        {
            double sum = 0;
            for (var h = 0; h < 12; h++)
            {
                var place = batch[MaskedReader.Hidden][k, h].item<long>();
                double[] numbers = [.. Enumerable.Range(0, 16).Select(pixel => (double)patches[k, place, pixel].item<float>())];
                var (mean, variance) = (numbers.Average(), numbers.Average(value => Math.Pow(value - numbers.Average(), 2)));
                sum += Enumerable.Range(0, 16).Sum(pixel => Math.Pow(output[k, h, pixel].item<float>() - ((numbers[pixel] - mean) / Math.Sqrt(variance + 1e-6)), 2));
            }

            Assert.Equal(sum / (12 * 16), losses[k].item<float>(), 1e-3);
        }
    }

    // What an encoder makes of some patches mustn't depend on those that it doesn't see.
    [Fact]
    public void Hidden_pixels_dont_reach_the_prediction()
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var task = new ReconstructionTask(Small.Images(40, 20), s_recipe);
        using var model = task.CreateModel(CPU);
        model.eval();
        var (shown, hidden) = (tensor(new long[] { 0, 3, 5, 9 }).unsqueeze(0), tensor(new long[] { 1, 2, 4, 6, 7, 8, 10, 11, 12, 13, 14, 15 }).unsqueeze(0));
        var patches = randn(1, 16, 16);
        var changed = patches.clone();
        changed.index_copy_(1, hidden.squeeze(0), randn(1, 12, 16));
        var network = (MaskedAutoencoder)model;
        Assert.True(network.Predict(patches, shown, hidden).Equals(network.Predict(changed, shown, hidden)));
        Assert.False(network.Features(patches).allclose(network.Features(changed)));
        Assert.Contains(model.named_parameters(), static entry => entry.name == "encoder.blocks.0.qkv.weight");
    }

    [Fact]
    public void Neighbours_vote_as_an_obvious_program_lets_them()
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        var (train, test) = (Rows(300), Rows(270));
        long[] trainLabels = [.. train.Select(static row => row[0] > 0 ? 1L : 0L)], testLabels = [.. test.Select(static row => row[0] > 0 ? 1L : 0L)];
        var right = test.Zip(testLabels).Count(query =>
        {
            var nearest = train.Zip(trainLabels).Select(other => (Similarity: Cosine(query.First, other.First), other.Second)).OrderByDescending(static pair => pair.Similarity).Take(NearestNeighbours.Count);
            return nearest.GroupBy(static pair => pair.Second).MaxBy(static group => group.Sum(static pair => Math.Exp(pair.Similarity / 0.07)))!.Key == query.Second;
        });
        var accuracy = NearestNeighbours.Accuracy(Flat(train), tensor(trainLabels), Flat(test), tensor(testLabels), 2);
        Assert.Equal((double)right / test.Length, accuracy, 1e-9);
        Assert.InRange(accuracy, 0.6, 0.99);

        float[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 5).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        static Tensor Flat(float[][] rows) => TensorData.FromSpan<float>([.. rows.SelectMany(static row => row)], rows.Length, 5);
        static double Cosine(float[] a, float[] b) => a.Zip(b, static (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(static x => (double)x * x) * b.Sum(static y => (double)y * y));
    }

    [Fact]
    public void It_learns_and_is_judged_by_neighbours()
    {
        var outcome = Run(s_recipe with { Epochs = 12, Augmentation = Augmentation.None, NormalizePatches = false, LearningRate = 3e-3 });
        Assert.True(outcome.History[^1].VisitedLoss < 0.97 * outcome.History[0].VisitedLoss, $"{outcome.History[0].VisitedLoss} to {outcome.History[^1].VisitedLoss}");
        Assert.Equal("knn_accuracy", outcome.Metrics.Deciding!.Value.Key);
        Assert.InRange(outcome.Metrics.Value("knn_accuracy")!.Value, 0.3, 1);
        Assert.True(outcome.Visited < outcome.FullVisits);
        Assert.Equal(0, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_same_seed_and_going_on_end_with_the_same_bits() => TaskContract.GoesOnToTheSameBits(() => Make(s_recipe));

    [RanksFact]
    public void Ranks_train_it_like_one_process()
    {
        var (alone, ranks) = TaskContract.RanksAgree(() => Make(s_recipe));
        Assert.Equal(alone.Value("test_loss")!.Value, ranks.Value("test_loss")!.Value, 1e-3);
    }

    public static TheoryData<ReconstructionRecipe, string> Refusals => new()
    {
        { s_recipe with { PatchSize = 5 }, "PatchSize 5 doesn't divide images of 16x16; take one of 1, 2, 4, 8." },
        { s_recipe with { PatchSize = 8, Mask = 0.99 }, "Mask 0.99 of 4 patches leaves none to see; take another share or smaller patches." },
        { s_recipe with { PatchSize = 8, Mask = 0.01 }, "Mask 0.01 of 4 patches leaves none to predict; take another share or smaller patches." },
        { s_recipe with { Mask = 1 }, "Mask 1 is not in (0, 1); e.g. 0.75." },
        { s_recipe with { Width = 18 }, "Width 18 is not a multiple of the 2 heads and of 4; e.g. 16." },
        { s_recipe with { Depth = 0 }, "Depth 0 is not in [1, 48]; e.g. 4." },
        { s_recipe with { Subset = 1000 }, "a subset of 1000 samples is more than the 96 training samples of quadrants; take at most those." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cant_be_is_refused_with_value_rule_and_remedy(ReconstructionRecipe recipe, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => new ReconstructionTask(Small.Images(96, 64), recipe)).Message);

    [Fact]
    public void Vectors_are_refused() => Assert.Equal(
        "the task reconstruct needs images, and vectors holds vectors; take a data set of images, or the task classify.",
        Assert.Throws<RecipeException>(static () => new ReconstructionTask(Small.Vectors(), s_recipe)).Message);

    [Fact]
    public void Recipes_come_back_from_records_as_what_they_were()
    {
        TaskRecipe[] recipes = [s_recipe with { Subset = 50 }, Small.Recipe];
        Assert.All(recipes, static recipe => Assert.Equal(recipe, TaskRecipe.FromRecord(recipe.ToRecord())));
        Assert.Equal("reconstruct", s_recipe.ToRecord().Text("task"));

        // Of before there were tasks.
        var old = new RecordedRecipe(System.Text.Json.JsonDocument.Parse("""{"model":"mlp","epochs":3}""").RootElement);
        Assert.Equal(new TrainingRecipe { Model = "mlp", Epochs = 3 }, TaskRecipe.FromRecord(old));
        var unknown = new RecordedRecipe(System.Text.Json.JsonDocument.Parse("""{"task":"dream"}""").RootElement);
        Assert.Equal($"the run is of the task \"dream\", which this version doesn't know; it knows {string.Join(", ", TaskCatalog.All.Select(static task => task.Name))}.", Assert.Throws<RecipeException>(() => TaskRecipe.FromRecord(unknown)).Message);
    }

    private static Trainer Make(ReconstructionRecipe recipe) => new(recipe.CreateTask(Small.Images(96, 64)), recipe, CPU);

    private static TrainingOutcome Run(ReconstructionRecipe recipe) => Make(recipe).Run(new TrainingRequest { Method = "infobatch" }, []);
}
