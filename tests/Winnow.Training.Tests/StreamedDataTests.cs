using System.Globalization;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;
using Winnow.Training.Tasks.Reconstruction;

namespace Winnow.Training.Tests;

/// <summary>Samples that stay in their files train to the bits that samples in memory train to.</summary>
[Collection(TrainingCollection.Name)]
public sealed class StreamedDataTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("winnow-streamed-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("infobatch", "none", MemoryLayout.Contiguous)]
    [InlineData("full", "flip", MemoryLayout.ChannelsLast)]
    [InlineData("kakurenbo:tau=0.5", "flip,crop=2,cutout=3", MemoryLayout.ChannelsLast)]
    [InlineData("selective-backprop:start=0,keep=0.5", "crop=2", MemoryLayout.Contiguous)]
    public void Images(string method, string augmentation, MemoryLayout layout)
    {
        Write(Small.Images(300, 64), pieces: 3);
        var recipe = Small.Recipe with { Epochs = 4, BatchSize = 48, Augmentation = Augmentation.Parse(augmentation), Layout = layout, LabelNoise = 0.1, Imbalance = 2 };
        var (memory, files) = (Small.Run(Open(Streaming.Off), recipe, method), Small.Run(Open(Streaming.On), recipe, method));
        Same(memory, files);
        Assert.Equal(method.StartsWith('k'), files.History.Any(static epoch => epoch.Refreshed > 0));
    }

    [Fact]
    public void Vectors()
    {
        Write(Small.Vectors(), pieces: 2);
        var recipe = new TrainingRecipe { Model = "mlp", Width = 1, Epochs = 2, BatchSize = 31, LearningRate = 0.05, Subset = 200 };
        Same(Small.Run(Open(Streaming.Off), recipe, "infobatch"), Small.Run(Open(Streaming.On), recipe, "infobatch"));
    }

    [Fact]
    public void Another_task()
    {
        Write(Small.Images(96, 32), pieces: 2);
        var recipe = new ReconstructionRecipe { Width = 16, Depth = 1, PatchSize = 4, Epochs = 2, BatchSize = 32, Augmentation = Augmentation.Parse("flip") };
        var (memory, files) = (Run(Streaming.Off), Run(Streaming.On));
        Same(memory, files);

        TrainingOutcome Run(Streaming streaming) => recipe.CreateTrainer(Open(streaming), torch.CPU).Run(new TrainingRequest { Method = "infobatch" }, []);
    }

    // Begun in memory and ended from the files, and the other way round: where samples lie is no matter of the run.
    [Theory]
    [InlineData(Streaming.On, Streaming.On)]
    [InlineData(Streaming.Off, Streaming.On)]
    [InlineData(Streaming.On, Streaming.Off)]
    public void A_run_goes_on_from_any_step(Streaming first, Streaming then)
    {
        Write(Small.Images(150, 32), pieces: 4);
        var recipe = Small.Recipe with { Epochs = 2, BatchSize = 40 };
        var whole = Run(Open(first), "whole", "1steps");
        foreach (var checkpoint in Directory.GetFiles(Path.Combine(_root, "whole", "checkpoints")))
        {
            var folder = Directory.CreateDirectory(Path.Combine(_root, "from", "checkpoints"));
            File.Move(checkpoint, Path.Combine(folder.FullName, Path.GetFileName(checkpoint)));
            Same(whole, Run(Open(then), "from", "never"));
            Directory.Delete(Path.Combine(_root, "from"), recursive: true);
        }

        TrainingOutcome Run(LoadedData data, string name, string interval)
        {
            using var saved = new SavedRun(Path.Combine(_root, name), interval);
            return recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "kakurenbo:tau=0.5", Seed = 3 }, [], saved.Checkpoints);
        }
    }

    [RanksFact]
    public void Two_ranks()
    {
        Write(Small.Images(150, 32), pieces: 4);
        var recipe = Small.Recipe with { Epochs = 2, BatchSize = 50 };
        var (memory, files) = (Run(Streaming.Off), Run(Streaming.On));
        Same(memory[0], files[0]);
        Same(memory[1], files[1]);

        TrainingOutcome[] Run(Streaming streaming) => RankThreads.Run(2, ranks => recipe.CreateTrainer(Open(streaming), torch.CPU).Run(new TrainingRequest { Method = "infobatch" }, [], null, ranks));
    }

    [Fact]
    public void A_file_that_shrinks_during_the_run_ends_it_by_its_name()
    {
        Write(Small.Images(300, 64), pieces: 3);
        var x = Path.Combine(_root, "data", "x-00001.npy");
        var trainer = (Small.Recipe with { Epochs = 3 }).CreateTrainer(Open(Streaming.On), torch.CPU);
        var error = Assert.Throws<DataAccessException>(() => trainer.Run(new TrainingRequest { Method = "full" }, [new AfterEpoch(() =>
        {
            using var file = new FileStream(x, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(1000);
        })]));
        Assert.StartsWith($"{x}: expected ", error.Message, StringComparison.Ordinal);
        Assert.Contains("found 1000 ", error.Message, StringComparison.Ordinal);
    }

    private static void Same(TrainingOutcome memory, TrainingOutcome files)
    {
        Assert.Equal(memory.WeightsSha256(), files.WeightsSha256());
        Assert.Equal((memory.Visited, memory.Accuracy, memory.TestLoss), (files.Visited, files.Accuracy, files.TestLoss));
        Assert.Equal(memory.History.Select(static epoch => (epoch.VisitedLoss, epoch.WeightedLoss)), files.History.Select(static epoch => (epoch.VisitedLoss, epoch.WeightedLoss)));
    }

    private LoadedData Open(Streaming streaming)
    {
        var data = DataSources.Open(Path.Combine(_root, "data"), new() { Streaming = streaming, CacheFolder = null });
        Assert.Equal(streaming == Streaming.Off, data.Train.IsInMemory);
        return data;
    }

    private void Write(LoadedData data, int pieces)
    {
        Directory.CreateDirectory(Path.Combine(_root, "data"));
        Write(data.Train, "", pieces);
        Write(data.Test, "_test", 1);
    }

    private void Write(SampleSet set, string part, int pieces)
    {
        for (var k = 0; k < pieces; k++)
        {
            var (from, to) = (k * set.Count / pieces, (k + 1) * set.Count / pieces);
            var some = set.Slice(from, to - from);
            int[] shape = [some.Count, .. some.Shape];
            Npy.Write(Name("x"), some.ElementType == ElementType.UInt8 ? NpyArray.Create(some.Bytes, shape) : NpyArray.Create(some.Floats, shape));
            Npy.Write(Name("y"), NpyArray.Create(some.Labels));

            string Name(string what) => Path.Combine(_root, "data", string.Create(CultureInfo.InvariantCulture, $"{what}{part}-{k:00000}.npy"));
        }
    }

    private sealed class AfterEpoch(Action action) : TrainerCallback
    {
        public override void OnEpochEnd(EpochReport epoch) => action();
    }
}
