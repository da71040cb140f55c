using Winnow.Numerics;
using Winnow.Selection.Allocation;

namespace Winnow.Selection;

/// <summary>What a selector chose within a class.</summary>
/// <param name="Places">The samples, by their places among the class's.</param>
/// <param name="Weights">What each counts within the class, at least 0, at least one above it.</param>
/// <param name="Scores">What each was chosen by.</param>
internal sealed record ClassChoice(int[] Places, double[] Weights, float[] Scores);

/// <summary>Weighted samples of each class, as many of it as its share of all samples.</summary>
internal static class ClassWeights
{
    /// <summary>
    /// Lets a rule choose by last-layer gradients within each class; budgets go by the classes' sizes and add up exactly. Weights of a class are scaled to add up to the number of
    /// its samples, and all to the mean 1, so that each class counts what it has; a class that gets no place counts nothing.
    /// </summary>
    /// <param name="input">The samples; where any are to be kept, what their gradients are made of is checked.</param>
    /// <param name="keep">How many are kept.</param>
    /// <param name="choose">Chooses so many, at least one, of the samples of a class.</param>
    /// <exception cref="SelectionException">Probabilities that aren't any, or a label without one; names the sample.</exception>
    public static SampleSelection Select(SelectionInput input, int keep, Func<SelectionInput, int, ClassChoice> choose)
    {
        if (keep == 0)
        {
            return new([]);
        }

        LastLayer.Check(input);
        LastLayer.CheckInputs(input);
        var members = ClassMembers.Of(input.Labels.Span, input.Classes);
        var budgets = Proportional.Share([.. members.Select(static ids => ids.Length)], keep);
        var (ids, weights, scores) = (new List<int>(keep), new List<double>(keep), new List<float>(keep));
        for (var c = 0; c < members.Length; c++)
        {
            input.Stop.ThrowIfCancellationRequested();
            if (budgets[c] > 0)
            {
                var chosen = choose(input.Of(members[c], input.Seed), budgets[c]);
                var sum = chosen.Weights.Sum();
                ids.AddRange(chosen.Places.Select(place => members[c][place]));
                weights.AddRange(chosen.Weights.Select(weight => weight / sum * members[c].Length));
                scores.AddRange(chosen.Scores);
            }

            input.Progress?.Invoke((c + 1.0) / members.Length);
        }

        var mean = weights.Count == 0 ? 1 : weights.Sum() / weights.Count;
        int[] places = [.. Enumerable.Range(0, ids.Count).OrderBy(place => ids[place])];
        return new([.. places.Select(place => ids[place])]) { Weights = [.. places.Select(place => (float)(weights[place] / mean))], Scores = [.. places.Select(place => scores[place])] };
    }
}
