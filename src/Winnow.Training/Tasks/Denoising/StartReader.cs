using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>Noise that images are made of, by the number of the image alone, so that every network gets the same; classes in turn, so that there are equally many of each.</summary>
/// <param name="shape">Of an image: channels, rows, columns.</param>
/// <param name="classes">How many classes there are.</param>
/// <param name="device">Where the batches are to be.</param>
internal sealed class StartReader(int[] shape, int classes, Device device) : ISampleReader
{
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, ids);

    public void Dispose()
    {
    }

    /// <summary>Noise [n, channels, rows, columns] and classes int64 [n] of images.</summary>
    public Batch Take(ReadOnlySpan<int> ids)
    {
        using var scope = NewDisposeScope();
        var length = shape.Aggregate(1, static (product, side) => product * side);
        var (stream, places) = (default(SampleDraws).Stream("images"), NormalDraws.Places(length));
        var (noise, told) = (new float[ids.Length * length], new long[ids.Length]);
        for (var k = 0; k < ids.Length; k++)
        {
            NormalDraws.Fill(stream, (ulong)ids[k] * places, noise.AsSpan(k * length, length));
            told[k] = ids[k] % classes;
        }

        return new Batch(
            KeyValuePair.Create(Batch.Input, TensorData.FromSpan<float>(noise, [ids.Length, .. shape.Select(static side => (long)side)]).to(device)),
            KeyValuePair.Create(NoisyReader.Class, TensorData.FromSpan<long>(told).to(device))).MoveToOuterDisposeScope();
    }

    private sealed class Pass(StartReader reader, ReadOnlyMemory<int> ids) : IBatchReader
    {
        public Batch Take(int start, int count) => reader.Take(ids.Span.Slice(start, count));

        public void Dispose()
        {
        }
    }
}
