using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>
/// The samples of a pass on their way into its steps: gathered, varied and normalised for several steps at a time, since for small batches each of those dozen operators
/// costs more than its work. What a step gets is the same, bit for bit, as if it were made for that step.
/// </summary>
/// <param name="data">The samples.</param>
/// <param name="ids">Those of the pass in its order, int64.</param>
/// <param name="draws">Their augmentation; null for none.</param>
internal sealed class BatchWindow(DeviceData data, Tensor ids, EpochDraws? draws) : IBatchReader
{
    /// <summary>About as many bytes are made ready at a time; a batch that has more is made ready alone.</summary>
    private const long Bytes = 1 << 20;

    private readonly int _count = (int)ids.size(0);
    private readonly Tensor _labels = data.Labels(ids);
    private Tensor? _window;
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public Batch Take(int start, int count)
    {
        if (_window is null || start < _start || start + count > _end)
        {
            Move(start, count);
        }

        return new Batch(_window!.narrow(0, start - _start, count), _labels.narrow(0, start, count));
    }

    /// <inheritdoc/>
    public void Dispose() => _window?.Dispose();

    private void Move(int start, int count)
    {
        _window?.Dispose();
        var batches = Math.Max(1, Bytes / (sizeof(float) * (long)data.SampleLength * count));
        var length = (int)Math.Min(batches * count, _count - start);
        using var work = NewDisposeScope();
        var here = ids.narrow(0, start, length);
        _window = (draws is { } varied ? data.Batch(here, varied, start, length) : data.Batch(here)).DetachFromDisposeScope();
        (_start, _end) = (start, start + length);
    }
}
