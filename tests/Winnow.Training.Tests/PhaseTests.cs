using System.Text.Json;
using Winnow.Records;
using Winnow.Training.Runs;

namespace Winnow.Training.Tests;

/// <summary>Phases stand in one place: each one that there is, and each one that comes, goes through everything that knows of time.</summary>
public sealed class PhaseTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("winnow-phases-").FullName;

    // 1 s of the first, 2 s of the second, …
    private static readonly PhaseSeconds s_each = PhaseSeconds.Of(static phase => 1 + (int)phase, 1000);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_clock_charges_every_phase_and_goes_on_from_what_was_spent_before()
    {
        var time = new HandClock();
        var clock = new PhaseClock(time);
        clock.Add(s_each);
        foreach (var phase in PhaseSeconds.Phases)
        {
            using (clock.Enter(phase))
            {
                time.Pass(10 * (1 + (int)phase));
            }
        }

        time.Pass(5);
        var read = clock.Read();
        var spent = PhaseSeconds.Phases.Sum(static phase => 10.0 * (1 + (int)phase));
        Assert.All(PhaseSeconds.Phases, phase => Assert.Equal(11.0 * (1 + (int)phase), read[phase], 6));
        Assert.Equal(1000 + spent + 5, read.Total, 6);
        var own = read.Since(s_each);
        Assert.All(PhaseSeconds.Phases, phase => Assert.Equal(10.0 * (1 + (int)phase), own[phase], 6));
        Assert.Equal(5, own.Other, 6);
    }

    [Fact]
    public void Files_hold_every_phase_by_its_name_and_give_it_back()
    {
        var json = JsonSerializer.Serialize(s_each, RunJson.Line.PhaseSeconds);
        var read = JsonSerializer.Deserialize(json, RunJson.Line.PhaseSeconds)!;
        using var document = JsonDocument.Parse(json);
        foreach (var phase in PhaseSeconds.Phases)
        {
            Assert.Equal(s_each[phase], document.RootElement.GetProperty(PhaseSeconds.NameOf(phase)).GetDouble());
            Assert.Equal(s_each[phase], read[phase]);
        }

        Assert.Equal((s_each.Total, s_each.OverheadShare), (read.Total, read.OverheadShare));

        // The names that files have had since their first version, and select, which came later.
        Assert.Equal(["prepare", "select", "plan", "data", "train", "observe", "refresh", "evaluate", "checkpoint", "total", "overhead_share"], document.RootElement.EnumerateObject().Select(static entry => entry.Name));
    }

    [Fact]
    public void Records_of_before_a_phase_or_of_after_this_version_are_read()
    {
        var read = JsonSerializer.Deserialize("""{"plan":1.5,"train":2,"sleep":{"deep":[1]},"total":4}""", RunJson.Line.PhaseSeconds)!;
        Assert.Equal((1.5, 2, 0, 4), (read[Phase.Plan], read[Phase.Train], read[Phase.Data], read.Total));
        Assert.Throws<JsonException>(static () => JsonSerializer.Deserialize("[1]", RunJson.Line.PhaseSeconds));
    }

    [Fact]
    public void TensorBoard_shows_every_phase_of_an_epoch()
    {
        using (var log = new TensorBoardLog(_root))
        {
            log.Write(new EpochEnded
            {
                At = DateTimeOffset.UnixEpoch.AddYears(50),
                Arm = "arm",
                Seed = 7,
                Report = new EpochReport { Epoch = 0, Epochs = 1, Visited = 1, Total = 1, Steps = 1, LearningRate = 0.1, VisitedLoss = 1, Accuracy = 1, TestLoss = 1, Seconds = s_each },
            });
        }

        var scalars = TensorBoardReader.Read(Assert.Single(Directory.GetFiles(_root, "*", SearchOption.AllDirectories))).Scalars.ToDictionary(static scalar => scalar.Tag, static scalar => scalar.Value);
        Assert.All(PhaseSeconds.Phases, phase => Assert.Equal((float)s_each[phase], scalars[$"seconds/{PhaseSeconds.NameOf(phase)}"]));
    }

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public void Pass(long seconds) => _now += seconds;

        public override long GetTimestamp() => _now;
    }
}
