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
        var ids = batch.Ids;
        var confidences = batch[Signal.Confidence][..ids.Length];
        var correct = batch[Signal.Correct][..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var confidence = confidences[i] > 0 ? confidences[i] : 0f;
            column[(int)ids[i]] = Branchless.Select(correct[i] != 0, confidence, 0f);
        }
    }
}
