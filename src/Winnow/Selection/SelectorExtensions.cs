using System.Globalization;
using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>How a selector is asked.</summary>
public static class SelectorExtensions
{
    /// <summary>Checks what a selector is given and lets it choose.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="input">The samples.</param>
    /// <param name="budget">How many are kept.</param>
    /// <exception cref="SelectionException">Something that the selector needs is missing, has another length, or is NaN; names the sample. Or the budget can't be met.</exception>
    public static SampleSelection Choose(this ISelector selector, SelectionInput input, KeepBudget budget)
    {
        ArgumentNullException.ThrowIfNull(selector);
        ArgumentNullException.ThrowIfNull(input);
        var keep = budget.Of(input.Count);
        Check(selector.Needs, input);
        SampleSelection chosen;
        try
        {
            chosen = selector.Select(input, keep);
        }
        catch (Exception error) when (error is EmbeddingException or WorkingMemoryException)
        {
            throw new SelectionException($"the embeddings: {error.Message}");
        }

        return chosen.Order.Length == keep
            ? chosen
            : throw new InvalidOperationException($"the selector chose {chosen.Order.Length} samples where {keep} were asked for.");
    }

    private static void Check(SelectionNeeds needs, SelectionInput input)
    {
        CheckFloats(input.Scores, input.Count, "score", "scores", needs.HasFlag(SelectionNeeds.Scores));
        CheckFloats(input.Suspicion, input.Count, "suspicion", "suspicions", false);
        if (needs.HasFlag(SelectionNeeds.Labels) || !input.Labels.IsEmpty)
        {
            CheckLength(input.Labels.Length, input.Count, "labels", "label");
            var labels = input.Labels.Span;
            var negative = labels.IndexOfAnyInRange(int.MinValue, -1);
            if (negative >= 0)
            {
                throw new SelectionException($"the label of sample {negative} is {labels[negative]}; labels are classes, 0 and above.");
            }
        }

        if (needs.HasFlag(SelectionNeeds.Embeddings) || input.Embeddings is not null)
        {
            CheckLength(input.Embeddings?.Count ?? 0, input.Count, "embeddings", "row of numbers");
        }

        if (needs.HasFlag(SelectionNeeds.Probabilities) && (input.Count == 0 ? !input.Probabilities.IsEmpty : input.Probabilities.IsEmpty || input.Probabilities.Length % input.Count != 0))
        {
            throw new SelectionException($"the method needs the probability of each class, a row a sample, and was given {input.Probabilities.Length} numbers for {input.Count} samples.");
        }

        if (needs.HasFlag(SelectionNeeds.ClassAccuracies) && input.ClassAccuracies.Length != input.Classes)
        {
            throw new SelectionException($"the method needs the accuracy of each of the {input.Classes} classes and was given {input.ClassAccuracies.Length}; take them from a trained run's result.");
        }
    }

    private static void CheckFloats(ReadOnlyMemory<float> values, int count, string one, string all, bool needed)
    {
        if (values.IsEmpty && !needed)
        {
            return;
        }

        CheckLength(values.Length, count, all, one);
        var span = values.Span;
        for (var i = 0; i < span.Length; i++)
        {
            if (float.IsNaN(span[i]))
            {
                throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"the {one} of sample {i} is NaN; give every sample a number, or leave the sample out of the data."));
            }
        }
    }

    private static void CheckLength(int length, int count, string all, string one)
    {
        if (length == 0 && count > 0)
        {
            throw new SelectionException($"the method needs {all}, a {one} a sample, and was given none.");
        }

        if (length != count)
        {
            throw new SelectionException($"there are {length} {all} for {count} samples; give one a sample, in the samples' order.");
        }
    }
}
