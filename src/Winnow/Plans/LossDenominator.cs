namespace Winnow.Plans;

/// <summary>The one denominator for all micro-batches of an accumulation window.</summary>
public static class LossDenominator
{
    /// <summary>
    /// What each micro-batch's sum of weight · loss is to be divided by, so that the window's gradient is that of one large batch. A mean
    /// taken in each micro-batch and averaged afterwards isn't: it counts samples of short micro-batches more.
    /// </summary>
    /// <param name="normalization">Which denominator.</param>
    /// <param name="window">All samples between two optimiser steps.</param>
    /// <param name="supplied">For <see cref="LossNormalization.Supplied"/>: over the whole window, finite and above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The supplied number isn't finite and above 0, was given to another normalisation, or the window is empty.</exception>
    public static double Of(LossNormalization normalization, in PlannedBatch window, double? supplied = null)
    {
        if (normalization == LossNormalization.Supplied)
        {
            if (supplied is not { } value || !double.IsFinite(value) || value <= 0)
            {
                throw new ArgumentOutOfRangeException(nameof(supplied), supplied, "a supplied denominator is a finite number above 0, counted over the whole window");
            }

            return value;
        }

        if (supplied is not null)
        {
            throw new ArgumentOutOfRangeException(nameof(supplied), supplied, $"only {LossNormalization.Supplied} takes a denominator; leave it out for {normalization}");
        }

        if (window.Count == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(window), 0, "the window is empty; it needs at least one sample");
        }

        return normalization switch
        {
            LossNormalization.Batch => window.Count,
            LossNormalization.Weights => window.WeightSum,
            _ => throw new ArgumentOutOfRangeException(nameof(normalization), normalization, "there are Batch, Weights and Supplied"),
        };
    }
}
