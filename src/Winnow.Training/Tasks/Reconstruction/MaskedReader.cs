using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Reconstruction;

/// <summary>Images as patches, of which each sample hides its own: drawn by seed, epoch and id, and in evaluation by the id alone.</summary>
/// <param name="images">Gives batches of images [samples, channels, height, width].</param>
/// <param name="patchSize">Side of a patch in pixels.</param>
/// <param name="patches">Patches an image has.</param>
/// <param name="shown">How many of them are seen.</param>
/// <param name="device">Where the batches are to be.</param>
internal sealed class MaskedReader(ISampleReader images, int patchSize, int patches, int shown, Device device) : ISampleReader
{
    /// <summary>The parts of a batch beside the patches.</summary>
    public const string Shown = "shown", Hidden = "hidden";

    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, images.Read(ids, draws), ids, (draws ?? default).Stream("mask"));

    public void Dispose() => images.Dispose();

    /// <summary>Places of the patches that are seen, then of those that aren't, for each sample in ascending order.</summary>
    internal static (long[] Shown, long[] Hidden) Draw(Rng stream, ReadOnlySpan<int> ids, int patches, int shown)
    {
        var (seen, others) = (new long[ids.Length * shown], new long[ids.Length * (patches - shown)]);
        var stride = (ulong)((patches + 7) / 8 * 8);
        var (draws, keys) = (new uint[patches], new ulong[patches]);
        for (var k = 0; k < ids.Length; k++)
        {
            stream.Fill((ulong)ids[k] * stride, draws);
            for (var place = 0; place < patches; place++)
            {
                // Equal draws are told apart by their places.
                keys[place] = ((ulong)draws[place] << 32) | (uint)place;
            }

            Array.Sort(keys);
            Take(keys.AsSpan(0, shown), seen.AsSpan(k * shown, shown));
            Take(keys.AsSpan(shown), others.AsSpan(k * (patches - shown), patches - shown));
        }

        return (seen, others);

        static void Take(ReadOnlySpan<ulong> keys, Span<long> places)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                places[i] = (uint)keys[i];
            }

            places.Sort();
        }
    }

    private sealed class Pass(MaskedReader reader, IBatchReader inner, ReadOnlyMemory<int> ids, Rng stream) : IBatchReader
    {
        public Batch Take(int start, int count)
        {
            using var scope = NewDisposeScope();
            var (shown, hidden) = Draw(stream, ids.Span.Slice(start, count), reader.Patches, reader.ShownPatches);
            return new Batch(
                KeyValuePair.Create(Batch.Input, Models.Patches.Split(inner.Take(start, count)[Batch.Input], reader.PatchSize)),
                KeyValuePair.Create(Shown, reader.Places(shown, count)),
                KeyValuePair.Create(Hidden, reader.Places(hidden, count))).MoveToOuterDisposeScope();
        }

        public void Dispose() => inner.Dispose();
    }

    private int PatchSize => patchSize;

    private int Patches => patches;

    private int ShownPatches => shown;

    private Tensor Places(long[] places, int samples) => TensorData.FromSpan<long>(places, samples, places.Length / samples).to(device);

}
