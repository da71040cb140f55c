using TorchSharp.Modules;
using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Scores;

/// <summary>Each score against a case by hand or a computation of another kind.</summary>
public class WeightScoreTests
{
    [Fact]
    public void Magnitude_snip_taylor_and_gradient_are_products_by_hand()
    {
        using var scope = NewDisposeScope();
        var input = Of([3, -1, 0.5f, -2], [0.5f, 4, -1, 0]);
        Assert.Equal([3, 1, 0.5f, 2], new MagnitudeScore().Score(input)[0]);
        Assert.Equal([1.5f, 4, 0.5f, 0], new SnipScore().Score(input)[0]);
        Assert.Equal([1.5f, 4, 0.5f, 0], new TaylorScore().Score(input)[0]);
        Assert.Equal([0.5f, 4, 1, 0], new GradientScore().Score(input)[0]);
    }

    [Fact]
    public void Lamp_is_its_closed_form_by_hand()
    {
        using var scope = NewDisposeScope();
        // Squares 9, 1, 4, 1: in order 9, 4, 1 (first), 1 (second).
        var scores = new LampScore().Score(Of([3, -1, 2, 1]))[0];
        Assert.Equal([1, 1f / 14, 4f / 13, 1f / 15], scores);
        var alive = new MaskSet([Mask.Of("w", [false, true, true, true])]);
        Assert.Equal([0, 1f / 5, 1, 1f / 6], new LampScore().Score(Of([3, -1, 2, 1]) with { Alive = alive })[0]);
        Assert.Equal([0f, 0], new LampScore().Score(Of([0, 0]))[0]);
    }

    // With the global budget no layer is emptied before all are at one, however their magnitudes differ.
    [Fact]
    public void Lamp_lets_no_layer_go_first()
    {
        using var net = Nets.Dense();
        using (no_grad())
        {
            net.get_parameter("fc1.weight")!.mul_(1e-3);
        }

        ScoreInput input = new(PrunableWeights.Of(net));
        Assert.Equal([1L, 1], new GlobalBudget().Counts(new LampScore().Layers(input), 2));
        Assert.Equal([0L, 2], new GlobalBudget().Counts(new MagnitudeScore().Layers(input), 2));
    }

    [Fact]
    public void Random_is_uniform_and_goes_by_seed_round_and_name()
    {
        using var scope = NewDisposeScope();
        NamedWeight a = new("a", new Parameter(zeros(200_000))), b = new("b", new Parameter(zeros(1_000)));
        var scores = new RandomScore().Score(new([a, b]));
        for (var tenth = 0; tenth < 10; tenth++)
        {
            // Ten deviations of 134.
            Assert.InRange(scores[0].Count(x => (int)(x * 10) == tenth), 18_660, 21_340);
        }

        Assert.Equal(scores[0], new RandomScore().Score(new([b, a]))[1]);
        Assert.NotEqual(scores[0][..1000], scores[1]);
        Assert.NotEqual(scores[1], new RandomScore().Score(new([b]) { Seed = 1 })[0]);
        Assert.NotEqual(scores[1], new RandomScore().Score(new([b]) { Round = 1 })[0]);
    }

