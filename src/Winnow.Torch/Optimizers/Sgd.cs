using Winnow.Torch.Interop;

namespace Winnow.Torch.Optimizers;

/// <summary>
/// Stochastic gradient descent with momentum as PyTorch defines it: d = g + decay·p; m = momentum·m + d;
/// p -= rate·(d + momentum·m) with Nesterov, rate·m without.
/// </summary>
public sealed unsafe class Sgd : IOptimizer
{
    readonly ParameterList _parameters;
    readonly SgdOptions _options;

    /// <summary>Makes an optimiser of a model's parameters.</summary>
    /// <param name="parameters">Stay the model's.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">No parameters, or a setting out of range.</exception>
    public Sgd(IReadOnlyList<Tensor> parameters, SgdOptions? options = null)
    {
        _options = options ?? new SgdOptions();
        if (!(_options.Momentum is >= 0 and < 1))
        {
            throw new ArgumentException($"Momentum {_options.Momentum} is out of range; use 0 to below 1.", nameof(options));
        }

        if (!(_options.WeightDecay >= 0 && double.IsFinite(_options.WeightDecay)))
        {
            throw new ArgumentException($"Weight decay {_options.WeightDecay} is out of range; use 0 or more.", nameof(options));
        }

        _parameters = new ParameterList(parameters, "momentum");
    }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        TorchRuntime.PrepareThread();
        var count = _parameters.Count;
        var handles = stackalloc nint[2 * count];
        _parameters.WriteHandles(new Span<nint>(handles, 2 * count));
        Native.Check(Native.winnow_sgd_step(
            handles, handles + count, count, learningRate, _options.Momentum, _options.WeightDecay, _options.Nesterov ? 1 : 0));
        GC.KeepAlive(_parameters);
        Steps++;
    }

    /// <inheritdoc/>
    public void ZeroGrad() => _parameters.ZeroGrad();

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Tensor)> NamedState() => _parameters.NamedState();

    /// <summary>Releases what the optimiser remembers; the parameters stay.</summary>
    public void Dispose() => _parameters.Dispose();
}
