using Winnow.Torch.Interop;

namespace Winnow.Torch.Optimizers;

/// <summary>Adam with decoupled weight decay, as PyTorch defines it. Loshchilov and Hutter 2019.</summary>
public sealed unsafe class AdamW : IOptimizer
{
    readonly ParameterList _parameters;
    readonly AdamWOptions _options;

    /// <summary>Makes an optimiser of a model's parameters.</summary>
    /// <param name="parameters">Stay the model's.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">No parameters, or a setting out of range.</exception>
    public AdamW(IReadOnlyList<Tensor> parameters, AdamWOptions? options = null)
    {
        _options = options ?? new AdamWOptions();
        if (!(_options.Beta1 is >= 0 and < 1) || !(_options.Beta2 is >= 0 and < 1))
        {
            throw new ArgumentException(
                $"Beta1 {_options.Beta1} or Beta2 {_options.Beta2} is out of range; use 0 to below 1.", nameof(options));
        }

        if (!(_options.Epsilon > 0 && double.IsFinite(_options.Epsilon)))
        {
            throw new ArgumentException($"Epsilon {_options.Epsilon} is out of range; use a number above 0.", nameof(options));
        }

        if (!(_options.WeightDecay >= 0 && double.IsFinite(_options.WeightDecay)))
        {
            throw new ArgumentException($"Weight decay {_options.WeightDecay} is out of range; use 0 or more.", nameof(options));
        }

        _parameters = new ParameterList(parameters, "mean", "square");
    }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        TorchRuntime.PrepareThread();
        var count = _parameters.Count;
        var handles = stackalloc nint[3 * count];
        _parameters.WriteHandles(new Span<nint>(handles, 3 * count));
        Native.Check(Native.winnow_adamw_step(
            handles, handles + count, handles + (2 * count), count, learningRate, _options.Beta1, _options.Beta2, _options.Epsilon,
            _options.WeightDecay, Steps + 1));
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
