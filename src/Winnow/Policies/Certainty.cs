using System.Runtime.CompilerServices;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>One number for a prediction: its confidence where it was right, 0 where it was wrong or the confidence isn't a number.</summary>
internal static class Certainty
{
    /// <summary>Writes each sample's number to its place; of an id given twice the later counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store(Span<float> column, in BatchSignals batch)
    {
        ReadOnlySpan<long> ids = batch.Ids;
        ReadOnlySpan<float> confidences = batch.Confidences[..ids.Length];
        ReadOnlySpan<bool> correct = batch.Correct[..ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            float confidence = confidences[i] > 0 ? confidences[i] : 0f;
            column[(int)ids[i]] = Branchless.Select(correct[i], confidence, 0f);
        }
    }
}