    // H·g against differences of the gradient, in float64.
    [Fact]
    public void Grasp_is_the_gradients_change_along_itself()
    {
        using var scope = NewDisposeScope();
        using var net = Nets.Dense();
        net.to(ScalarType.Float64);
        Tensor x = Nets.Random(5, 6, 8).to(ScalarType.Float64), y = Nets.Random(6, 6, 4).to(ScalarType.Float64);
        Tensor Loss() => nn.functional.mse_loss(nn.functional.linear(nn.functional.linear(x, net.get_parameter("fc1.weight")!).tanh(), net.get_parameter("fc2.weight")!), y);
        var weights = PrunableWeights.Of(net);
        var scores = new GraspScore().Score(new(weights) { Loss = Loss });
        Tensor[] parameters = [.. weights.Select(static weight => weight.Weight)];
        var gradient = autograd.grad([Loss()], parameters);
        const double Step = 1e-5;
        void Move(double by)
        {
            using var silent = no_grad();
            for (var k = 0; k < parameters.Length; k++)
            {
                parameters[k].add_(gradient[k], alpha: by);
            }
        }

        Move(Step);
        var ahead = autograd.grad([Loss()], parameters);
        Move(-2 * Step);
        var behind = autograd.grad([Loss()], parameters);
        Move(Step);
        for (var k = 0; k < parameters.Length; k++)
        {
            var expected = ((ahead[k] - behind[k]) / (2 * Step) * parameters[k]).detach().ToArray<double>();
            Assert.Contains(expected, static e => Math.Abs(e) > 1e-3);
            Assert.All(expected.Zip(scores[k]), static pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
    }

    [Fact]
    public void Synaptic_flow_is_the_sum_over_paths_and_conserved_from_layer_to_layer()
    {
        using var net = nn.Sequential(("fc1", nn.Linear(5, 4, hasBias: false)), ("relu", nn.ReLU()), ("fc2", nn.Linear(4, 3, hasBias: false)));
        Nets.Fill(net, 3);
        float[] a = [.. net.get_parameter("fc1.weight")!.Values().Select(MathF.Abs)], b = [.. net.get_parameter("fc2.weight")!.Values().Select(MathF.Abs)];
        using var sample = zeros(7, 5);
        var scores = new SynFlowScore().Score(new(PrunableWeights.Of(net)) { Network = net, Sample = sample });
        for (var i = 0; i < 4; i++)
        {
            double leaves = Enumerable.Range(0, 3).Sum(k => (double)b[(k * 4) + i]), arrives = Enumerable.Range(0, 5).Sum(j => (double)a[(i * 5) + j]);
            Assert.All(Enumerable.Range(0, 5), j => Assert.Equal(a[(i * 5) + j] * leaves, scores[0][(i * 5) + j], 1e-6));
            Assert.All(Enumerable.Range(0, 3), k => Assert.Equal(b[(k * 4) + i] * arrives, scores[1][(k * 4) + i], 1e-6));
        }

        Assert.Equal(scores[0].Sum(static s => (double)s), scores[1].Sum(static s => (double)s), 1e-5);
    }

    [Fact]
    public void Synaptic_flow_leaves_the_network_as_it_was()
    {
        using var net = Nets.Convolutional();
        using var sample = Nets.Random(2, 4, 3, 6, 6);
        net.train();
        net.call(sample).Dispose();
        var before = net.state_dict().ToDictionary(static s => s.Key, static s => s.Value.to(ScalarType.Float32).Values());
        var scores = new SynFlowScore().Score(new(PrunableWeights.Of(net)) { Network = net, Sample = sample });
        Assert.All(scores, static s => Assert.All(s, static score => Assert.True(score >= 0)));
        Assert.True(net.training);
        Assert.All(net.state_dict(), s => Assert.Equal(before[s.Key], s.Value.to(ScalarType.Float32).Values()));
        // Also where it fails: flow of 1e38 and more.
        using (no_grad())
        {
            net.get_parameter("fc1.weight")!.fill_(-1e38);
            net.get_parameter("fc2.weight")!.fill_(-1e38);
        }

        Assert.Contains("float32", Assert.Throws<NetworkPruningException>(() => new SynFlowScore().Score(new(PrunableWeights.Of(net)) { Network = net, Sample = sample })).Message, StringComparison.Ordinal);
        Assert.All(net.get_parameter("fc1.weight")!.Values(), static w => Assert.Equal(-1e38f, w));
        Assert.True(net.training);
    }

    // Taken at once, the flow leaves layers empty that rounds don't.
    [Fact]
    public void Rounds_of_synaptic_flow_empty_no_layer()
    {
        using var net = nn.Sequential(("fc1", nn.Linear(20, 50)), ("r1", nn.ReLU()), ("fc2", nn.Linear(50, 50)), ("r2", nn.ReLU()), ("fc3", nn.Linear(50, 3)));
        Nets.Fill(net, 8);
        using var sample = zeros(1, 20);
        ScoreInput input = new(PrunableWeights.Of(net)) { Network = net, Sample = sample };
        var before = input.Weights.Select(static weight => weight.Weight.Values()).ToArray();
        var masks = IterativeSelection.Choose(new SynFlowScore(), new GlobalBudget(), input, 0.005);
        Assert.Equal(BudgetExtensions.Kept(new MagnitudeScore().Layers(input), 0.005), masks.Kept);
        Assert.All(masks, static mask => Assert.True(mask.Kept > 0, mask.ToString()));
        Assert.Equal(before, input.Weights.Select(static weight => weight.Weight.Values()));
        Assert.Equal(masks, IterativeSelection.Choose(new SynFlowScore(), new GlobalBudget(), input, 0.005));
        Assert.Throws<NetworkPruningException>(() => IterativeSelection.Choose(new SnipScore(), new GlobalBudget(), input, 0.1));
        // One round is the score taken at once; what is dead stays so.
        Assert.Equal(new GlobalBudget().Choose(new SynFlowScore().Layers(input), 20), IterativeSelection.Choose(new SynFlowScore(), new GlobalBudget(), input, 20 / 3650.0, 1));
        var alive = new UniformBudget().Choose(new RandomScore().Layers(input), 1000);
        Assert.True(IterativeSelection.Choose(new SynFlowScore(), new GlobalBudget(), input with { Alive = alive }, 0.1, 5).IsWithin(alive));
    }

    [Fact]
    public void Gradients_are_given_computed_or_left_by_a_backward_pass()
    {
        using var scope = NewDisposeScope();
        using var net = Nets.Dense();
        Tensor x = Nets.Random(5, 6, 8), y = Nets.Random(6, 6, 4);
        Tensor Loss() => nn.functional.mse_loss(net.call(x), y);
        ScoreInput input = new(PrunableWeights.Of(net));
        Assert.Contains("fc1.weight has none", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input)).Message, StringComparison.Ordinal);
        var computed = new SnipScore().Score(input with { Loss = Loss });
        Assert.Null(net.get_parameter("fc1.weight")!.grad);
        Loss().backward();
        Assert.Equal(computed, new SnipScore().Score(input));
        Tensor[] given = [.. input.Weights.Select(static weight => weight.Weight.grad!.clone())];
        Assert.Equal(computed, new SnipScore().Score(input with { Gradients = given }));
        Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Gradients = [given[0]] }));
        Assert.Contains("fc1.weight", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Gradients = [given[1], given[0]] })).Message, StringComparison.Ordinal);
        Assert.Contains("fc2.weight", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Loss = () => net.get_parameter("fc1.weight")!.sum() })).Message, StringComparison.Ordinal);
        Assert.Contains("history", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Loss = () => zeros(1) })).Message, StringComparison.Ordinal);
        Assert.Contains("one number", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Loss = () => net.call(x) })).Message, StringComparison.Ordinal);
        Assert.Equal(computed, new SnipScore().Score(input));
        net.get_parameter("fc2.weight")!.requires_grad = false;
        Assert.Contains("fc2.weight is frozen", Assert.Throws<NetworkPruningException>(() => new SnipScore().Score(input with { Loss = Loss })).Message, StringComparison.Ordinal);
    }

    private static ScoreInput Of(float[] weights, float[]? gradients = null) => new([new("w", new Parameter(TensorData.FromSpan<float>(weights)))])
    {
        Gradients = gradients is null ? null : [TensorData.FromSpan<float>(gradients)],
    };
}
