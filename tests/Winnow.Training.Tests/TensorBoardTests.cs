using System.Text.Json;
using Winnow.Records;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class TensorBoardTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("winnow-board-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Scalars_are_those_of_the_events_a_file_a_run()
    {
        using (var folder = RunFolder.Create(Path.Combine(_root, "run")))
        {
            foreach (var seed in new ulong[] { 1, 2 })
            {
                Small.Run(Small.Images(), Small.Recipe with { Epochs = 3 }, "infobatch", seed, null, folder.Events.For("infobatch:keep=0.5"));
            }
        }

        var events = File.ReadAllLines(Path.Combine(_root, "run", "events.jsonl")).Select(static line => JsonSerializer.Deserialize(line, RunJson.Line.IRunEvent)!).ToList();
        foreach (var seed in new ulong[] { 1, 2 })
        {
            var path = Assert.Single(Directory.GetFiles(Path.Combine(_root, "run", "tensorboard", "infobatch_keep=0.5", $"seed-{seed}"), "events.out.tfevents.*"));
            var (version, scalars) = TensorBoardReader.Read(path);
            Assert.Equal("brain.Event:2", version);
            var reports = events.OfType<EpochEnded>().Where(entry => entry.Seed == seed).Select(static entry => entry.Report).ToList();
            Assert.Equal(3, reports.Count);
            foreach (var report in reports)
            {
                var own = scalars.Where(scalar => scalar.Step == report.Epoch + 1).ToDictionary(static scalar => scalar.Tag, static scalar => scalar.Value);
                Assert.Equal((float)report.Accuracy!, own["accuracy/test"]);
                Assert.Equal((float)report.VisitedLoss!, own["loss/visited"]);
                Assert.Equal((float)((double)report.Visited / report.Total), own["pruning/keep"]);
                Assert.Equal((float)report.SavedSoFar, own["pruning/save"]);
                Assert.Equal((float)report.LearningRate, own["schedule/learning_rate"]);
                Assert.Equal((float)report.Seconds.Total, own["seconds/epoch"]);
                Assert.DoesNotContain("pruning/save_asked", own.Keys);
            }
        }
    }

    [Fact]
    public void A_number_that_isnt_there_has_no_point()
    {
        using (var log = new TensorBoardLog(Board))
        {
            log.Write(Epoch(0, null));
        }

        Assert.DoesNotContain(Scalars(), static scalar => scalar.Tag is "loss/visited" or "loss/test");
    }

    [Fact]
    public void A_log_that_was_cut_and_written_on_holds_each_epoch_once()
    {
        var path = Path.Combine(_root, "events.jsonl");
        long length;
        using (var events = Open(path))
        {
            events.Write(Epoch(0, 3));
            length = events.Length;
            events.Write(Epoch(1, 2));
        }

        using (var events = Open(path))
        {
            events.CutTo(length);
            events.Write(Epoch(1, 1.5));
            events.Write(Epoch(2, 1));
        }

        Assert.Equal([(1, 3f), (2, 1.5f), (3, 1f)], Scalars().Where(static scalar => scalar.Tag == "loss/visited").Select(static scalar => (scalar.Step, scalar.Value)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("arm")]
    [InlineData("arm/seed-7/events.out.tfevents.winnow")]
    public void Where_the_copy_cant_be_written_it_is_told_once_and_the_log_goes_on(string blocked)
    {
        // A file where a folder has to be, or a folder where the file has to be, which can't be removed as it holds something.
        var path = Path.Combine(_root, "events.jsonl");
        var place = Path.Combine(Board, blocked);
        var notes = new List<string>();
        using (var events = new EventLog(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0), TimeProvider.System, new TensorBoardLog(Board), notes.Add))
        {
            events.Write(Started());
            if (blocked.EndsWith("winnow", StringComparison.Ordinal))
            {
                Directory.CreateDirectory(place);
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.WriteAllText(place.TrimEnd('/'), "");
            }

            events.Write(Epoch(0, 3));
            events.Write(Epoch(1, 2));
            events.CutTo(events.Length);
            events.Write(Epoch(2, 1));
        }

        Assert.Equal([0, 1, 2], RunLog.Events(File.ReadAllBytes(path), path).OfType<EpochEnded>().Select(static entry => entry.Report.Epoch));
        Assert.Contains("the run goes on without", Assert.Single(notes), StringComparison.Ordinal);
    }

    private string Board => Path.Combine(_root, "board");

    private EventLog Open(string path) =>
        new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0), TimeProvider.System, new TensorBoardLog(Board));

    private List<(long Step, string Tag, float Value)> Scalars() =>
        TensorBoardReader.Read(Assert.Single(Directory.GetFiles(Path.Combine(Board, "arm", "seed-7")))).Scalars;

    private static RunStarted Started() => new() { At = DateTimeOffset.UnixEpoch, Arm = "arm", Seed = 7, Method = "full", Epochs = 3 };

    private static EpochEnded Epoch(int epoch, double? loss) => new()
    {
        At = DateTimeOffset.UnixEpoch.AddYears(56),
        Arm = "arm",
        Seed = 7,
        Report = new EpochReport
        {
            Epoch = epoch,
            Epochs = 3,
            Visited = 5,
            Total = 10,
            Steps = 1,
            LearningRate = 0.1,
            VisitedLoss = loss,
            Accuracy = 0.5,
            TestLoss = null,
            Seconds = new PhaseSeconds(),
        },
    };
}
