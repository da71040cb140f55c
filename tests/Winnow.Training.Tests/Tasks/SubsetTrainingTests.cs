using Winnow.Data;
using Winnow.Data.Subsets;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Reconstruction;

namespace Winnow.Training.Tests.Tasks;

/// <summary>Training on what a subset file keeps.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SubsetTrainingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-subset-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Only_the_kept_samples_are_trained_on_to_the_same_bits_as_if_there_were_no_others()
    {
        var all = Small.Images(60);
        int[] kept = [3, 1, 58, 20, 21, 22, 40, 7, 9, 11];
        var file = Write(all.Train, kept);
        var by = Run(all, new TrainingRecipe { Model = "mlp", Epochs = 2, BatchSize = 4, Selection = file });
        Array.Sort(kept);
        var alone = Run(all with { Train = all.Train.Select(kept) }, new TrainingRecipe { Model = "mlp", Epochs = 2, BatchSize = 4 });
        Assert.Equal(20, by.Visited);
        Assert.Equal(alone.WeightsSha256(), by.WeightsSha256());
        Assert.NotEqual(alone.WeightsSha256(), Run(all, new TrainingRecipe { Model = "mlp", Epochs = 2, BatchSize = 4 }).WeightsSha256());
    }

    [Fact]
    public void A_weight_is_what_a_sample_counts()
    {
        // What sizes do to the gradient is SampleSizesTests' to show.
        var all = Small.Images(60);
        var recipe = new TrainingRecipe { Model = "mlp", Epochs = 1, BatchSize = 4 };
        var weighed = recipe with { Selection = Write(all.Train, [2, 0, 1], [1.5f, 1, 0.5f]) };
        Assert.Equal([1, 0.5f, 1.5f], weighed.CreateTask(all).Sizes.ToArray());
        var hash = Run(all, weighed).WeightsSha256();
        Assert.NotEqual(Run(all, recipe with { Selection = Write(all.Train, [2, 0, 1]) }).WeightsSha256(), hash);
    }

    [Fact]
    public void A_sample_that_counts_nothing_is_left_out()
    {
        var all = Small.Images(60);
        Assert.Equal(2, Run(all, new TrainingRecipe { Model = "mlp", Epochs = 1, BatchSize = 4, Selection = Write(all.Train, [0, 1, 2], [1.5f, 0, 1.5f]) }).Visited);
    }

    [Fact]
    public void Rows_stay_the_files_and_the_file_counts_by_its_content()
    {
        var all = Small.Images(60);
        var task = (Winnow.Training.Tasks.Classification.ClassificationTask)new TrainingRecipe { Model = "mlp", Selection = Write(all.Train, [5, 50]), LabelNoise = 0 }.CreateTask(all);
        Assert.Equal([all.Train.Row(5), all.Train.Row(50)], [task.Data.Train.Row(0), task.Data.Train.Row(1)]);
        Assert.Contains("2 of 60", Assert.Single(task.Notes, static note => note.Contains("subset", StringComparison.Ordinal)), StringComparison.Ordinal);
        var here = new TrainingRecipe { Selection = Write(all.Train, [5, 50]) };
        var there = here with { Selection = here.Selection with { Path = "/elsewhere.npz" } };
        Assert.Equal(here.Settings(), there.Settings());
        Assert.NotEqual(here.Settings(), new TrainingRecipe { Selection = Write(all.Train, [5, 51]) }.Settings());
    }

    [Fact]
    public void Every_task_on_images_takes_it()
    {
        var all = Small.Images(60);
        Assert.Equal(10, new ReconstructionRecipe { Selection = Write(all.Train, [.. Enumerable.Range(4, 10)]) }.CreateTask(all).Dataset.Train);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var all = Small.Images(60);
        var file = Write(all.Train, [1, 2, 3]);
        var recipe = new TrainingRecipe { Model = "mlp", Selection = file };
        Assert.Throws<DataException>(() => recipe.CreateTask(all with { Train = all.Train.Take(30) }));
        Assert.Throws<DataException>(() => (recipe with { LabelNoise = 0.2 }).CreateTask(all));
        Assert.Contains("keeps no sample", Assert.Throws<RecipeException>(() => (recipe with { Selection = Write(all.Train, []) }).CreateTask(all)).Message, StringComparison.Ordinal);
        var changed = Write(all.Train, [1, 2, 3]);
        Write(all.Train, [1, 2]);
        Assert.Contains("isn't the file", Assert.Throws<RecipeException>(() => (recipe with { Selection = changed }).CreateTask(all)).Message, StringComparison.Ordinal);
    }

    private static TrainingOutcome Run(LoadedData data, TaskRecipe recipe) => recipe.CreateTrainer(data, TorchSharp.torch.CPU).Run(new TrainingRequest { Method = "full", Seed = 1 }, []);

    private FileIdentity Write(SampleSet set, int[] order, float[]? weights = null)
    {
        var path = Path.Combine(_folder, "subset.npz");
        SubsetFile.Write(path, new Subset(
            new SubsetManifest { N = set.Count, K = order.Length, Method = "top", Keep = "1", Seed = 1, Ranked = true, DataFingerprint = set.Fingerprint }, order, weights ?? []));
        return FileIdentity.Of(path);
    }
}
