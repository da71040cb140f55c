using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>What was observed of samples beside one value each, as 64 bits that can be moved about: the batch's loss, and the confidence with its sign bit set where the prediction was wrong.</summary>
/// <param name="batchLosses">One an id, or null.</param>
/// <param name="confidences">One an id, or null.</param>
/// <param name="correct">One an id where there are confidences.</param>
internal readonly unsafe struct ObservedOthers(float* batchLosses, float* confidences, bool* correct)
{
    const uint Wrong = 0x8000_0000;

    /// <summary>Whether there are batch losses.</summary>
    public bool HasBatchLosses => batchLosses != null;

    /// <summary>Whether there are confidences.</summary>
    public bool HasPredictions => confidences != null;

    /// <summary>Whether there is anything.</summary>
    public bool Any => HasBatchLosses || HasPredictions;

    /// <summary>The bits of one sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Pack(int i)
    {
        uint loss = batchLosses != null ? BitConverter.SingleToUInt32Bits(batchLosses[i]) : 0;
        uint confidence = confidences != null ? BitConverter.SingleToUInt32Bits(confidences[i]) & ~Wrong | (correct[i] ? 0 : Wrong) : 0;
        return ((ulong)confidence << 32) | loss;
    }

    /// <summary>Takes samples' bits apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(ReadOnlySpan<ulong> packed, Span<float> batchLosses, Span<float> confidences, Span<bool> correct)
    {
        batchLosses = batchLosses[..packed.Length];
        confidences = confidences[..packed.Length];
        correct = correct[..packed.Length];
        for (int i = 0; i < packed.Length; i++)
        {
            uint confidence = (uint)(packed[i] >> 32);
            batchLosses[i] = BitConverter.UInt32BitsToSingle((uint)packed[i]);
            confidences[i] = BitConverter.UInt32BitsToSingle(confidence & ~Wrong);
            correct[i] = (confidence & Wrong) == 0;
        }
    }
}
