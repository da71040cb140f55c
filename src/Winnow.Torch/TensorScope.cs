namespace Winnow.Torch;

/// <summary>
/// Releases every tensor made on this thread during its life, at its end. Scopes nest: a tensor belongs to the innermost scope that was
/// open when it was made. <see cref="Adopt"/> moves a result to an outer scope, <see cref="Tensor.Keep"/> out of all of them.
/// </summary>
/// <remarks>
/// A training step has one scope, and a second around the forward pass from which only the logits are adopted: everything else the forward
/// made is dropped before the backward pass, and autograd alone decides how long it lives.
/// </remarks>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    static TensorScope? s_current;

    readonly TensorScope? _outer;
    Tensor?[] _tensors = new Tensor?[64];
    int _count;
    bool _disposed;

    /// <summary>Opens a scope inside the thread's current one.</summary>
    public TensorScope()
    {
        _outer = s_current;
        s_current = this;
    }

    /// <summary>The innermost open scope of this thread, or null.</summary>
    internal static TensorScope? Current => s_current;

    /// <summary>Takes over a tensor: it now lives until this scope ends. Returns it.</summary>
    /// <param name="tensor">A tensor of an inner scope, or of none.</param>
    public Tensor Adopt(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        if (tensor.Scope != this)
        {
            tensor.Scope?.Forget(tensor);
            Add(tensor);
        }

        return tensor;
    }

    /// <summary>Releases the scope's tensors and makes the outer scope current again.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or this is not the thread that opened it.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (s_current != this)
        {
            throw new InvalidOperationException(
                "A TensorScope must end on the thread that opened it, after the scopes inside it; write it as a using statement.");
        }

        s_current = _outer;
        _disposed = true;
        for (var i = _count - 1; i >= 0; i--)
        {
            var tensor = _tensors[i];
            if (tensor is not null)
            {
                tensor.Scope = null;
                tensor.Dispose();
            }
        }

        _tensors = [];
        _count = 0;
    }

    internal void Add(Tensor tensor)
    {
        if (_count == _tensors.Length)
        {
            Array.Resize(ref _tensors, _count * 2);
        }

        tensor.Scope = this;
        tensor.Slot = _count;
        _tensors[_count++] = tensor;
    }

    internal void Forget(Tensor tensor)
    {
        _tensors[tensor.Slot] = null;
        tensor.Scope = null;

        // Temporaries released one by one, as modules do, leave no holes behind.
        while (_count > 0 && _tensors[_count - 1] is null)
        {
            _count--;
        }
    }
}
