using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>What was observed of samples beside one value each.</summary>
/// <param name="batchLosses">One an id, or null.</param>
/// <param name="confidences">One an id, or null.</param>
/// <param name="correct">One an id where there are confidences.</param>
internal readonly unsafe struct ObservedOthers(float* batchLosses, float* confidences, bool* correct)
{
    private const uint Wrong = 0x8000_0000;

    /// <summary>Whether there are batch losses.</summary>
    public bool HasBatchLosses => batchLosses != null;

    /// <summary>Whether there are confidences.</summary>
    public bool HasPredictions => confidences != null;

    /// <summary>Whether there is anything.</summary>
    public bool Any => HasBatchLosses || HasPredictions;

    /// <summary>The loss of one's batch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float BatchLoss(int i) => batchLosses[i];

    /// <summary>One's confidence and correctness in 32 bits: the sign bit says that the prediction was wrong.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Prediction(int i) => (BitConverter.SingleToUInt32Bits(confidences[i]) & ~Wrong) | ((correct[i] ? 0u : 1u) << 31);

    /// <summary>Takes confidence and correctness apart again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(ReadOnlySpan<uint> predictions, Span<float> confidences, Span<bool> correct)
    {
        confidences = confidences[..predictions.Length];
        correct = correct[..predictions.Length];
        for (var i = 0; i < predictions.Length; i++)
        {
            confidences[i] = BitConverter.UInt32BitsToSingle(predictions[i] & ~Wrong);
            correct[i] = (predictions[i] & Wrong) == 0;
        }
    }
}
