using Winnow.Data;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>Images in [-1, 1], made of normalised ones.</summary>
internal sealed class ScaledReader : ISampleReader
{
    private readonly ISampleReader _images;
    private readonly PixelRange _range;
    private readonly Tensor _mean, _std;

    /// <param name="images">Gives batches of images, (pixel - mean) / std of the training set.</param>
    /// <param name="statistics">The training set.</param>
    /// <param name="range">What -1 and 1 stand for.</param>
    /// <param name="device">Where the batches are.</param>
    public ScaledReader(ISampleReader images, SampleSet statistics, PixelRange range, Device device)
    {
        (_images, _range) = (images, range);
        long[] shape = [1, statistics.Channels, 1, 1];
        _mean = TensorData.FromSpan<float>([.. statistics.Mean.Select(static value => (float)value)], shape).to(device);
        _std = TensorData.FromSpan<float>([.. statistics.Std.Select(static value => value > 0 ? (float)value : 1)], shape).to(device);
    }

    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, _images.Read(ids, draws));

    public void Dispose() => _images.Dispose();

    private sealed class Pass(ScaledReader reader, IBatchReader inner) : IBatchReader
    {
        public Batch Take(int start, int count)
        {
            using var scope = NewDisposeScope();
            return new Batch(KeyValuePair.Create(Batch.Input, reader._range.FromNormalised(inner.Take(start, count)[Batch.Input], reader._mean, reader._std))).MoveToOuterDisposeScope();
        }

        public void Dispose() => inner.Dispose();
    }
}
