using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>A budget a group.</summary>
    public static Method<IBudget> Quota => new("quota",
        "Keep the same share of each group of layers, and of a group the largest scores.",
        "one threshold a group of channels or component; densities of their own are set in code",
        [],
        static _ => new QuotaBudget());
}

/// <summary>
/// A budget for each group of layers (<see cref="BudgetLayer.Group"/>), and within a group the largest scores, as <see cref="GlobalBudget"/> has it for the whole: components of a pipeline, stages of a detector, kinds of
/// layer.
/// </summary>
public sealed record QuotaBudget : IBudget
{
    private readonly IReadOnlyDictionary<string, double>? _densities;

    /// <summary>The kept share of each group, in [0, 1]: round(density · elements) of it are kept, and the total follows. Null, the default: the same share of each, of a total that is asked for.</summary>
    /// <exception cref="NetworkPruningException">A density is outside [0, 1].</exception>
    public IReadOnlyDictionary<string, double>? Densities
    {
        get => _densities;
        init => _densities = value?.FirstOrDefault(static pair => pair.Value is not (>= 0 and <= 1)) is { Key: not null } wrong
            ? throw new NetworkPruningException(FormattableString.Invariant($"the density {wrong.Value} of the group {wrong.Key} is not in [0, 1]; it is the kept share of its elements."))
            : value;
    }

    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public bool SetsDensity => Densities is not null;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        IGrouping<string, int>[] groups = [.. Enumerable.Range(0, layers.Count).GroupBy(l => layers[l].Group, StringComparer.Ordinal)];
        var counts = new long[layers.Count];
        var quotas = Densities is { } densities ? [.. groups.Select(group => Of(densities, group.Key, [.. group.Select(l => layers[l])]))] : ClaimShares.Of(this,
            [.. groups.Select(group => (double)group.Sum(l => layers[l].Count))], new long[groups.Length], [.. groups.Select(group => group.Sum(l => layers[l].Available))], keep);
        for (var g = 0; g < groups.Length; g++)
        {
            foreach (var (l, count) in groups[g].Zip(LargestScores.Counts([.. groups[g].Select(l => layers[l])], quotas[g])))
            {
                counts[l] = count;
            }
        }

        return counts;
    }

    private static long Of(IReadOnlyDictionary<string, double> densities, string group, BudgetLayer[] layers)
    {
        if (!densities.TryGetValue(group, out var density))
        {
            throw new NetworkPruningException($"there is no density for the group \"{group}\" of {layers[0].Name}; there are {string.Join(", ", densities.Keys)}.");
        }

        var (keep, available) = (BudgetExtensions.Kept(layers, density), layers.Sum(static layer => layer.Available));
        return keep <= available ? keep : throw new NetworkPruningException(
            FormattableString.Invariant($"the density {density} of the group \"{group}\" is {keep} elements, and {available} of it may be kept; ask for less, or let pruned ones be kept again first."));
    }
}
