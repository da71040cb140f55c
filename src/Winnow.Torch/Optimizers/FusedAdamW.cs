using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>Adam with decoupled weight decay, as PyTorch defines it. Loshchilov and Hutter 2019.</summary>
public sealed class FusedAdamW : IOptimizer
{
    private readonly ParameterState _parameters;
    private readonly AdamWOptions _options;
    private readonly bool _fused;

    /// <summary>Makes an optimiser of a model's parameters.</summary>
    /// <param name="parameters">Stay the model's.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">No parameters, or a setting out of range.</exception>
    public FusedAdamW(IEnumerable<Parameter> parameters, AdamWOptions? options = null)
    {
        _options = options ?? new AdamWOptions();
        if (!(_options.Beta1 is >= 0 and < 1) || !(_options.Beta2 is >= 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Beta1 {_options.Beta1} or Beta2 {_options.Beta2} is out of range; use 0 to below 1."), nameof(options));
        }

        if (!(_options.Epsilon > 0 && double.IsFinite(_options.Epsilon)))
        {
            throw new ArgumentException(FormattableString.Invariant($"Epsilon {_options.Epsilon} is out of range; use a number above 0."), nameof(options));
        }

        if (!(_options.WeightDecay >= 0 && double.IsFinite(_options.WeightDecay)))
        {
            throw new ArgumentException(FormattableString.Invariant($"Weight decay {_options.WeightDecay} is out of range; use 0 or more."), nameof(options));
        }

        _parameters = new ParameterState(parameters, "mean", "square");
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
            FusedKernels.AdamW(ready, _options, learningRate, Steps + 1);
        }
        else
        {
            PlainSteps.AdamW(ready, _options, learningRate, Steps + 1);
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
