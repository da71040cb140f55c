using Winnow.Torch.Interop;

namespace Winnow.Torch.Distributed;

/// <summary>An exchange under way; wait for it once.</summary>
public sealed class Exchange
{
    readonly ProcessGroup _group;
    readonly Tensor[] _tensors;
    nint _work;

    internal Exchange(ProcessGroup group, nint work, params Tensor[] tensors) => (_group, _work, _tensors) = (group, work, tensors);

    /// <summary>Waits until the exchange is over.</summary>
    /// <exception cref="InvalidOperationException">It was waited for before.</exception>
    /// <exception cref="RankLostException">A rank is lost.</exception>
    public void Wait()
    {
        var work = Interlocked.Exchange(ref _work, 0);
        if (work == 0)
        {
            throw new InvalidOperationException("the exchange was waited for before; wait once.");
        }

        _group.Call(() => Native.winnow_work_wait(work), begins: false);
        GC.KeepAlive(_tensors);
    }
}
