using Winnow.Policies;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

/// <summary>A method with a signal of its own, and a task that tells it: by its name, with nothing between that knows it.</summary>
[Collection(TrainingCollection.Name)]
public sealed class OwnSignalTests
{
    private const int Train = 60;

    // At this rate no step changes a weight: what the network said can be computed afterwards.
    private static readonly TrainingSettings s_settings = new() { Epochs = 3, BatchSize = 7, LearningRate = 1e-30, Precision = Precision.Fp32 };

    private static readonly Signal s_gap = new("gap");

    private static TrainingOutcome Run(TrainingTask task, IPruningPolicy policy) =>
        new Trainer(task, s_settings, CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, []);

    [Fact]
    public void Each_sample_is_told_its_own_visited_or_looked_at()
    {
        var policy = new Gaps(s_gap);
        var outcome = Run(new Signed([1]), policy);
        // In each epoch all visited and all that sat out, but for those after the last.
        Assert.Equal(Train + Train + policy.Visits[2], policy.Told.Count);
        Assert.Equal([Train, Train / 2, Train / 2], policy.Visits);
        Assert.All(policy.Told, static told => Assert.Equal(Signed.Gap((int)told.Id), told.Gap, 1e-5f));
        Assert.Contains(policy.Told, static told => told.Gap < 0);
        Assert.Equal(2 * Train, outcome.Visited);
    }

    [Fact]
    public void A_method_whose_signal_the_task_doesnt_tell_is_refused_before_the_run() => Assert.Equal(
        "the method test needs margin of each sample, which signed doesn't tell; take a method that goes by the loss alone, such as infobatch.",
        Assert.Throws<RecipeException>(static () => Run(new Signed([1]), new Gaps(new Signal("margin")))).Message);

    [Fact]
    public void What_the_method_cant_go_by_is_refused()
    {
        Assert.Equal("the signal \"gap\" has 2 numbers a sample, and the method goes by one; tell one.",
            Assert.Throws<TrainingFailedException>(static () => Run(new Signed([2]), new Gaps(s_gap))).Message);
        Assert.Contains("it is 0 or 1", Assert.Throws<SignalException>(static () => Run(new Signed([1]), new Gaps(new Signal("gap", SignalRange.Flag)))).Message, StringComparison.Ordinal);
    }

    /// <summary>From epoch 1 on it visits the half of the samples whose gap was the largest.</summary>
    private sealed class Gaps(Signal signal) : IPruningPolicy
    {
        private static readonly Column s_last = new("gaps/last");

        public List<(long Id, float Gap)> Told { get; } = [];

        public List<int> Visits { get; } = [];

        public IReadOnlyList<Column> Columns => [s_last];

        public IReadOnlyList<Signal> Needs => [signal];

        public bool RefreshesDropped => true;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (var i = 0; i < batch.Ids.Length; i++)
            {
                Told.Add((batch.Ids[i], batch[signal][i]));
                samples[s_last][(int)batch.Ids[i]] = batch[signal][i];
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            var last = samples[s_last].ToArray();
            var half = last.Order().ElementAt(last.Length / 2);
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = epoch.Epoch == 0 || last[i] >= half ? 1 : 0;
            }

            Visits.Add(weights.ToArray().Count(static weight => weight > 0));
        }
    }

    /// <summary>A line that is given and stays; beside the loss it tells by how much the target was missed, and on which side.</summary>
    private sealed class Signed(long[] shape) : TrainingTask, ISampleReader
    {
        private const float Slope = 0.5f;

        public override string Name => "signed";

        public override DataInfo Dataset { get; } = new("signed", Train, 1, 0, "signed");

        public override IReadOnlyList<string> Signals => [s_gap.Name];

        public override IReadOnlyList<Metric> Metrics { get; } = [new("test_loss", HigherIsBetter: false, Decides: true)];

        public static float Gap(int id) => (Slope * Input(id)) - Target(id);

        public override nn.Module CreateModel(Device device)
        {
            var line = nn.Linear(1, 1, hasBias: false);
            nn.init.constant_(line.weight, Slope);
            return line;
        }

        public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => this;

        public override ISampleReader OpenTest(Device device, MemoryLayout layout) => this;

        public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
        {
            var gap = output.flatten() - batch[Batch.Target];
            return new SampleOutput(gap.square())
            {
                Signals = request.Wants(s_gap.Name) ? new Dictionary<string, Tensor> { [s_gap.Name] = shape is [1] ? gap.detach() : gap.detach().unsqueeze(1).expand(-1, shape[0]) } : [],
            };
        }

        public override Evaluation? Evaluate(Evaluator evaluator) => new(new Dictionary<string, double> { ["test_loss"] = evaluator.Test()!.Losses[0] });

        public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(ids.ToArray());

        public void Dispose()
        {
        }

        // No two gaps are the same.
        private static float Input(int id) => (id * 37 % 60) - 30;

        private static float Target(int id) => MathF.Sin(id);

        private sealed class Pass(int[] ids) : IBatchReader
        {
            public Batch Take(int start, int count)
            {
                var mine = ids[start..(start + count)];
                return new(tensor(Array.ConvertAll(mine, Input)).unsqueeze(1), tensor(Array.ConvertAll(mine, Target)));
            }

            public void Dispose()
            {
            }
        }
    }
}
