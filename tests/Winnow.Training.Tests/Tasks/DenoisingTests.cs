using Winnow.Data;
using Winnow.Torch;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Denoising;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

[Collection(TrainingCollection.Name)]
public sealed class DenoisingTests(DenoisingTests.Classifiers classifiers) : IClassFixture<DenoisingTests.Classifiers>, IDisposable
{
    private static readonly DenoisingRecipe s_recipe = new() { Epochs = 3, BatchSize = 32, Width = 16, Images = 80, SamplingSteps = 3 };

    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-denoise-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Assert.Equal(0, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void It_learns_and_is_judged_at_the_end_by_the_distance_of_its_images()
    {
        var outcome = Run(s_recipe with { Epochs = 8, LearningRate = 3e-3 });
        Assert.True(outcome.History[^1].VisitedLoss < 0.7 * outcome.History[0].VisitedLoss, $"{outcome.History[0].VisitedLoss} to {outcome.History[^1].VisitedLoss}");
        Assert.Equal(("frechet_distance", false), (outcome.Metrics.Deciding!.Value.Key, outcome.Metrics.Deciding!.Value.Value.HigherIsBetter));
        Assert.True(outcome.Metrics.Value("frechet_distance") > 0);
        Assert.All(outcome.History.SkipLast(1), static epoch => Assert.Null(epoch.Metrics.Value("frechet_distance")));
        Assert.True(outcome.Visited < outcome.FullVisits);

        // Images of noise are further away than those of a network that has learnt something.
        var untrained = Run(s_recipe with { Epochs = 1, LearningRate = 1e-9 });
        Assert.True(outcome.Metrics.Value("frechet_distance") < untrained.Metrics.Value("frechet_distance"), $"{untrained.Metrics.Value("frechet_distance")} to {outcome.Metrics.Value("frechet_distance")}");
    }

    [Fact]
    public void The_classifier_is_made_once_and_the_same_again()
    {
        var classifier = new FeatureClassifier(Small.Images(96, 64), _folder);
        var threads = TorchRuntime.Threads;
        byte[] first;
        using (classifier.Load(CPU, CancellationToken.None))
        {
            first = File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder)));
        }

        Assert.Equal(threads, TorchRuntime.Threads);
        var file = Directory.GetFiles(_folder)[0];
        var written = File.GetLastWriteTimeUtc(file);
        using (new FeatureClassifier(Small.Images(96, 64), _folder).Load(CPU, CancellationToken.None))
        {
            Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        }

        // Damaged, it counts as none.
        File.WriteAllBytes(file, first[..^7]);
        using (new FeatureClassifier(Small.Images(96, 64), _folder).Load(CPU, CancellationToken.None))
        {
            Assert.Equal(first, File.ReadAllBytes(file));
        }

        using (new FeatureClassifier(Small.Images(95, 64), _folder).Load(CPU, CancellationToken.None))
        {
            Assert.Equal(2, Directory.GetFiles(_folder).Length);
        }

        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Null(new FeatureClassifier(Small.Images(94, 64), _folder).Load(CPU, stop.Token));
    }

    [Fact]
    public void The_same_seed_and_going_on_end_with_the_same_bits() => TaskContract.GoesOnToTheSameBits(() => Make(s_recipe));

    [RanksFact]
    public void Ranks_train_it_like_one_process()
    {
        var (alone, ranks) = TaskContract.RanksAgree(() => Make(s_recipe));
        Assert.Equal(alone.Value("test_loss")!.Value, ranks.Value("test_loss")!.Value, 1e-2);
        Assert.Equal(1, ranks.Value("frechet_distance")!.Value / alone.Value("frechet_distance")!.Value, 0.05);
    }

    [Fact]
    public void A_run_leaves_images_beside_its_weights()
    {
        var outcome = Run(s_recipe with { Epochs = 1 });
        var (ending, write) = Task().WeightForms[^1];
        using MemoryStream one = new(), again = new();
        write(one, outcome.Weights);
        write(again, outcome.Weights);
        Assert.Equal("-images.png", ending);
        Assert.Equal(one.ToArray(), again.ToArray());

        // Four classes side by side, eight rows, a line between them.
        var header = one.ToArray().AsSpan(16, 8);
        Assert.Equal(((4 * 17) - 1, (8 * 17) - 1), (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header), System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header[4..])));
    }

    // Of one class there is nothing for a classifier to tell apart.
    [Fact]
    public void Without_classes_the_test_loss_decides()
    {
        var data = Small.Images(64, 32);
        SampleSet OneClass(SampleSet set) => SampleSet.FromBytes("same", set.Shape, set.BytesMemory, new int[set.Count], classes: 1);
        var outcome = Make(s_recipe with { Epochs = 1 }, data with { Train = OneClass(data.Train), Test = OneClass(data.Test) }).Run(new TrainingRequest { Method = "full" }, []);
        Assert.Equal("test_loss", outcome.Metrics.Deciding!.Value.Key);
        Assert.Single(outcome.Metrics.All);
    }

    public static TheoryData<DenoisingRecipe, string> Refusals => new()
    {
        { s_recipe with { Width = 24 }, "Width 24 is not a multiple of 16; e.g. 16." },
        { s_recipe with { Depth = 0 }, "Depth 0 is not in [1, 48]; e.g. 1." },
        { s_recipe with { Images = 1 }, "Images 1 is not in [2, 100000]; e.g. 1000." },
        { s_recipe with { SamplingSteps = 0 }, "SamplingSteps 0 is not in [1, 10000]; e.g. 20." },
        { s_recipe with { TimeSteps = 10, SamplingSteps = 20 }, "SamplingSteps 20 is not at most the 10 time steps; e.g. 10." },
        { s_recipe with { ClassDropout = 1 }, "ClassDropout 1 is not in [0, 1); e.g. 0.1." },
        { s_recipe with { Guidance = -1 }, "Guidance -1 is not in [0, 20]; e.g. 1." },
        { s_recipe with { Guidance = 1, ClassDropout = 0 }, "Guidance 1 is not possible without visits whose class isn't told; e.g. 0." },
        { s_recipe with { Augmentation = Augmentation.Parse("flip,cutout=3") }, "Augmentation flip,cutout=3 cuts holes into the images that the network is to learn to make; leave cutout out." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cant_be_is_refused_with_value_rule_and_remedy(DenoisingRecipe recipe, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => new DenoisingTask(Small.Images(96, 64), recipe)).Message);

    [Fact]
    public void Vectors_and_small_images_are_refused()
    {
        Assert.Equal(
            "the task denoise needs images, and vectors holds vectors; take a data set of images, or the task classify.",
            Assert.Throws<RecipeException>(static () => new DenoisingTask(Small.Vectors(), s_recipe)).Message);
        var small = SampleSet.FromBytes("small", [1, 7, 9], new byte[63], new int[1], classes: 1);
        Assert.Equal(
            "the task denoise needs images of at least 8x8 pixels, and those of small have 7x9; take larger ones.",
            Assert.Throws<RecipeException>(() => new DenoisingTask(new LoadedData(small, small, "small", null), s_recipe)).Message);
    }

    [Fact]
    public void The_recipe_comes_back_from_records_as_what_it_was()
    {
        var recipe = s_recipe with { Subset = 50, Guidance = 1.5, RelativeLoss = false };
        Assert.Equal(recipe, TaskRecipe.FromRecord(recipe.ToRecord()));
        Assert.Equal("denoise", recipe.ToRecord().Text("task"));
    }

    private DenoisingTask Task(DenoisingRecipe? recipe = null, LoadedData? data = null) => new(data ?? Small.Images(96, 64), recipe ?? s_recipe, classifiers.Folder);

    private Trainer Make(DenoisingRecipe recipe, LoadedData? data = null) => new(Task(recipe, data), recipe, CPU);

    private TrainingOutcome Run(DenoisingRecipe recipe) => Make(recipe).Run(new TrainingRequest { Method = "infobatch" }, []);

    /// <summary>The tests share one classifier, as the runs of a user do.</summary>
    public sealed class Classifiers : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("winnow-classifiers-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
