using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Segmentation;

/// <summary>Takes images and masks apart, which were varied together.</summary>
/// <param name="samples">Gives batches [samples, channels + 1, height, width], the last plane being the mask.</param>
/// <param name="layout">In which memory order images come.</param>
internal sealed class MaskReader(ISampleReader samples, MemoryLayout layout) : ISampleReader
{
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(samples.Read(ids, draws), layout);

    public void Dispose() => samples.Dispose();

    private sealed class Pass(IBatchReader inner, MemoryLayout layout) : IBatchReader
    {
        /// <summary>Images, float32 [n, channels, height, width], and the classes of their pixels, int64 [n, height, width].</summary>
        public Batch Take(int start, int count)
        {
            using var scope = NewDisposeScope();
            var all = inner.Take(start, count)[Batch.Input];
            var channels = all.size(1) - 1;
            var images = all.narrow(1, 0, channels);
            return new Batch(layout == MemoryLayout.ChannelsLast ? images.ToChannelsLast() : images.contiguous(), all.select(1, channels).to(ScalarType.Int64).contiguous()).MoveToOuterDisposeScope();
        }

        public void Dispose() => inner.Dispose();
    }
}
