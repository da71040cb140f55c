using Winnow.Torch.Interop;

namespace Winnow.Torch.Optimizers;

/// <summary>The parameters of an optimiser and what it remembers per parameter, ready to be handed to the native library as lists.</summary>
internal sealed unsafe class ParameterList : IDisposable
{
    readonly Tensor[] _parameters;
    readonly (string Name, Tensor[] Tensors)[] _state;

    /// <summary>Takes the parameters and makes zeros like each for every named state.</summary>
    public ParameterList(IReadOnlyList<Tensor> parameters, params ReadOnlySpan<string> state)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Count == 0)
        {
            throw new ArgumentException("An optimiser needs at least one parameter.", nameof(parameters));
        }

        _parameters = [.. parameters];
        _state = new (string, Tensor[])[state.Length];
        using var noGrad = NoGrad.Enter();
        for (var i = 0; i < state.Length; i++)
        {
            _state[i] = (state[i], [.. _parameters.Select(parameter => Ops.ZerosLike(parameter).Keep())]);
        }
    }

    public int Count => _parameters.Length;

    public IEnumerable<(string Name, Tensor Tensor)> NamedState() =>
        _state.SelectMany(state => state.Tensors.Select((tensor, i) => ($"{state.Name}.{i}", tensor)));

    /// <summary>Writes the handles of the parameters, then of each state, one list after the other. Keep this object alive over the call.</summary>
    public void WriteHandles(Span<nint> destination)
    {
        var next = 0;
        foreach (var parameter in _parameters)
        {
            destination[next++] = parameter.Handle;
        }

        foreach (var (_, tensors) in _state)
        {
            foreach (var tensor in tensors)
            {
                destination[next++] = tensor.Handle;
            }
        }
    }

    public void ZeroGrad()
    {
        var handles = stackalloc nint[Count];
        for (var i = 0; i < Count; i++)
        {
            handles[i] = _parameters[i].Handle;
        }

        Native.Check(Native.winnow_clear_grads(handles, Count));
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        foreach (var (_, tensors) in _state)
        {
            foreach (var tensor in tensors)
            {
                tensor.Dispose();
            }
        }
    }
}
