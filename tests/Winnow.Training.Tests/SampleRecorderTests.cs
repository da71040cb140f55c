using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;
using Winnow.Records.Inspection;
using Winnow.Samples;
using Winnow.Torch;
using Winnow.Torch.Distributed;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class SampleRecorderTests : IDisposable
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 3, BatchSize = 64, LearningRate = 0.05, LabelNoise = 0.2, Precision = Precision.Fp32 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-samples-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // A policy that is told losses and correctness is the oracle.
    [Fact]
    public void Rows_hold_what_the_method_is_told_and_nothing_for_those_that_sat_out()
    {
        var policy = new TestPolicy { Needs = [Signal.Loss, Signal.Confidence, Signal.Correct], Weight = static (epoch, id) => (id + epoch) % 3 == 0 ? 0 : 1 };
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        trainer.Run(new TrainingRequest { Method = "test", Policy = policy }, [Recorder("run", trainer)]);
        var history = SampleHistory.Read(At("run"));
        Assert.Equal((256, 3), (history.Count, history.Epochs));
        Assert.Equal([0, 1, 2], history.Recorded);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var told = policy.In(epoch);
            Assert.InRange(told.Count, 150, 180);
            for (var id = 0; id < 256; id++)
            {
                var (loss, prediction) = (history.LossesOf(epoch)[id], history.PredictionsOf(epoch)[id]);
                if (told.TryGetValue(id, out var said))
                {
                    Assert.Equal(said.Loss, loss);
                    Assert.Equal(said.Correct, prediction == Small.Task(trainer).Data.Train.Labels[id]);
                    Assert.InRange(prediction, 0, 1);
                }
                else
                {
                    Assert.Equal((float.NaN, -1), (loss, prediction));
                }
            }
        }

        Assert.Equal(Small.Task(trainer).Data.Train.Labels.ToArray(), history.LabelsTrained);
        Assert.Equal(Small.Vectors().Train.Labels.ToArray(), history.LabelsClean);
        Assert.NotEqual(history.LabelsTrained, history.LabelsClean);
    }

    [Theory]
    [InlineData("infobatch")]
    [InlineData("kakurenbo:tau=0.5")]
    [InlineData("selective-backprop:start=0,keep=0.5")]
    public void Recording_changes_no_bit_of_the_training(string method)
    {
        var (data, recipe) = (Small.Images(), Small.Recipe);
        var plain = Small.Run(data, recipe, method);
        var trainer = recipe.CreateTrainer(data, torch.CPU);
        var recorded = trainer.Run(new TrainingRequest { Method = method, Seed = 1 }, [Recorder("run", trainer)]);
        Assert.Equal(plain.WeightsSha256(), recorded.WeightsSha256());
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var history = SampleHistory.Read(At("run"));
        Assert.Equal(plain.Visited, history.Recorded.Sum(epoch => (long)Visits(history, epoch)));
        Assert.Empty(history.LabelsClean);
    }

    [Fact]
    public void A_run_by_steps_records_the_part_of_its_last_epoch_that_it_visited()
    {
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        trainer.Run(new TrainingRequest { Method = "full", Steps = 5 }, [Recorder("run", trainer)]);
        var history = SampleHistory.Read(At("run"));
        Assert.Equal((2, 256, 64), (history.Epochs, Visits(history, 0), Visits(history, 1)));
    }

    [Fact]
    public void Losses_that_are_not_finite_are_visits_all_the_same()
    {
        var trainer = (s_vectors with { LearningRate = 1e6, Epochs = 2 }).CreateTrainer(Small.Vectors(), torch.CPU);
        Assert.Throws<TrainingFailedException>(() => trainer.Run(new TrainingRequest { Method = "full" }, [Recorder("run", trainer)]));
        var history = SampleHistory.Read(At("run"));
        Assert.Equal(256, Visits(history, 0));
        Assert.Contains(history.LossesOf(history.Recorded[^1]).ToArray(), float.IsPositiveInfinity);
    }

    // The epochs that are made again find rows of before in the files, right ones or, after a power failure, wrong ones.
    [Theory]
    [InlineData("infobatch")]
    [InlineData("kakurenbo:tau=0.5")]
    public void From_any_step_a_run_goes_on_to_the_same_files(string method) => GoesOnFromAnyStep(method, 1);

    [RanksTheory]
    [InlineData("infobatch")]
    public void From_any_step_several_ranks_go_on_to_the_same_files(string method) => GoesOnFromAnyStep(method, 2);

    private void GoesOnFromAnyStep(string method, int ranks)
    {
        Run("whole", method, ranks, "1steps");
        var files = Directory.GetFiles(At("whole/checkpoints")).Order(StringComparer.Ordinal).ToArray();
        Assert.InRange(files.Length, 9, 12);
        foreach (var file in files)
        {
            Directory.CreateDirectory(At("from/checkpoints"));
            File.Copy(file, At("from/checkpoints/" + Path.GetFileName(file)));
            File.Copy(At("whole/events.jsonl"), At("from/events.jsonl"));
            Directory.CreateDirectory(At("from/samples"));
            foreach (var array in Directory.GetFiles(At("whole/samples")))
            {
                File.Copy(array, At("from/samples/" + Path.GetFileName(array)));
            }

            Scramble(At("from/samples/losses.npy"), from: EpochOf(file));
            Scramble(At("from/samples/predictions.npy"), from: EpochOf(file));
            Run("from", method, ranks, "never");
            AssertSameFiles("whole", "from");
            Directory.Delete(At("from"), recursive: true);
        }
    }

    [Fact]
    public void Stopped_and_gone_on_with_again_and_again_a_run_ends_with_the_same_files()
    {
        Run("whole", "infobatch", 1, "never");
        for (var stops = 0; ; stops++)
        {
            using var stop = new CancellationTokenSource();
            if (!Run("cut", "infobatch", 1, "never", new StopAfter(stop, 3), stop: stop.Token).Interrupted)
            {
                Assert.InRange(stops, 3, 4);
                break;
            }
        }

        AssertSameFiles("whole", "cut");
    }

    [Fact]
    public void Files_that_were_lost_are_begun_anew_and_it_is_told()
    {
        Run("whole", "infobatch", 1, "1epochs");
        foreach (var change in new Action<string>[] { File.Delete, static path => File.WriteAllText(path, "x"), static path => Npy.Write(path, NpyArray.Create<int>(new int[3 * 256], 3, 256)) })
        {
            var notes = new List<string>();
            foreach (var array in Directory.GetFiles(At("whole/samples")))
            {
                Directory.CreateDirectory(At("from/samples"));
                File.Copy(array, At("from/samples/" + Path.GetFileName(array)));
            }

            change(At("from/samples/losses.npy"));
            Directory.CreateDirectory(At("from/checkpoints"));
            var second = Directory.GetFiles(At("whole/checkpoints")).Max(StringComparer.Ordinal)!;
            File.Copy(second, At("from/checkpoints/" + Path.GetFileName(second)));
            File.Copy(At("whole/events.jsonl"), At("from/events.jsonl"));
            Run("from", "infobatch", 1, "never", notes: notes);
            Assert.Contains("is gone or was changed; it begins anew", Assert.Single(notes), StringComparison.Ordinal);
            var (whole, from) = (SampleHistory.Read(At("whole/samples")), SampleHistory.Read(At("from/samples")));
            Assert.Equal([2], from.Recorded);
            Assert.Equal(whole.LossesOf(2).ToArray(), from.LossesOf(2).ToArray());
            Directory.Delete(At("from"), recursive: true);
        }
    }

    // The sums of gradients differ in their last bits, and nothing else does.
    [RanksFact]
    public void Several_ranks_record_what_one_does()
    {
        Run("one", "infobatch", 1, "never");
        Run("three", "infobatch", 3, "never");
        var (one, three) = (SampleHistory.Read(At("one/samples")), SampleHistory.Read(At("three/samples")));
        var (same, visits) = (0, 0);
        foreach (var epoch in one.Recorded)
        {
            for (var id = 0; id < one.Count; id++)
            {
                Assert.Equal(one.LossesOf(epoch)[id], three.LossesOf(epoch)[id], 1e-4f);
                visits += one.PredictionsOf(epoch)[id] < 0 ? 0 : 1;
                same += one.PredictionsOf(epoch)[id] >= 0 && one.PredictionsOf(epoch)[id] == three.PredictionsOf(epoch)[id] ? 1 : 0;
            }
        }

        Assert.InRange(visits, 400, 768);
        Assert.InRange(same, visits - 3, visits);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_by_name()
    {
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        trainer.Run(new TrainingRequest { Method = "full", Steps = 1 }, [Recorder("run", trainer)]);
        foreach (var (name, array, problem) in new (string, NpyArray?, string)[]
        {
            ("losses.npy", null, "losses.npy"),
            ("losses.npy", NpyArray.Create<double>(new double[256], 1, 256), "a run records Float32 in 2 extents"),
            ("losses.npy", NpyArray.Create<float>(new float[512], 2, 256), "they are of one run where"),
            ("labels.npy", NpyArray.Create<int>(new int[255]), "they are of one run where"),
            ("clean_labels.npy", NpyArray.Create<int>(new int[257]), "they are of one run where"),
            ("predictions.npy", NpyArray.Create<int>(new int[256]), "a run records Int32 in 2 extents"),
            ("ids.npy", NpyArray.Create<int>(new int[256]), "a run records Int64 in 1 extents"),
            ("ids.npy", NpyArray.Create<long>(new long[255]), "holds 255 ids, and the run recorded 256 samples"),
            ("ids.npy", NpyArray.Create<long>([.. new long[255], -1]), "-1 is no row of a file"),
            ("ids.npy", NpyArray.Create<long>([.. new long[255], 1L << 32]), "4294967296 is no row of a file"),
        })
        {
            var whole = File.ReadAllBytes(At("run/" + name));
            if (array is null)
            {
                File.Delete(At("run/" + name));
            }
            else
            {
                Npy.Write(At("run/" + name), array);
            }

            Assert.Contains(problem, Assert.ThrowsAny<DataException>(() => SampleHistory.Read(At("run"))).Message, StringComparison.Ordinal);
            File.WriteAllBytes(At("run/" + name), whole);
        }

        Assert.Equal(1, SampleHistory.Read(At("run")).Epochs);
    }

    private static int Visits(SampleHistory history, int epoch) => history.LossesOf(epoch).ToArray().Count(static loss => !float.IsNaN(loss));

    private SampleRecorder Recorder(string name, Trainer trainer) =>
        new(At(name), Small.Task(trainer).Data.Train, Small.Task(trainer).CleanLabels, static note => throw new InvalidOperationException(note));

    private TrainingOutcome Run(string name, string method, int ranks, string interval, TrainerCallback? callback = null, List<string>? notes = null, CancellationToken stop = default)
    {
        using var saved = new SavedRun(At(name), interval);
        return ranks == 1 ? One(null) : RankThreads.Run(ranks, One)[0];

        TrainingOutcome One(ProcessGroup? group)
        {
            var leads = group is not { Rank: > 0 };
            var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
            var recorder = new SampleRecorder(At(name + "/samples"), Small.Task(trainer).Data.Train, Small.Task(trainer).CleanLabels, note => (notes ?? throw new InvalidOperationException(note)).Add(note));
            TrainerCallback[] callbacks = leads ? [recorder, saved.Events.For("arm"), .. callback is null ? Array.Empty<TrainerCallback>() : [callback]] : [];
            return trainer.Run(new TrainingRequest { Method = method, Seed = 3 }, callbacks, leads ? saved.Checkpoints : null, group, leads ? stop : default);
        }
    }

    private void AssertSameFiles(string expected, string actual)
    {
        var files = Directory.GetFiles(At(expected + "/samples")).Select(static file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(["clean_labels.npy", "ids.npy", "labels.npy", "losses.npy", "predictions.npy"], files);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(At($"{expected}/samples/{file}")), File.ReadAllBytes(At($"{actual}/samples/{file}"))));
    }

    private static void Scramble(string file, int from)
    {
        using var stream = new FileStream(file, FileMode.Open);
        var row = 256 * sizeof(float);
        stream.Position = stream.Length - ((3 - from) * row);
        stream.Write(Enumerable.Repeat((byte)0x21, (3 - from) * row).ToArray());
    }

    private static int EpochOf(string checkpoint)
    {
        using var stream = File.OpenRead(checkpoint);
        return Winnow.Checkpoints.CheckpointReader.Open(stream).Fact<int>("state.epochs");
    }

    private string At(string name) => Path.Combine(_root, name);
}
