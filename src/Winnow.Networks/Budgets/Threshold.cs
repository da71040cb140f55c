using Winnow.Catalog;
using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>What is at least a value.</summary>
    public static Method<IBudget> Threshold => new("threshold",
        "Keep the scores that are at least a value, however many those are.",
        "Jiang et al., Pruning-aware sparse regularization (MaskSparsity), 2022: scaling factors of batch normalisation below 0.01 go",
        [new("value", 0.01, double.MinValue, double.MaxValue, "the least score that is kept") { Example = "0.1" }],
        static p => new ThresholdBudget(p["value"]));
}

/// <summary>Scores that are at least a value. The value is rounded to float32 as scores are, so that a score that was written as the value is kept.</summary>
/// <param name="Value">The least score that is kept. Default 0.01.</param>
public sealed record ThresholdBudget(double Value = 0.01) : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public bool SetsDensity => true;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return [.. layers.Select(layer => Kept(layer.Scores.Span, layer.Alive))];
    }

    private long Kept(ReadOnlySpan<float> scores, Mask? alive)
    {
        long kept = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            kept += scores[i] >= (float)Value && alive?[i] is not false ? 1 : 0;
        }

        return kept;
    }
}
