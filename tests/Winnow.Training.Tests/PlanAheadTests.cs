using Winnow.Records;

namespace Winnow.Training.Tests;

/// <summary>The plan of the next epoch is made while the test set is evaluated.</summary>
[Collection(TrainingCollection.Name)]
public class PlanAheadTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public void The_next_epoch_is_being_planned_before_the_evaluation_of_this_one_is_over()
    {
        using var begun = new SemaphoreSlim(0);
        var planned = new List<int>();
        var policy = new TestPolicy
        {
            Weight = (epoch, sample) =>
            {
                if (sample == 0)
                {
                    lock (planned)
                    {
                        planned.Add(epoch);
                    }

                    begun.Release();
                }

                return epoch % 2 == 0 || sample % 3 == 0 ? 1 : 0;
            },
        };

        // An epoch's end is told after its evaluation. A trainer that plans only then would never let this callback go on.
        var callback = new Ends(report => Assert.True(report.Epoch == report.Epochs - 1 || begun.Wait(s_long)));
        var outcome = (Small.Recipe with { Model = "mlp", Epochs = 4, Augmentation = Augmentation.None }).CreateTrainer(Small.Vectors(), torch.CPU)
            .Run(new TrainingRequest { Method = "test", Policy = policy }, [new Begins(() => begun.Wait(s_long)), callback]);
        Assert.Equal([0, 1, 2, 3], planned);
        Assert.Equal([256, 86, 256, 86], outcome.History.Select(static report => report.Visited));
    }

    [Fact]
    public void A_plan_that_fails_ends_the_run_with_its_own_message()
    {
        var policy = new TestPolicy { Weight = static (epoch, _) => epoch == 2 ? throw new NotSupportedException("no plan for epoch 2") : 1 };
        var trainer = (Small.Recipe with { Model = "mlp", Epochs = 4, Augmentation = Augmentation.None }).CreateTrainer(Small.Vectors(), torch.CPU);
        var ends = new List<int>();
        Assert.Equal("no plan for epoch 2", Assert.Throws<NotSupportedException>(() =>
            trainer.Run(new TrainingRequest { Method = "test", Policy = policy }, [new Ends(report => ends.Add(report.Epoch))])).Message);
        Assert.Equal([0, 1], ends);
    }

    private sealed class Ends(Action<EpochReport> told) : TrainerCallback
    {
        public override void OnEpochEnd(EpochReport epoch) => told(epoch);
    }

    private sealed class Begins(Action told) : TrainerCallback
    {
        private bool _first = true;

        public override void OnEpochPlanned(Winnow.Plans.EpochPlan plan)
        {
            // The first plan is made on the spot; its signal isn't one of planning ahead.
            if (_first)
            {
                told();
            }

            _first = false;
        }
    }
}
