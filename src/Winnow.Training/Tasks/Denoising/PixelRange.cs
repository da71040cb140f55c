using System.Runtime.InteropServices;
using Winnow.Data;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>What -1 and 1 stand for: the ends of the range of pixels, 0 and 1 where they are bytes (as 0 and 255), else the smallest and the largest number of the training set.</summary>
/// <param name="Low">At -1.</param>
/// <param name="High">At 1; above <paramref name="Low"/>.</param>
internal readonly record struct PixelRange(float Low, float High)
{
    /// <summary>Of a training set.</summary>
    public static PixelRange Of(SampleSet set)
    {
        if (set.ElementType == ElementType.UInt8)
        {
            return new(0, 1);
        }

        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        set.ForAll(piece =>
        {
            var values = MemoryMarshal.Cast<byte, float>(piece);
            (low, high) = (Math.Min(low, TensorPrimitives.Min(values)), Math.Max(high, TensorPrimitives.Max(values)));
        });
        return new(low, high > low ? high : low + 1);
    }

    /// <summary>From [-1, 1] to pixels.</summary>
    public Tensor ToPixels(Tensor images) => ((images + 1) * ((High - Low) / 2)) + Low;

    /// <summary>From numbers that were made of pixels by (pixel - mean) / std, a mean and a std a channel, to [-1, 1].</summary>
    public Tensor FromNormalised(Tensor images, Tensor mean, Tensor std) => (images * (std * (2 / (High - Low)))) + (((mean - Low) * (2 / (High - Low))) - 1);
}
