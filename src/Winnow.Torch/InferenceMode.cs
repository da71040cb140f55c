using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// While it lasts, tensors made by this thread can never take part in a backward pass, which makes operators a little faster than under
/// <see cref="NoGrad"/>. For evaluation and scoring. Restores what was before at its end; nests.
/// </summary>
public ref struct InferenceMode
{
    nint _mode;

    InferenceMode(nint mode) => _mode = mode;

    /// <summary>Enters the mode until the result is disposed.</summary>
    public static InferenceMode Enter()
    {
        TorchRuntime.PrepareThread();
        Native.Check(Native.winnow_inference_enter(out var mode));
        return new InferenceMode(mode);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        var mode = _mode;
        _mode = 0;
        if (mode != 0)
        {
            Native.Check(Native.winnow_inference_exit(mode));
        }
    }
}
