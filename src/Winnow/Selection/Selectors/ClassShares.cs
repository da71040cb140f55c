using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Selection.Allocation;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>A budget for each class.</summary>
    public static Method<Func<ISelector, ISelector>> Classes => new("classes",
        "Share the budget out to the classes and select within each.",
        "Guo et al., DeepCore, 2022 (balance); Vysogorets et al., Robust Data Pruning, 2024 (MetriQ: inverse-accuracy)",
        [Parameter.Choice("shares", "how the budget is shared out", [.. ClassShares.All])],
        static p =>
        {
            var shares = p.Choice("shares");
            return inner => new ClassSharesSelector(inner, shares);
        });
}

/// <summary>Ways to share a budget out to classes.</summary>
internal static class ClassShares
{
    public const string Proportional = "proportional", Uniform = "uniform", InverseAccuracy = "inverse-accuracy";

    public static IReadOnlyList<string> All { get; } = [Proportional, Uniform, InverseAccuracy];
}

/// <summary>
/// Selects within each class by another selector. The classes' budgets add up to the whole one exactly: in proportion to their sizes, the same for all as far as they have so
/// many, or in proportion to the share of each that a model has wrong.
/// </summary>
/// <param name="Inner">What selects within a class.</param>
/// <param name="Shares"><c>proportional</c>, <c>uniform</c> or <c>inverse-accuracy</c>.</param>
public sealed record ClassSharesSelector(ISelector Inner, string Shares = ClassShares.Proportional) : ISelector
{
    /// <inheritdoc/>
    public SelectionNeeds Needs => Inner.Needs | SelectionNeeds.Labels | (Shares == ClassShares.InverseAccuracy ? SelectionNeeds.ClassAccuracies : SelectionNeeds.None);

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var members = ClassMembers.Of(input.Labels.Span, input.Classes);
        int[] sizes = [.. members.Select(static ids => ids.Length)];
        var budgets = Shares switch
        {
            ClassShares.Proportional => Proportional.Share(sizes, keep),
            ClassShares.Uniform => WaterFilling.Share(sizes, keep),
            ClassShares.InverseAccuracy => Proportional.Share(Claims(input.ClassAccuracies.Span), sizes, keep),
            _ => throw new SelectionException($"shares={Shares} is not one of {string.Join(", ", ClassShares.All)}."),
        };
        var (order, weights) = (new List<int>(keep), new List<float>());
        for (var c = 0; c < members.Length; c++)
        {
            input.Stop.ThrowIfCancellationRequested();
            if (budgets[c] == 0)
            {
                continue;
            }

            var chosen = Select(input, members[c], c, budgets[c]);
            order.AddRange(chosen.Order.Select(place => members[c][place]));
            weights.AddRange(chosen.Weights);
            input.Progress?.Invoke((c + 1.0) / members.Length);
        }

        return Sorted(order, weights);
    }

    private SampleSelection Select(SelectionInput input, int[] ids, int label, int budget)
    {
        try
        {
            var random = Rng.Derive(input.Seed, 0, "select/class").Sequence((uint)label);
            return Inner.Select(input.Of(ids, ((ulong)random.NextUInt32() << 32) | random.NextUInt32()), budget);
        }
        catch (SelectionException error)
        {
            throw new SelectionException($"in class {label}, with {ids.Length} samples: {error.Message}");
        }
    }

    private static SampleSelection Sorted(List<int> order, List<float> weights)
    {
        int[] ids = [.. order];
        float[] counts = [.. weights];
        if (counts.Length == 0)
        {
            Array.Sort(ids);
        }
        else
        {
            Array.Sort(ids, counts);
        }

        return new(ids) { Weights = counts };
    }

    private static double[] Claims(ReadOnlySpan<double> accuracies)
    {
        var claims = new double[accuracies.Length];
        for (var c = 0; c < claims.Length; c++)
        {
            claims[c] = accuracies[c] is >= 0 and <= 1
                ? 1 - accuracies[c]
                : throw new SelectionException(FormattableString.Invariant($"the accuracy of class {c} is {accuracies[c]}; accuracies are in [0, 1]."));
        }

        return claims;
    }
}
