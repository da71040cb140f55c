using System.Runtime.InteropServices;
using Winnow.Networks.Masks;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Scores;

/// <summary>What scores are computed of. Nothing here changes a network, but while a score says so and until it returns.</summary>
public sealed record ScoreInput
{
    /// <summary>Weights to score.</summary>
    /// <param name="weights">Such as <see cref="PrunableWeights.Of"/> lists; they stay the network's.</param>
    public ScoreInput(IReadOnlyList<NamedWeight> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Weights = weights;
    }

    /// <summary>The weights.</summary>
    public IReadOnlyList<NamedWeight> Weights { get; init; }

    /// <summary>What hasn't been pruned yet; null, the default: nothing has. Budgets keep nothing else.</summary>
    public MaskSet? Alive { get; init; }

    /// <summary>
    /// The loss's gradient by each weight, in the weights' order and shapes. Null, the default: it is computed of <see cref="Loss"/>, or where there is none either, taken from what the last backward pass left at the
    /// weights.
    /// </summary>
    public IReadOnlyList<Tensor>? Gradients { get; init; }

    /// <summary>Computes the loss, a single number, with history; called anew by each score that needs it.</summary>
    public Func<Tensor>? Loss { get; init; }

    /// <summary>The network that the weights are of.</summary>
    public nn.Module<Tensor, Tensor>? Network { get; init; }

    /// <summary>Any input of the network, [n, …]; only its size counts.</summary>
    public Tensor? Sample { get; init; }

    /// <summary>The run's seed. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tells draws of one seed apart: the round or the step, at least 0. Default 0.</summary>
    public int Round { get; init; }

    /// <summary>Says of a parameter's name what group of layers it belongs to; null, the default: all to one.</summary>
    public Func<string, string>? GroupOf { get; init; }

    /// <summary>A weight's numbers as float32, row-major.</summary>
    internal float[] Values(int index) => Singles(Weights[index].Weight);

    /// <summary>The gradients' numbers as float32, row-major, in the weights' order.</summary>
    internal float[][] GradientValues(string score)
    {
        using var scope = NewDisposeScope();
        var gradients = Gradients ?? (Loss is null ? null : Differentiate(Loss, createGraph: false));
        var values = new float[Weights.Count][];
        if (gradients is not null && gradients.Count != Weights.Count)
        {
            throw new NetworkPruningException($"there are {gradients.Count} gradients for {Weights.Count} weights; give one a weight.");
        }

        for (var k = 0; k < values.Length; k++)
        {
            var (name, weight) = Weights[k];
            var gradient = (gradients is null ? weight.grad : gradients[k])
                ?? throw new NetworkPruningException($"{score} goes by gradients, and {name} has none; run a backward pass first, or give gradients or a loss.");
            values[k] = gradient.shape.AsSpan().SequenceEqual(weight.shape) ? Singles(gradient)
                : throw new NetworkPruningException($"the gradient of {name} is of shape {Mask.Describe(gradient.shape)}, and the weight of {Mask.Describe(weight.shape)}; give gradients in the weights' order.");
        }

        return values;
    }

    /// <summary>
    /// The gradients of a number by the weights; they belong to the current scope. What the weights' gradients were before, they are afterwards. By a backward pass: TorchSharp's function for gradients
    /// alone doesn't catch libtorch's exceptions, so that a loss without history would end the process.
    /// </summary>
    internal IReadOnlyList<Tensor> Differentiate(Func<Tensor> number, bool createGraph)
    {
        if (Weights.FirstOrDefault(static weight => !weight.Weight.requires_grad) is { Name: not null } frozen)
        {
            throw new NetworkPruningException($"{frozen.Name} is frozen and has no gradient; set requires_grad, or leave it out.");
        }

        using var tracked = enable_grad();
        Tensor?[] before = [.. Weights.Select(static weight => weight.Weight.grad)];
        try
        {
            SetGradients(_ => null);
            autograd.backward([number()], retain_graph: createGraph, create_graph: createGraph, inputs: [.. Weights.Select(static weight => weight.Weight)]);
            return [.. Weights.Select(static weight => weight.Weight.grad ?? throw new NetworkPruningException($"the loss doesn't depend on {weight.Name}; leave it out, or give another loss."))];
        }
        catch (ExternalException error)
        {
            throw new NetworkPruningException($"no gradient can be computed: {error.Message.Split('\n')[0]} The loss has to be one number, with history.", error);
        }
        finally
        {
            SetGradients(k => before[k]);
        }
    }

    private void SetGradients(Func<int, Tensor?> of)
    {
        for (var k = 0; k < Weights.Count; k++)
        {
            Weights[k].Weight.grad = of(k);
        }
    }

    /// <summary>Numbers as float32, row-major, none of them NaN.</summary>
    internal static float[] Numbers(Tensor tensor, string name)
    {
        var numbers = Singles(tensor);
        return Array.FindIndex(numbers, float.IsNaN) is var at && at >= 0
            ? throw new NetworkPruningException($"{name} is NaN at {at}; a network with such numbers can't be scored. Go back to a state before it diverged.")
            : numbers;
    }

    internal static float[] Singles(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float32).ToArray<float>();
    }
}
