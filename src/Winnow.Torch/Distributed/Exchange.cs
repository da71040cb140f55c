using static TorchSharp.torch;

namespace Winnow.Torch.Distributed;

/// <summary>An exchange under way; wait for it once.</summary>
public sealed class Exchange
{
    private readonly ProcessGroup _group;
    private readonly IExchanges _way;
    private readonly ExchangedMemory[] _memory;
    private readonly nint _work;
    private int _waited;

    internal Exchange(ProcessGroup group, IExchanges way, nint work, params ExchangedMemory[] memory) => (_group, _way, _work, _memory) = (group, way, work, memory);

    /// <summary>Waits until the exchange is over.</summary>
    /// <exception cref="InvalidOperationException">It was waited for before.</exception>
    /// <exception cref="RankLostException">A rank is lost.</exception>
    public void Wait()
    {
        if (Interlocked.Exchange(ref _waited, 1) != 0)
        {
            throw new InvalidOperationException("the exchange was waited for before; wait once.");
        }

        try
        {
            _group.Finish(this, _way, _work);
            foreach (var memory in _memory)
            {
                memory.CopyBack();
            }
        }
        finally
        {
            foreach (var memory in _memory)
            {
                memory.Dispose();
            }
        }
    }
}

/// <summary>A tensor's memory while it is exchanged: its own where its elements lie in order without gaps, else a copy.</summary>
internal sealed class ExchangedMemory : IDisposable
{
    private readonly Tensor? _original;
    private readonly Tensor _memory;

    /// <param name="tensor">Stays the caller's, who may release it at any time.</param>
    /// <param name="isResult">Whether the exchange changes it.</param>
    public ExchangedMemory(Tensor tensor, bool isResult)
    {
        using var scope = NewDisposeScope();
        var plain = tensor.detach();
        var memory = plain.contiguous();
        _memory = memory.DetachFromDisposeScope();
        _original = isResult && !plain.is_contiguous() ? plain.DetachFromDisposeScope() : null;
        Address = _memory.numel() > 0 ? TensorMemory.Address(_memory) : 0;
    }

    /// <summary>Where the first element lies on the tensor's device; 0 where there is none.</summary>
    public nint Address { get; }

    /// <summary>Puts what came into the tensor, where a copy was exchanged.</summary>
    public void CopyBack() => _original?.copy_(_memory).Dispose();

    public void Dispose()
    {
        _memory.Dispose();
        _original?.Dispose();
    }
}
