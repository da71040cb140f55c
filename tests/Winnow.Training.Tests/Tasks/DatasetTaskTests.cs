using Winnow.Training.Schedules;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

[Collection(TrainingCollection.Name)]
public sealed class DatasetTaskTests
{
    private static readonly TrainingSettings s_settings = new() { Epochs = 4, BatchSize = 30, LearningRate = 0.03 };

    private static Tensor SquaredError(Tensor output, Tensor target) => nn.functional.mse_loss(output, target, reduction: nn.Reduction.None).mean([1L]);

    [Fact]
    public void A_module_and_data_of_ones_own_are_trained_and_judged_by_accuracy()
    {
        var outcome = Trainer.For(static () => new RowNetwork(2), Rows.Classes(500), Rows.Classes(100), settings: s_settings with { Epochs = 12 })
            .Run(new TrainingRequest { Method = "infobatch:keep=0.5" }, []);
        Assert.True(outcome.Accuracy > 0.95, $"{outcome.Accuracy}");
        Assert.True(outcome.Visited < outcome.FullVisits);
        var metric = outcome.Metrics.Deciding!.Value;
        Assert.Equal(("accuracy", outcome.Accuracy, true), (metric.Key, metric.Value.Value, metric.Value.HigherIsBetter));
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_loss_of_ones_own_is_judged_by_itself_lower_being_better()
    {
        var outcome = Regression().Run(new TrainingRequest { Method = "infobatch:keep=0.5" }, []);
        var (name, metric) = outcome.Metrics.Deciding!.Value;
        Assert.Equal(("test_loss", false), (name, metric.HigherIsBetter));
        Assert.InRange(metric.Value!.Value, 0, 0.2);
        Assert.Null(outcome.Accuracy);
        Assert.Empty(outcome.ClassAccuracy);
        Assert.Empty(outcome.ClassKeep);
    }

    // A signal that only the task can tell: whether a prediction was right.
    [Fact]
    public void Methods_are_told_what_the_task_can_tell_and_refused_what_it_cant()
    {
        var outcome = Trainer.For(static () => new RowNetwork(2), Rows.Classes(200), Rows.Classes(50), settings: s_settings).Run(new TrainingRequest { Method = "kakurenbo:tau=0.5" }, []);
        Assert.True(outcome.History.Sum(static epoch => epoch.Refreshed) > 0);
        var error = Assert.Throws<RecipeException>(() => Regression().Check(new TrainingRequest { Method = "kakurenbo" }));
        Assert.Equal("the method kakurenbo needs confidence and correct of each sample, which dataset doesn't tell; take a method that goes by the loss alone, such as infobatch.", error.Message);
    }

    [Fact]
    public void The_same_seed_ends_with_the_same_bits_and_another_doesnt()
    {
        Assert.Equal(Digest(1), Digest(1));
        Assert.NotEqual(Digest(1), Digest(2));

        static string Digest(ulong seed) => Regression().Run(new TrainingRequest { Method = "infobatch", Seed = seed }, []).WeightsSha256();
    }

    // The whole batch's losses are divided by the whole batch's weights, however it is sent.
    [Theory]
    [InlineData("infobatch", 7)]
    [InlineData("selective-backprop:start=0,keep=0.5", 4)]
    [InlineData("full", 30)]
    public void Parts_of_a_batch_add_up_to_it(string method, int part)
    {
        var whole = Regression().Run(new TrainingRequest { Method = method }, []);
        var parts = Regression(s_settings with { MicroBatchSize = part }).Run(new TrainingRequest { Method = method }, []);
        Assert.Equal((whole.Steps, whole.Visited, whole.Backwards), (parts.Steps, parts.Visited, parts.Backwards));
        foreach (var (one, other) in whole.Weights.Zip(parts.Weights))
        {
            Assert.All(one.Values.Zip(other.Values), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }

    [RanksFact]
    public void Ranks_train_it_like_one_process_in_parts_as_well()
    {
        var settings = s_settings with { MicroBatchSize = 4 };
        var alone = Regression(settings).Run(new TrainingRequest { Method = "infobatch" }, []);
        var many = RankThreads.Run(3, group => Regression(settings).Run(new TrainingRequest { Method = "infobatch" }, [], null, group));
        Assert.All(many, outcome => Assert.Equal((many[0].WeightsSha256(), many[0].TestLoss, alone.Visited), (outcome.WeightsSha256(), outcome.TestLoss, outcome.Visited)));
        Assert.Equal(alone.TestLoss!.Value, many[0].TestLoss!.Value, 1e-3);
    }

    [Fact]
    public void Gradients_are_scaled_down_to_the_norm_and_an_optimiser_and_a_schedule_of_ones_own_are_used()
    {
        var (free, clipped) = (new List<double>(), new List<double>());
        Run(null, free);
        Run(0.25, clipped);
        Assert.Contains(free, static norm => norm > 0.3);
        Assert.All(clipped, static norm => Assert.InRange(norm, 0, 0.2501));
        Assert.Equal(free[0] > 0.25 ? 0.25 : free[0], clipped[0], 1e-4);

        static void Run(double? norm, List<double> norms)
        {
            TorchSharp.torch.manual_seed(1);
            var task = new DatasetTask(static () => new RowNetwork(1), Rows.Sums(90), Rows.Sums(20), SquaredError);
            var options = new TrainerOptions { Optimizer = parameters => new Descent(parameters, norms), Schedule = new Constant() };
            var outcome = new Trainer(task, s_settings with { ClipNorm = norm }, CPU, options).Run(new TrainingRequest { Method = "full" }, []);
            Assert.Equal(12, norms.Count);
            Assert.All(outcome.History, static epoch => Assert.Equal(0.5 * 0.03, epoch.LearningRate, 1e-12));
        }
    }

    public static TheoryData<string, Func<Trainer>, string> Refusals => new()
    {
        {
            "a mean over the batch",
            static () => Make(Rows.Sums(90), static (output, target) => nn.functional.mse_loss(output, target)),
            "the loss of a batch of 30 samples has the shape [] and has to have [30], a number a sample: compute it without reduction, and take the mean over a sample's own parts."
        },
        {
            "a number a sample's part",
            static () => Make(Rows.Sums(90), static (output, target) => nn.functional.mse_loss(output, target, reduction: nn.Reduction.None)),
            "the loss of a batch of 30 samples has the shape [30, 1] and has to have [30], a number a sample: compute it without reduction, and take the mean over a sample's own parts."
        },
        {
            "NaN from the first step",
            static () => Make(Rows.Sums(90), static (output, target) => SquaredError(output, target).log().mul(float.NaN)),
            "every loss of the first batch is non-finite: look at the data and at the loss."
        },
        {
            "a missing part",
            static () => Make(new Rows(90, static _ => tensor(new[] { 1f }), static (_, item) => new() { ["data"] = item["data"], ["y"] = item["label"] }), SquaredError),
            "item \\d+ of data set has no \"label\"; it has data, y. Say what its parts are called by InputName and TargetName."
        },
        {
            "items that aren't alike",
            static () => Make(new Rows(90, static _ => tensor(new[] { 1f }), static (row, item) => row == 5 ? new() { ["data"] = tensor(new[] { 1f, 2f }), ["label"] = item["label"] } : item), SquaredError),
            "\"data\" of item \\d+ of data set is Float32 \\[\\d\\], and of item \\d+ Float32 \\[\\d\\]; items of a batch have to be alike."
        },
        {
            "a data set that shrinks",
            static () =>
            {
                Rows rows = null!;
                rows = new Rows(90, static _ => tensor(new[] { 1f }), (_, item) =>
                {
                    rows.Length = 40;
                    return item;
                });
                return Make(rows, SquaredError);
            },
            "data set has 40 items and had more than \\d+ when the run began; a data set mustn't shrink while it is read."
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cant_be_trained_is_said_with_its_remedy(string what, Func<Trainer> make, string message)
    {
        Assert.NotEmpty(what);
        var error = Assert.Throws<TrainingFailedException>(() => make().Run(new TrainingRequest { Method = "full" }, []));
        Assert.Matches("^" + (message.Contains("\\d", StringComparison.Ordinal) ? message : System.Text.RegularExpressions.Regex.Escape(message)) + "$", error.Message);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_network_without_parameters_and_the_same_one_twice_are_refused()
    {
        var error = Assert.Throws<RecipeException>(static () => Trainer.For(static () => nn.Identity(), Rows.Classes(9), Rows.Classes(9)));
        Assert.Equal("the network of classify-dataset has nothing to train: register its layers, by RegisterComponents() in its constructor.", error.Message);
        using var once = new RowNetwork(2);
        var trainer = Trainer.For(() => once, Rows.Classes(9), Rows.Classes(9));
        Assert.StartsWith("the function that makes the network gave the same one twice", Assert.Throws<InvalidOperationException>(() => trainer.Run(new TrainingRequest { Method = "full" }, [])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(static () => Trainer.For(static () => new RowNetwork(2), Rows.Classes(0), Rows.Classes(9)));
    }

    [Fact]
    public void An_embedding_that_lost_its_weight_is_refused()
    {
        var error = Assert.Throws<RecipeException>(static () => Trainer.For(static () => new Forgetful(inScope: true), Rows.Classes(9), Rows.Classes(9)));
        Assert.Equal("the network of classify-dataset has an Embedding that lost its weight to a dispose scope, so that it would be neither trained nor saved: make it outside of any NewDisposeScope().", error.Message);
        Assert.NotNull(Trainer.For(static () => new Forgetful(inScope: false), Rows.Classes(9), Rows.Classes(9)));
    }

    [Fact]
    public void A_run_of_ones_own_goes_on_from_any_checkpoint_to_the_same_bits() => TaskContract.GoesOnToTheSameBits(static () => Regression(), steps: 5);

    private static Trainer Regression(TrainingSettings? settings = null) => Trainer.For(static () => new RowNetwork(1), Rows.Sums(200), Rows.Sums(50), SquaredError, settings ?? s_settings);

    private static Trainer Make(Rows rows, SampleLoss loss) => Trainer.For(static () => new RowNetwork(1), rows, Rows.Sums(20), loss, s_settings);

    private sealed class Forgetful : nn.Module<Tensor, Tensor>
    {
        public Forgetful(bool inScope)
            : base(nameof(Forgetful))
        {
            register_module("head", nn.Linear(2, 2));
            using var scope = inScope ? NewDisposeScope() : null;
            register_module("embed", nn.Embedding(3, 2));
        }

        public override Tensor forward(Tensor input) => input;
    }

    private sealed class Constant : ILearningRateSchedule
    {
        public double At(double progress) => 0.5;
    }

    /// <summary>Plain gradient descent that looks at the gradients.</summary>
    private sealed class Descent(IReadOnlyList<TorchSharp.Modules.Parameter> parameters, List<double> norms) : Torch.Optimizers.IOptimizer
    {
        public long Steps { get; set; }

        public IReadOnlyList<TorchSharp.Modules.Parameter> Parameters => parameters;

        public void Step(double learningRate)
        {
            using var scope = NewDisposeScope();
            using var silent = no_grad();
            norms.Add(Math.Sqrt(parameters.Sum(static parameter => parameter.grad!.square().sum().item<float>())));
            foreach (var parameter in parameters)
            {
                parameter.sub_(parameter.grad! * learningRate);
            }

            Steps++;
        }

        public void ZeroGrad()
        {
            foreach (var parameter in parameters)
            {
                parameter.grad = null;
            }
        }

        public IEnumerable<(string Name, Tensor Tensor)> NamedState() => [];

        public void Dispose()
        {
        }
    }
}
