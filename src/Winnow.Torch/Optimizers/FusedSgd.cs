using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>Stochastic gradient descent with momentum, as PyTorch defines it. Sutskever et al. 2013.</summary>
public sealed class FusedSgd : IOptimizer
{
    private readonly ParameterState _parameters;
    private readonly SgdOptions _options;
    private readonly bool _fused;

    /// <summary>Makes an optimiser of a model's parameters.</summary>
    /// <param name="parameters">Stay the model's.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">No parameters, or a setting out of range.</exception>
    public FusedSgd(IEnumerable<Parameter> parameters, SgdOptions? options = null)
    {
        _options = options ?? new SgdOptions();
        if (!(_options.Momentum is >= 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Momentum {_options.Momentum} is out of range; use 0 to below 1."), nameof(options));
        }

        if (!(_options.WeightDecay >= 0 && double.IsFinite(_options.WeightDecay)))
        {
            throw new ArgumentException(FormattableString.Invariant($"Weight decay {_options.WeightDecay} is out of range; use 0 or more."), nameof(options));
        }

        _parameters = _options.Momentum > 0 ? new ParameterState(parameters, "momentum") : new ParameterState(parameters);
        _fused = FusedKernels.AreInUse;
    }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters => _parameters.Parameters;

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        using var scope = NewDisposeScope();
        var ready = _parameters.Ready();
        if (_fused)
        {
            FusedKernels.Sgd(ready, _options, learningRate);
        }
        else
        {
            PlainSteps.Sgd(ready, _options, learningRate);
        }

        Steps++;
    }

    /// <inheritdoc/>
    public void ZeroGrad() => _parameters.ZeroGrad();

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Tensor)> NamedState() => _parameters.NamedState();

    /// <summary>Releases what the optimiser remembers; the parameters stay.</summary>
    public void Dispose() => _parameters.Dispose();
}
