using Winnow.Data;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>
/// The samples of a pass on their way into its steps: gathered, varied and normalised for several steps at a time, since for small batches each of those dozen operators
/// costs more than its work. What a step gets is the same, bit for bit, as if it were made for that step.
/// </summary>
/// <param name="data">The samples.</param>
/// <param name="ids">Those of the pass in its order, int64.</param>
/// <param name="draws">Their augmentation; the default for none.</param>
/// <param name="ahead">Where they are read from; null where they are on the device.</param>
internal sealed class BatchWindow(DeviceData data, Tensor ids, EpochDraws draws, SampleReadAhead? ahead) : IBatchReader
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
    public void Dispose()
    {
        ahead?.Dispose();
        _window?.Dispose();
    }

    private void Move(int start, int count)
    {
        _window?.Dispose();
        var batches = Math.Max(1, Bytes / (sizeof(float) * (long)data.SampleLength * count));
        var length = (int)Math.Min(batches * count, _count - start);
        using var work = NewDisposeScope();
        _window = (ahead is null ? data.Batch(ids.narrow(0, start, length), draws, start, length) : data.Batch(ahead, draws, start, length)).DetachFromDisposeScope();
        (_start, _end) = (start, start + length);
    }
}
