namespace Winnow.Selection;

/// <summary>The samples that are kept.</summary>
/// <param name="Order">Their ids, 0-based and each once: best first where the selector ranks, ascending where it doesn't.</param>
public sealed record SampleSelection(int[] Order)
{
    /// <summary>What each counts when a model is trained on them, in that order, finite, at least 0 and with the mean 1; empty where all count the same.</summary>
    public float[] Weights { get; init; } = [];

    /// <summary>What each was chosen by, in that order, such as a gain or a distance; empty where there is no such number.</summary>
    public float[] Scores { get; init; } = [];
}
