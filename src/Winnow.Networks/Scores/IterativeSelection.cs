using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using static TorchSharp.torch;

namespace Winnow.Networks.Scores;

/// <summary>Scores and drops by turns, without training in between: what SynFlow is made for, and what keeps scores that depend on each other (SNIP, GraSP) from being taken all at once.</summary>
public static class IterativeSelection
{
    /// <summary>
    /// Round k = 1 … n scores the network with what is dropped so far at 0 and keeps density^(k/n) of the weights. What was dropped stays so.
    /// </summary>
    /// <param name="score">The score.</param>
    /// <param name="budget">A budget that is told how many.</param>
    /// <param name="input">The weights and what the score needs. The weights are set to 0 by rounds, and are what they were to the bit when this returns.</param>
    /// <param name="density">The kept share of all elements at the end, in (0, 1].</param>
    /// <param name="rounds">n, at least 1. Default 100, SynFlow's.</param>
    /// <returns>The masks after the last round.</returns>
    /// <exception cref="NetworkPruningException">As the score and the budget; or the budget sets its own density.</exception>
    public static MaskSet Choose(IWeightScore score, IBudget budget, ScoreInput input, double density, int rounds = 100)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        if (score.Needs.HasFlag(ScoreEvidence.Gradients) && (input.Gradients is not null || input.Loss is null))
        {
            throw new NetworkPruningException($"{score} goes by gradients, which differ from round to round; give a loss, of which each round takes its own, and no gradients.");
        }

        var masks = input.Alive;
        Tensor[] saved = [.. input.Weights.Select(static weight => weight.Weight.detach().clone().DetachFromDisposeScope())];
        try
        {
            for (var round = 1; round <= rounds; round++)
            {
                Zero(input, masks);
                var layers = score.Layers(input with { Alive = masks, Round = input.Round + round - 1 });
                var keep = BudgetExtensions.Kept(layers, round == rounds ? density : Math.Pow(density, (double)round / rounds));
                masks = budget.Choose(layers, round == rounds ? keep : Math.Min(keep, layers.Sum(static layer => layer.Available)));
            }

            return masks!;
        }
        finally
        {
            using var silent = no_grad();
            for (var k = 0; k < saved.Length; k++)
            {
                input.Weights[k].Weight.copy_(saved[k]);
                saved[k].Dispose();
            }
        }
    }

    private static void Zero(ScoreInput input, MaskSet? masks)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        foreach (var (name, weight) in input.Weights)
        {
            if (masks?.Find(name) is { } mask)
            {
                weight.masked_fill_(mask.ToTensor(weight.device).logical_not_(), 0);
            }
        }
    }
}
