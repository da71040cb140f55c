using Winnow.Records;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models.Scripts;

[Collection(TrainingCollection.Name)]
public sealed class ScriptTrainingTests : IDisposable
{
    private static readonly TrainingRecipe s_plain = Small.Recipe with { Augmentation = Augmentation.None, Epochs = 6, Layout = MemoryLayout.ChannelsLast, LearningRate = 0.1 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-script-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("full")]
    [InlineData("infobatch")]
    [InlineData("kakurenbo:tau=0.5")]
    [InlineData("repb")]
    [InlineData("selective-backprop:start=0,keep=0.5")]
    public void A_scripted_network_is_trained_with_every_kind_of_method(string method)
    {
        var outcome = Small.Run(Small.Images(), s_plain.With(ScriptFiles.At("scripted.pt")), method);
        Assert.True(outcome.Accuracy > 0.9, $"accuracy {outcome.Accuracy}");
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(Precision.Fp32, MemoryLayout.Contiguous)]
    [InlineData(Precision.Bf16, MemoryLayout.ChannelsLast)]
    public void In_every_precision_and_order(Precision precision, MemoryLayout layout)
    {
        var outcome = Small.Run(Small.Images(), s_plain.With(ScriptFiles.At("scripted.pt")) with { Precision = precision, Layout = layout }, "full");
        Assert.True(outcome.Accuracy > 0.9, $"accuracy {outcome.Accuracy}");
    }

    [Fact]
    public void It_begins_with_the_numbers_in_the_file_whatever_the_seed()
    {
        var recipe = s_plain.With(ScriptFiles.At("scripted.pt")) with { LearningRate = 1e-30 };
        var (first, second) = (Small.Run(Small.Images(), recipe, "full", 1, 1), Small.Run(Small.Images(), recipe, "full", 2, 1));
        Assert.Equal(Trained(first), Trained(second));
        using var scope = NewDisposeScope();
        using var network = new Network(ScriptFiles.Open(ScriptFiles.At("scripted.pt")).Load(CPU));
        Assert.Equal(network.Weights().Where(static weight => weight.Name.StartsWith("conv", StringComparison.Ordinal)).Select(static weight => Convert.ToHexString(weight.Bytes)),
            first.Weights.Where(static weight => weight.Name.StartsWith("conv", StringComparison.Ordinal)).Select(static weight => Convert.ToHexString(weight.Bytes)));

        static IEnumerable<string> Trained(TrainingOutcome outcome) =>
            outcome.Weights.Where(static weight => !weight.Name.StartsWith("bn", StringComparison.Ordinal)).Select(static weight => weight.Name + Convert.ToHexString(weight.Bytes));
    }

