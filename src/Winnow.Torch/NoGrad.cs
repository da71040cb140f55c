using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>While it lasts, operators of this thread record nothing for backward passes. Restores what was before at its end; nests.</summary>
/// <example><code>using (NoGrad.Enter()) { … }</code></example>
public ref struct NoGrad
{
    readonly int _previous;
    bool _active;

    NoGrad(int previous)
    {
        _previous = previous;
        _active = true;
    }

    /// <summary>Whether this thread records for backward passes now.</summary>
    public static bool IsRecording
    {
        get
        {
            TorchRuntime.PrepareThread();
            Native.Check(Native.winnow_grad_mode(-1, out var recording));
            return recording != 0;
        }
    }

    /// <summary>Stops recording until the result is disposed.</summary>
    public static NoGrad Enter()
    {
        TorchRuntime.PrepareThread();
        Native.Check(Native.winnow_grad_mode(0, out var previous));
        return new NoGrad(previous);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        if (_active)
        {
            _active = false;
            Native.Check(Native.winnow_grad_mode(_previous, out _));
        }
    }
}
