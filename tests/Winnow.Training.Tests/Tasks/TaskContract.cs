using Winnow.Records;
using Winnow.Training.Checkpoints;

namespace Winnow.Training.Tests.Tasks;

/// <summary>What holds for every task.</summary>
internal static class TaskContract
{
    private static readonly TrainingRequest s_request = new() { Method = "infobatch" };

    /// <summary>A run that is stopped after every so many steps, and gone on with by a new trainer, ends as one that isn't: the same weights and metrics, to the bit.</summary>
    public static void GoesOnToTheSameBits(Func<Trainer> make, int steps = 7)
    {
        var root = Directory.CreateTempSubdirectory("winnow-task-").FullName;
        try
        {
            var whole = make().Run(s_request, []);
            using var folder = RunFolder.Create(Path.Combine(root, "run"));
            var outcome = whole;
            var parts = 0;
            do
            {
                using var stop = new CancellationTokenSource();
                outcome = make().Run(
                    s_request,
                    [new StopAfter(stop, steps)],
                    new RunCheckpoints(Path.Combine(root, "checkpoints"), folder.Events, 0, CheckpointInterval.TryParse("never")!, 2, static _ => { }),
                    stop: stop.Token);
                parts++;
            }
            while (outcome.Interrupted && parts < 20);
            Assert.False(outcome.Interrupted);
            Assert.True(parts > 1, $"{parts} parts of {whole.Steps} steps");
            Assert.Equal((whole.WeightsSha256(), whole.Metrics, whole.TestLoss), (outcome.WeightsSha256(), outcome.Metrics, outcome.TestLoss));
            Assert.Equal(whole.History.Select(static epoch => epoch.Metrics), outcome.History.Select(static epoch => epoch.Metrics));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Two ranks end with the same weights and metrics; gives those of one process and of the ranks.</summary>
    public static (Metrics Alone, Metrics Ranks) RanksAgree(Func<Trainer> make)
    {
        var alone = make().Run(s_request, []);
        var many = RankThreads.Run(2, group => make().Run(s_request, [], null, group));
        Assert.Equal((many[0].WeightsSha256(), many[0].Metrics), (many[1].WeightsSha256(), many[1].Metrics));
        return (alone.Metrics, many[0].Metrics);
    }
}
