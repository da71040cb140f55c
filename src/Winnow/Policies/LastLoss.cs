using System.Runtime.CompilerServices;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>The simplest memory: the last loss of each sample.</summary>
internal static class LastLoss
{
    /// <summary>Writes each loss to its sample's place; of an id given twice the later counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store(Span<float> column, in BatchSignals batch)
    {
        var ids = batch.Ids;
        var losses = batch.Losses[..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            column[(int)ids[i]] = losses[i];
        }
    }
}
