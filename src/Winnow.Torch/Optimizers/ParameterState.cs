using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Torch.Optimizers;

/// <summary>The parameters of an optimiser, and named tensors of zeros that it remembers for each.</summary>
internal sealed class ParameterState : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly (string Name, Tensor[] Tensors)[] _state;

    public ParameterState(IEnumerable<Parameter> parameters, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        TorchRuntime.Load();
        _parameters = [.. parameters];
        if (_parameters.Length == 0)
        {
            throw new ArgumentException("An optimiser needs parameters, and there are none; pass module.parameters() of a module that has some.", nameof(parameters));
        }

        using var silent = no_grad();
        _state = new (string, Tensor[])[names.Length];
        for (var k = 0; k < names.Length; k++)
        {
            // Beyond any scope: they live as long as the optimiser. Like the parameter, also in memory order.
            _state[k] = (names[k], Array.ConvertAll(_parameters, static parameter => zeros_like(parameter).DetachFromDisposeScope()));
        }
    }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Those with a gradient: each with its gradient and what is remembered of it. The gradients belong to the current scope.</summary>
    public List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> Ready()
    {
        var ready = new List<(Tensor, Tensor, Tensor[])>(_parameters.Length);
        for (var k = 0; k < _parameters.Length; k++)
        {
            if (_parameters[k].grad is { } gradient)
            {
                ready.Add((_parameters[k], gradient, Array.ConvertAll(_state, state => state.Tensors[k])));
            }
        }

        return ready;
    }

    public void ZeroGrad()
    {
        foreach (var parameter in _parameters)
        {
            parameter.grad = null;
        }
    }

    public IEnumerable<(string Name, Tensor Tensor)> NamedState() =>
        _state.SelectMany(static state => state.Tensors.Select((tensor, k) => (FormattableString.Invariant($"{state.Name}.{k}"), tensor)));

    public void Dispose()
    {
        foreach (var tensor in _state.SelectMany(static state => state.Tensors))
        {
            tensor.Dispose();
        }
    }
}
