using TorchSharp;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// The samples of an epoch on their way into its steps: gathered, varied and normalised for several steps at a time, since for small batches each of those dozen operators
/// costs more than its work. What a step gets is the same, bit for bit, as if it were made for that step.
/// </summary>
/// <param name="data">The training set.</param>
/// <param name="ids">This rank's samples in visiting order, int64.</param>
/// <param name="draws">Their augmentation.</param>
/// <param name="scope">The epoch's, to which the samples at hand belong.</param>
internal sealed class BatchWindow(DeviceData data, Tensor ids, EpochDraws draws, DisposeScope scope)
{
    /// <summary>About as many bytes are made ready at a time; a batch that has more is made ready alone.</summary>
    private const long Bytes = 1 << 20;

    private readonly int _count = (int)ids.size(0);
    private Tensor? _window;
    private int _start;
    private int _end;

    /// <summary>Consecutive samples as a batch; batches are asked for one after another. It belongs to the current scope.</summary>
    public Tensor Take(int start, int count)
    {
        if (_window is null || start < _start || start + count > _end)
        {
            Move(start, count);
        }

        return _window!.narrow(0, start - _start, count);
    }

    private void Move(int start, int count)
    {
        _window?.Dispose();
        var batches = Math.Max(1, Bytes / (sizeof(float) * (long)data.SampleLength * count));
        var length = (int)Math.Min(batches * count, _count - start);
        using var work = NewDisposeScope();
        _window = data.Batch(ids.narrow(0, start, length), draws, start, length).MoveToOtherDisposeScope(scope);
        (_start, _end) = (start, start + length);
    }
}
