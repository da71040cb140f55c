using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>
/// Changes parameters along their gradients. Beside TorchSharp's own optimisers these take a step in one call of libtorch, are told the learning
/// rate at each step, and show all that they remember, so that a run can go on bit for bit.
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps done so far; saved and restored with the state.</summary>
    long Steps { get; set; }

    /// <summary>The parameters it changes, in the order of <see cref="NamedState"/>.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>One step with the gradients there are; parameters without one are left alone. Does not wait for the device.</summary>
    /// <param name="learningRate">The learning rate of this step, not negative.</param>
    void Step(double learningRate);

    /// <summary>Drops the gradients, so that the next backward pass starts anew.</summary>
    void ZeroGrad();

    /// <summary>What the optimiser remembers, in a fixed order, by name: <c>momentum.0</c>, … in the order of the parameters.</summary>
    IEnumerable<(string Name, Tensor Tensor)> NamedState();
}
