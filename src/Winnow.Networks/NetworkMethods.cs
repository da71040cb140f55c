using Winnow.Networks.Budgets;
using Winnow.Networks.Schedules;
using Winnow.Networks.Scores;
using Winnow.Networks.Scores.Filters;
using Winnow.Networks.Sparsity;

namespace Winnow.Networks;

/// <summary>What a network can be pruned by, generated from the catalogues so that it can't go stale: each part by name, with its spec and its source.</summary>
public static class NetworkMethods
{
    /// <summary>Everything, by part and name.</summary>
    public static IReadOnlyList<NetworkMethod> All { get; } =
    [
        .. SparsityPresets.All.Select(static m => new NetworkMethod("preset", m.Name, m.Summary, m.Citation)),
        .. WeightScoreCatalog.All.Select(static m => new NetworkMethod("weight score", m.Name, m.Summary, m.Citation)),
        .. FilterScoreCatalog.All.Select(static m => new NetworkMethod("filter score", m.Name, m.Summary, m.Citation)),
        .. BudgetCatalog.All.Select(static m => new NetworkMethod("budget", m.Name, m.Summary, m.Citation)),
        .. DensityScheduleCatalog.All.Select(static m => new NetworkMethod("density schedule", m.Name, m.Summary, m.Citation)),
    ];
}

/// <summary>An entry of one of the catalogues.</summary>
/// <param name="Part">What it is: a preset, a weight score, a filter score, a budget or a density schedule.</param>
/// <param name="Name">The name that specs begin with.</param>
/// <param name="Summary">One sentence on what it does.</param>
/// <param name="Citation">The paper it is from, or that it is a baseline.</param>
public sealed record NetworkMethod(string Part, string Name, string Summary, string Citation);
