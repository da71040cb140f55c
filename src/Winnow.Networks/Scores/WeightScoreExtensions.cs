using Winnow.Networks.Budgets;

namespace Winnow.Networks.Scores;

/// <summary>The door to all scores of weights.</summary>
public static class WeightScoreExtensions
{
    /// <summary>The weights as layers with scores, ready for a budget.</summary>
    /// <param name="score">The score.</param>
    /// <param name="input">The weights, and what the score needs.</param>
    /// <returns>A layer a weight, in the input's order.</returns>
    /// <exception cref="NetworkPruningException">What is needed isn't there; a weight or a score is NaN: the message names weight and place.</exception>
    public static IReadOnlyList<BudgetLayer> Layers(this IWeightScore score, ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(input);
        if (score.Needs.HasFlag(ScoreEvidence.Loss) && input.Loss is null)
        {
            throw new NetworkPruningException($"{score} goes by a loss that can be computed again; set {nameof(ScoreInput)}.{nameof(ScoreInput.Loss)}.");
        }

        if (score.Needs.HasFlag(ScoreEvidence.Network) && (input.Network is null || input.Sample is null))
        {
            throw new NetworkPruningException($"{score} runs the network; set {nameof(ScoreInput)}.{nameof(ScoreInput.Network)} and {nameof(ScoreInput.Sample)}.");
        }

        foreach (var (name, weight) in input.Weights)
        {
            ScoreInput.Numbers(weight, name);
        }

        var scores = score.Score(input);
        return [.. input.Weights.Select((weight, k) => new BudgetLayer(weight.Name, weight.Weight.shape, scores[k], input.Alive?.Find(weight.Name)) { Group = input.GroupOf?.Invoke(weight.Name) ?? "" })];
    }
}