    // Its dropout draws by seed, epoch and step, and the interpreter runs the first pass like all others: else the second run in a process would end elsewhere.
    [Theory]
    [InlineData("scripted.pt")]
    [InlineData("moving.pt")]
    public void The_same_seed_gives_the_same_weights_bit_for_bit_and_another_one_others(string file)
    {
        var recipe = Small.Recipe.With(ScriptFiles.At(file));
        string Run(ulong seed) => Small.Run(Small.Images(), recipe, "infobatch", seed).WeightsSha256();
        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));
    }

    [Fact]
    public void Keeping_everything_is_full_bit_for_bit()
    {
        var recipe = Small.Recipe.With(ScriptFiles.At("moving.pt"));
        Assert.Equal(Small.Run(Small.Images(), recipe, "full").WeightsSha256(), Small.Run(Small.Images(), recipe, "random:keep=1").WeightsSha256());
    }

    [Fact]
    public void Buffers_that_its_code_replaces_are_those_that_are_saved()
    {
        var outcome = Small.Run(Small.Images(), Small.Recipe.With(ScriptFiles.At("moving.pt")), "full");
        Assert.Equal(["centre", "seen"], outcome.Weights.Select(static weight => weight.Name).Except(["fc.weight", "fc.bias"]).Order(StringComparer.Ordinal));
        Assert.Equal(outcome.Steps, BitConverter.ToInt64(outcome.Weights.Single(static weight => weight.Name == "seen").Bytes));
        Assert.Contains(outcome.Weights.Single(static weight => weight.Name == "centre").Values, static value => value != 0);
    }

    [Fact]
    public void Vectors_are_trained_as_well()
    {
        var recipe = new TrainingRecipe { Epochs = 10, BatchSize = 16, LearningRate = 0.05 };
        var error = Assert.Throws<RecipeException>(() => recipe.With(ScriptFiles.At("vectors.pt")).CreateTrainer(Small.Vectors(), CPU));
        Assert.EndsWith("vectors.pt gives Float32 [3, 3] for a batch of 3 samples, and vectors has 2 classes: it has to give floats [3, 2]. Give its last layer 2 outputs and write the file anew.", error.Message,
            StringComparison.Ordinal);
        var data = Small.Vectors();
        var three = data with { Train = WithThirdClass(data.Train), Test = WithThirdClass(data.Test) };
        Assert.True(Small.Run(three, recipe.With(ScriptFiles.At("vectors.pt")), "infobatch").Accuracy > 0.8);

        static Data.SampleSet WithThirdClass(Data.SampleSet set) => Data.SampleSet.FromFloats(set.Name, [4], set.Floats, set.LabelsMemory, classes: 3);
    }

    [Fact]
    public void A_network_whose_code_depends_on_the_order_is_trained_in_the_one_it_takes()
    {
        var recipe = s_plain.With(ScriptFiles.At("views.pt"));
        Assert.Contains("its code failed: view size is not compatible", Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), CPU)).Message.Replace("the model's TorchScript code", "its code", StringComparison.Ordinal), StringComparison.Ordinal);
        var layout = ClassificationTask.FittingLayout(Small.Images(), recipe, CPU);
        Assert.Equal(MemoryLayout.Contiguous, layout);
        Assert.Equal("views.pt is computed in contiguous order; channels-last, which often is faster, isn't possible: its code doesn't take images in that order (because of a view(), as a rule; reshape() would take them).",
            Assert.Single((recipe with { Layout = layout }).CreateTrainer(Small.Images(), CPU).Notes));
        Assert.Equal(MemoryLayout.ChannelsLast, ClassificationTask.FittingLayout(Small.Images(), s_plain.With(ScriptFiles.At("scripted.pt")), CPU));
        Assert.Empty(s_plain.With(ScriptFiles.At("scripted.pt")).CreateTrainer(Small.Images(), CPU).Notes);
        Assert.Equal(MemoryLayout.ChannelsLast, ClassificationTask.FittingLayout(Small.Images(), s_plain, CPU));
    }

    [PythonTorchFact]
    public void A_filter_for_which_channels_last_is_broken_and_a_weight_under_two_names()
    {
        var recipe = s_plain.With(ScriptFiles.Write(_root, "point.pt")) with { Epochs = 1 };
        Assert.Contains("\"point.weight\" is a filter of one pixel", Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), CPU)).Message, StringComparison.Ordinal);
        recipe = recipe with { Layout = ClassificationTask.FittingLayout(Small.Images(), recipe, CPU) };
        Assert.Contains("such as point.weight", Assert.Single(recipe.CreateTrainer(Small.Images(), CPU).Notes), StringComparison.Ordinal);
        var outcome = Small.Run(Small.Images(), recipe, "full");
        Assert.Equal(Weight("a.weight"), Weight("b.weight"));

        // Trained once a step, as in Python: a step of 1 along the gradient, whose size says by how much.
        var one = Small.Run(Small.Images(), recipe with { Momentum = 0, WeightDecay = 0, LearningRate = 0.5, Schedule = "linear:warmup=0,end=1" }, "full", 1, 1);
        var half = Small.Run(Small.Images(), recipe with { Momentum = 0, WeightDecay = 0, LearningRate = 0.25, Schedule = "linear:warmup=0,end=1" }, "full", 1, 1);
        using var scope = NewDisposeScope();
        using var network = new Network(ScriptFiles.Open(recipe.ModelFile!.Path).Load(CPU));
        var begin = network.Weights().Single(static weight => weight.Name == "a.weight").Values;
        Assert.All(begin.Zip(Of(one), Of(half)), static at => Assert.Equal(at.Second - at.First, 2 * (at.Third - at.First), 1e-6f));

        string Weight(string name) => Convert.ToHexString(outcome.Weights.Single(weight => weight.Name == name).Bytes);
        static float[] Of(TrainingOutcome outcome) => outcome.Weights.Single(static weight => weight.Name == "a.weight").Values;
    }

    [PythonTorchFact]
    public void What_was_traced_in_evaluation_mode_is_trained_so_and_told()
    {
        var recipe = s_plain.With(ScriptFiles.Write(_root, "traced-evaluating.pt"));
        Assert.StartsWith("The batch normalisation in traced-evaluating.pt is fixed to evaluation mode", Assert.Single(recipe.CreateTrainer(Small.Images(), CPU).Notes), StringComparison.Ordinal);
        Assert.True(Small.Run(Small.Images(), recipe, "infobatch").Accuracy > 0.9);
    }

    [PythonTorchFact]
    public void State_that_is_no_tensor_is_told_since_nothing_holds_it()
    {
        var recipe = s_plain.With(ScriptFiles.Write(_root, "counting.pt"));
        Assert.Equal("The code in counting.pt changes steps (int), which isn't saved since it is no tensor: a run that goes on, and the file that a run leaves, begin with what is in counting.pt. Make it a buffer.",
            Assert.Single(recipe.CreateTrainer(Small.Images(), CPU).Notes));
        Assert.Empty(s_plain.With(ScriptFiles.At("moving.pt")).CreateTrainer(Small.Images(), CPU).Notes);
    }

    [PythonTorchFact]
    public void What_was_written_in_channels_last_order_is_trained_in_any()
    {
        var recipe = s_plain.With(ScriptFiles.Write(_root, "channels-last.pt"));
        Assert.True(Small.Run(Small.Images(), recipe, "full").Accuracy > 0.9);
        Assert.True(Small.Run(Small.Images(), recipe with { Layout = MemoryLayout.Contiguous }, "full").Accuracy > 0.9);
    }
}
