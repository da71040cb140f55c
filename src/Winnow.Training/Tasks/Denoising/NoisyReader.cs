using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>What is drawn for samples: their time steps, and whether their classes are told. Every number belongs to the sample's id, whoever else is visited.</summary>
internal static class NoiseDraws
{
    /// <summary>The time step of each sample in training.</summary>
    public static long[] Times(SampleDraws draws, ReadOnlySpan<int> ids, int steps)
    {
        var stream = draws.Stream("time");
        var times = new long[ids.Length];
        for (var k = 0; k < times.Length; k++)
        {
            times[k] = Scale(stream.UInt32At((ulong)ids[k]), steps);
        }

        return times;
    }

    /// <summary>Several time steps of each sample in evaluation, one in each of equal parts of all: [samples · each].</summary>
    public static long[] Spread(ReadOnlySpan<int> ids, int steps, int each)
    {
        var stream = default(SampleDraws).Stream("time");
        var times = new long[ids.Length * each];
        for (var k = 0; k < times.Length; k++)
        {
            var (draw, part) = (stream.UInt32At((ulong)((ids[k / each] * (long)each) + (k % each))), k % each);
            times[k] = (long)((part + (draw / 4294967296.0)) * steps / each);
        }

        return times;
    }

    /// <summary>The class of each sample, or, for a share of them, the number of classes, which stands for one that isn't told.</summary>
    public static long[] Classes(SampleDraws draws, ReadOnlySpan<int> ids, ReadOnlySpan<int> labels, int classes, double untold)
    {
        var stream = draws.Stream("class");
        var told = new long[ids.Length];
        for (var k = 0; k < told.Length; k++)
        {
            told[k] = stream.UInt32At((ulong)ids[k]) < untold * 4294967296.0 ? classes : labels[ids[k]];
        }

        return told;
    }

    private static long Scale(uint draw, int bound) => (long)(((ulong)draw * (uint)bound) >> 32);
}

/// <summary>Images with noise: of each sample one time step a visit, or in evaluation several fixed ones.</summary>
/// <param name="images">Gives batches of images in [-1, 1], [samples, channels, rows, columns].</param>
/// <param name="labels">The class of each sample.</param>
/// <param name="classes">How many classes there are.</param>
/// <param name="untold">The share of visits whose class isn't told in training.</param>
/// <param name="schedule">How much noise there is.</param>
/// <param name="each">How many time steps a sample has in evaluation.</param>
/// <param name="device">Where the batches are to be.</param>
internal sealed class NoisyReader(ISampleReader images, ReadOnlyMemory<int> labels, int classes, double untold, NoiseSchedule schedule, int each, Device device) : ISampleReader
{
    /// <summary>The parts of a batch beside the images with noise: the noise, the time step, the class.</summary>
    public const string Noise = "noise", Time = "time", Class = "class";

    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, images.Read(ids, draws), ids, draws);

    public void Dispose() => images.Dispose();

    private Batch Take(Batch clean, ReadOnlySpan<int> ids, SampleDraws? draws)
    {
        var several = draws is null && each > 1;
        var count = several ? each : 1;
        var image = clean[Batch.Input];
        var shape = several ? (long[])[ids.Length, each, .. image.shape[1..]] : image.shape;
        var times = draws is { } varied ? NoiseDraws.Times(varied, ids, schedule.Steps) : NoiseDraws.Spread(ids, schedule.Steps, count);
        var told = NoiseDraws.Classes(draws ?? default, ids, labels.Span, classes, draws is null ? 0 : untold);
        var noise = TensorData.FromSpan<float>(Normals((draws ?? default).Stream("noise"), ids, count, (int)(image.numel() / ids.Length)), shape).to(device);
        noise = ChannelsLast.IsChannelsLast(image) ? noise.ToChannelsLast() : noise;
        var noisy = ((several ? image.unsqueeze(1) : image) * Each(times, schedule.Signal, shape)) + (noise * Each(times, schedule.Noise, shape));
        var time = TensorData.FromSpan<long>(times).to(device);
        return new Batch(
            KeyValuePair.Create(Batch.Input, noisy),
            KeyValuePair.Create(Noise, noise),
            KeyValuePair.Create(Time, several ? time.view(ids.Length, each) : time),
            KeyValuePair.Create(Class, TensorData.FromSpan<long>(told).to(device)));
    }

    /// <summary>The noise of each sample, once for each of its time steps, at a place of its id.</summary>
    private static float[] Normals(Rng stream, ReadOnlySpan<int> ids, int each, int length)
    {
        var normals = new float[ids.Length * each * length];
        var places = NormalDraws.Places(each * length);
        for (var k = 0; k < ids.Length; k++)
        {
            NormalDraws.Fill(stream, (ulong)ids[k] * places, normals.AsSpan(k * each * length, each * length));
        }

        return normals;
    }

    private Tensor Each(long[] times, Func<long, float> factor, long[] shape) =>
        TensorData.FromSpan<float>(Array.ConvertAll(times, time => factor(time)), shape.Length == 5 ? [shape[0], shape[1], 1, 1, 1] : [shape[0], 1, 1, 1]).to(device);

    private sealed class Pass(NoisyReader reader, IBatchReader inner, ReadOnlyMemory<int> ids, SampleDraws? draws) : IBatchReader
    {
        public Batch Take(int start, int count)
        {
            using var scope = NewDisposeScope();
            return reader.Take(inner.Take(start, count), ids.Span.Slice(start, count), draws).MoveToOuterDisposeScope();
        }

        public void Dispose() => inner.Dispose();
    }
}
