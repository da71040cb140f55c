using Winnow.Data;
using Winnow.Records;
using Winnow.Scores;
using Winnow.Torch;
using Winnow.Training.Models;
using Winnow.Training.Tasks;
using Winnow.Training.Tests.Models.Scripts;

namespace Winnow.Training.Tests;

/// <summary>The gradient of each sample's own loss over all parameters.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SampleGradientsTests : IDisposable
{
    private const string Full = "grand:gradient=full", Last = "grand";

    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 2, BatchSize = 48, LearningRate = 0.05, Precision = Precision.Fp32, LabelSmoothing = 0.1 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-gradients-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // The scale leaves the first weights as they are, of which the reference computes each entry of each gradient by the chain rule. Label smoothing belongs to training and isn't in it.
    [Fact]
    public void Of_an_mlp_is_the_length_of_what_the_chain_rule_gives_entry_by_entry()
    {
        var outcome = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU).Run(new TrainingRequest { Method = "full", Scores = [Full, Last], LearningRateScale = 1e-30 }, []);
        var train = Small.Vectors().Train;
        for (var id = 0; id < train.Count; id++)
        {
            var (all, last) = ByHand(outcome, train, id);
            Assert.Equal(all, outcome.Scores[0].Values.Span[id], 1e-5 * all);
            Assert.Equal(last, outcome.Scores[1].Values.Span[id], 1e-5 * all);
            Assert.True(outcome.Scores[0].Values.Span[id] > outcome.Scores[1].Values.Span[id]);
        }

        // Two epochs of visits, the score's first pass, and the same samples once more one by one.
        Assert.Equal(4 * 256, outcome.Forwards);
        Assert.Equal(3 * 256, outcome.Backwards);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Central differences along the gradient: the slope there is the gradient's length. Batch normalisation goes by its running statistics, so that other samples have no part in it.
    [Theory]
    [InlineData("mlp", 1)]
    [InlineData("resnet9", 4)]
    [InlineData("resnet-small", 4)]
    [InlineData("resnet18", 4)]
    [InlineData("vit", 1)]
    public void Is_the_slope_of_the_loss_along_it_and_no_less_than_the_last_layers(string model, int width)
    {
        using var scope = torch.NewDisposeScope();
        using var first = new FirstImages(model, width, count: 3);
        var (network, batch) = (first.Network, first.Batch);
        var request = new SampleRequest(Training: false, new HashSet<string> { SignalNames.LastLayerGradient, SignalNames.FullGradient });
        var told = new NetworkPass(first.Task, network, Precision.Fp32, torch.CPU).Measure(batch, request);
        var (full, last) = (told.Signals[SignalNames.FullGradient].ToArray<float>(), told.Signals[SignalNames.LastLayerGradient].ToArray<float>());

        // In the run's coarser precision it is the same to the bit.
        var coarse = new NetworkPass(first.Task, network, Precision.Bf16, torch.CPU).Measure(batch, request with { Signals = new HashSet<string> { SignalNames.FullGradient } });
        Assert.Equal(full, coarse.Signals[SignalNames.FullGradient].ToArray<float>());
        Assert.False(told.Signals[SignalNames.FullGradient].requires_grad);

        network.Module.to(torch.ScalarType.Float64);
        for (var k = 0; k < 3; k++)
        {
            Assert.True(full[k] >= last[k] * (1 - 1e-5), $"{model}, sample {k}: {full[k]} over all parameters and {last[k]} in the last layer");
            var parameters = network.Module.parameters().ToArray();
            var gradients = torch.autograd.grad([Loss()], parameters);
            var length = Math.Sqrt(gradients.Sum(static gradient => gradient.square().sum().item<double>()));
            double Shifted(double by)
            {
                Move(by);
                using var silent = torch.no_grad();
                var loss = Loss().item<double>();
                Move(-by);
                return loss;
            }

            void Move(double by)
            {
                using var silent = torch.no_grad();
                foreach (var (parameter, gradient) in parameters.Zip(gradients))
                {
                    parameter.add_(gradient * (by / length));
                }
            }

            torch.Tensor Loss()
            {
                var one = batch.Narrow(k, 1);
                var output = ((torch.nn.Module<torch.Tensor, torch.Tensor>)network.Module).call(one[Batch.Input].to(torch.ScalarType.Float64));
                return torch.nn.functional.cross_entropy(output, one[Batch.Target]);
            }

            const double Step = 1e-5;
            Assert.Equal((Shifted(Step) - Shifted(-Step)) / (2 * Step), full[k], 1e-3 * full[k]);
        }
    }

    [Fact]
    public void Changes_nothing_in_the_training_and_of_a_TorchScript_file_can_be_had_too()
    {
        foreach (var recipe in new[] { Small.Recipe with { Epochs = 2 }, (Small.Recipe with { Epochs = 2 }).With(ScriptFiles.At("scripted.pt")) })
        {
            var trainer = recipe.CreateTrainer(Small.Images(64, 16), torch.CPU);
            var without = trainer.Run(new TrainingRequest { Method = "full" }, []);
            var with = trainer.Run(new TrainingRequest { Method = "full", Scores = [Full, "el2n"] }, []);
            Assert.Equal(without.WeightsSha256(), with.WeightsSha256());
            Assert.All(with.Scores[0].Values.ToArray(), static length => Assert.InRange(length, float.Epsilon, float.MaxValue));

            // What is right for certain pulls at nothing.
            Assert.Equal(0, with.Scores[0].Values.ToArray().Zip(with.Scores[1].Values.ToArray()).Count(static pair => pair.Second == 0 && pair.First > 1e-5));
        }
    }

    [Fact]
    public void A_run_that_is_stopped_within_the_pass_goes_on_to_the_same_bits()
    {
        var whole = Run("whole", null, default);
        using var stop = new CancellationTokenSource();
        Assert.True(Run("parts", new StopAt(stop, 40), stop.Token).Interrupted);
        var rest = Run("parts", null, default);
        Assert.Equal(whole.WeightsSha256(), rest.WeightsSha256());
        Assert.Equal(whole.Scores[0].Values.ToArray(), rest.Scores[0].Values.ToArray());
        Assert.Equal((whole.Forwards, whole.Backwards), (rest.Forwards, rest.Backwards));
    }

    [RanksFact]
    public void Two_ranks_have_all_of_them_and_nearly_those_of_one()
    {
        var (data, recipe) = (Small.Vectors(), s_vectors with { BatchSize = 63 });
        var request = new TrainingRequest { Method = "full", Scores = [Full] };
        var both = RankThreads.Run(2, group => recipe.CreateTrainer(data, torch.CPU).Run(request, [], null, group));
        var one = recipe.CreateTrainer(data, torch.CPU).Run(request, []);
        Assert.Equal(both[0].Scores[0].Values.ToArray(), both[1].Scores[0].Values.ToArray());
        Assert.All(one.Scores[0].Values.ToArray().Zip(both[0].Scores[0].Values.ToArray()), static pair => Assert.Equal(pair.First, pair.Second, 1e-3 * pair.First));
    }

    [Fact]
    public void A_network_that_mixes_the_samples_of_a_batch_is_refused_before_it_is_trained()
    {
        using var scope = torch.NewDisposeScope();
        var task = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU).Task;
        using var samples = task.OpenTrain(torch.CPU, MemoryLayout.Contiguous);
        using var mixing = new Network(new Mixing());
        var error = Assert.Throws<RecipeException>(() => SampleGradients.Check(task, mixing, samples));
        Assert.Contains("mixes the samples of a batch in evaluation mode, too: sample 0 has the loss", error.Message, StringComparison.Ordinal);
        Assert.Contains("or take el2n", error.Message, StringComparison.Ordinal);
        using var plain = new Network(ModelCatalog.Create("mlp", new ModelShape(4, 1, 1, 2)));
        SampleGradients.Check(task, plain, samples);
    }

    // In training mode batch normalisation mixes samples, so that a visit has no gradient of its own.
    [Fact]
    public void Methods_and_scores_that_go_by_visits_are_refused_it()
    {
        var trainer = s_vectors.CreateTrainer(Small.Vectors(), torch.CPU);
        var error = Assert.Throws<RecipeException>(() => trainer.Check(new TrainingRequest { Method = "mine", Policy = new TestPolicy { Needs = [ScoreSignals.FullGradient] } }));
        Assert.Contains("needs full_gradient of each sample, which classify doesn't tell", error.Message, StringComparison.Ordinal);
    }

    private TrainingOutcome Run(string name, TrainerCallback? callback, CancellationToken stop)
    {
        using var saved = new SavedRun(Path.Combine(_root, name));
        return (Small.Recipe with { Epochs = 2 }).CreateTrainer(Small.Images(96, 16), torch.CPU).Run(new TrainingRequest { Method = "full", Seed = 3, Scores = [Full] }, callback is null ? [] : [callback], saved.Checkpoints, stop: stop);
    }

    /// <summary>The lengths over all parameters and of the last layer, by outer products of what goes into a layer and the slope of the loss at what comes out.</summary>
    private static (double All, double Last) ByHand(TrainingOutcome outcome, SampleSet train, int id)
    {
        string[] names = ["hidden1", "hidden2", "head"];
        var weights = names.Select(name => (W: Values(name + ".weight"), B: Values(name + ".bias"))).ToArray();
        var inputs = new double[3][];
        double[] x = [.. Enumerable.Range(0, 4).Select(d => (double)(train.Floats[(id * 4) + d] - train.Mean[d]) / train.Std[d])];
        for (var layer = 0; layer < 3; layer++)
        {
            inputs[layer] = layer == 0 ? x : [.. x.Select(static v => Math.Max(0, v))];
            x = [.. weights[layer].B.Select((b, row) => b + inputs[layer].Select((v, column) => v * weights[layer].W[(row * inputs[layer].Length) + column]).Sum())];
        }

        var sum = x.Sum(static z => Math.Exp(z));
        double[] slope = [.. x.Select((z, k) => (Math.Exp(z) / sum) - (k == train.Labels[id] ? 1 : 0))];
        double squares = 0, last = 0;
        for (var layer = 2; layer >= 0; layer--)
        {
            foreach (var s in slope)
            {
                squares += (s * s) + inputs[layer].Sum(v => s * v * (s * v));
            }

            last = layer == 2 ? squares : last;
            slope = [.. inputs[layer].Select((v, column) => v > 0 ? slope.Select((s, row) => s * weights[layer].W[(row * inputs[layer].Length) + column]).Sum() : 0)];
        }

        return (Math.Sqrt(squares), Math.Sqrt(last));

        double[] Values(string name) => [.. outcome.Weights.Single(entry => entry.Name == name).Values.Select(static value => (double)value)];
    }

    private sealed class StopAt(CancellationTokenSource stop, int sample) : TrainerCallback
    {
        public override void OnGradient(int done, int total)
        {
            Assert.Equal(96, total);
            Assert.InRange(done, 1, sample);
            if (done == sample)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Batch normalisation that goes by the batch in every mode.</summary>
    private sealed class Mixing : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly TorchSharp.Modules.Linear _head;

        public Mixing()
            : base(nameof(Mixing)) => register_module("head", _head = torch.nn.Linear(4, 2));

        public override torch.Tensor forward(torch.Tensor input) => _head.call(input - input.mean([0L], keepdim: true));
    }
}
