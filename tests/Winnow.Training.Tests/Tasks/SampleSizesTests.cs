using Winnow.Plans;
using Winnow.Records;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

/// <summary>One step on samples whose losses are means over parts of different number, against the gradient computed by hand.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SampleSizesTests
{
    private const double Rate = 0.1, Begin = 0.5;

    private static readonly float[] s_inputs = [1, 2, -1, 0.5f, 3, -2], s_targets = [2, 1, 0, 1, -1, 0.7f], s_sizes = [1, 7, 3, 2, 11, 5], s_weights = [1, 2, 1, 1.5f, 0, 1];

    public static TheoryData<LossNormalization, int?, int, bool> Ways => new()
    {
        { LossNormalization.Weights, null, 1, false },
        { LossNormalization.Batch, null, 1, false },
        { LossNormalization.Weights, 2, 1, false },
        { LossNormalization.Batch, 2, 1, false },
        { LossNormalization.Weights, null, 1, true },
        { LossNormalization.Batch, 2, 1, true },
        { LossNormalization.Weights, null, 2, false },
        { LossNormalization.Weights, 1, 3, false },
        { LossNormalization.Batch, 1, 2, true },
    };

    [RanksTheory]
    [MemberData(nameof(Ways))]
    public void A_step_is_the_weighted_sum_over_the_parts_of_all_samples_by_their_weighted_number(LossNormalization normalization, int? part, int ranks, bool chooses)
    {
        double gradient = 0, denominator = 0;
        for (var id = 0; id < s_inputs.Length; id++)
        {
            if (s_weights[id] == 0 || (chooses && !Chosen(s_inputs[id])))
            {
                continue;
            }

            // The chosen count twice what the plan says.
            var weight = s_weights[id] * (chooses ? 2 : 1);
            gradient += weight * s_sizes[id] * 2 * ((Begin * s_inputs[id]) - s_targets[id]) * s_inputs[id];
            denominator += normalization == LossNormalization.Batch ? s_sizes[id] : weight * s_sizes[id];
        }

        var settings = new TrainingSettings { Epochs = 1, BatchSize = 6, MicroBatchSize = part, Momentum = 0, WeightDecay = 0, LearningRate = Rate, Normalization = normalization };
        var outcomes = ranks == 1 ? [Run(null)] : RankThreads.Run(ranks, Run);
        Assert.All(outcomes, outcome => Assert.Equal(Begin - (Rate * gradient / denominator), outcome.Weights[0].Values[0], 1e-5));

        TrainingOutcome Run(Torch.Distributed.ProcessGroup? group) =>
            new Trainer(new Sized(s_sizes), settings, CPU, new TrainerOptions { Schedule = new Constant() }).Run(new TrainingRequest { Method = "test", Policy = Policy() }, [], null, group);

        TestPolicy Policy() => new()
        {
            Weight = static (_, id) => s_weights[id],
            Choose = chooses ? static (_, losses) => [.. losses.Select(static loss => Array.Exists(s_inputs, input => Chosen(input) && Math.Abs(Loss(input) - loss) < 1e-4) ? 2f : 0f)] : null,
        };
    }

    // Methods rank samples by what is theirs alone.
    [Fact]
    public void Methods_are_told_each_samples_own_mean()
    {
        var policy = new TestPolicy();
        _ = new Trainer(new Sized(s_sizes), new TrainingSettings { Epochs = 1, BatchSize = 6, LearningRate = Rate }, CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, []);
        foreach (var (id, said) in policy.In(0))
        {
            Assert.Equal(Loss(s_inputs[id]), said.Loss, 1e-5);
        }
    }

    [Fact]
    public void One_size_for_all_is_none()
    {
        Assert.Equal(Digest([]), Digest([1, 1, 1, 1, 1, 1]));
        Assert.NotEqual(Digest([]), Digest(s_sizes));

        static string Digest(float[] sizes) => new Trainer(new Sized(sizes), new TrainingSettings { Epochs = 3, BatchSize = 4, LearningRate = Rate }, CPU).Run(new TrainingRequest { Method = "infobatch" }, []).WeightsSha256();
    }

    [Theory]
    [InlineData(new float[] { 1, 2 }, "sized tells the sizes of 2 samples and has 6 training samples; tell one a sample, or none.")]
    [InlineData(new float[] { 1, 1, 0, 1, 1, 1 }, "sized tells the size 0 of sample 2; sizes are finite and above 0: leave out samples of which nothing is predicted.")]
    [InlineData(new float[] { 1, 1, 1, 1, 1, float.NaN }, "sized tells the size NaN of sample 5; sizes are finite and above 0: leave out samples of which nothing is predicted.")]
    public void Sizes_that_are_none_are_refused(float[] sizes, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => new Trainer(new Sized(sizes), new TrainingSettings(), CPU)).Message);

    private static bool Chosen(float input) => input is 2 or -1 or -2;

    private static double Loss(float input) => Math.Pow((Begin * input) - s_targets[Array.IndexOf(s_inputs, input)], 2);

    private sealed class Constant : Schedules.ILearningRateSchedule
    {
        public double At(double progress) => 1;
    }

    /// <summary>A line through zero.</summary>
    private sealed class Line : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Parameter _slope;

        public Line()
            : base(nameof(Line)) => register_parameter("slope", _slope = new TorchSharp.Modules.Parameter(tensor(new[] { (float)Begin }).DetachFromDisposeScope()));

        public override Tensor forward(Tensor input) => input * _slope;
    }

    private sealed class Sized(float[] sizes) : TrainingTask, ISampleReader
    {
        public override string Name => "sized";

        public override DataInfo Dataset { get; } = new("six", s_inputs.Length, 1, 0, "six");

        public override ReadOnlyMemory<float> Sizes => sizes;

        public override IReadOnlyList<Metric> Metrics { get; } = [new("test_loss", HigherIsBetter: false, Decides: true)];

        public override nn.Module CreateModel(Device device) => new Line();

        public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => this;

        public override ISampleReader OpenTest(Device device, MemoryLayout layout) => this;

        public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request) => new((output - batch[Batch.Target]).square());

        public override Evaluation? Evaluate(Evaluator evaluator) => new(new Dictionary<string, double> { ["test_loss"] = evaluator.Test()!.Losses[0] });

        public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(ids.ToArray());

        public void Dispose()
        {
        }

        private sealed class Pass(int[] ids) : IBatchReader
        {
            public Batch Take(int start, int count)
            {
                var mine = ids[start..(start + count)];
                return new(tensor(Array.ConvertAll(mine, static id => s_inputs[id])), tensor(Array.ConvertAll(mine, static id => s_targets[id])));
            }

            public void Dispose()
            {
            }
        }
    }
}
