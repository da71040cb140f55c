using System.Globalization;
using Winnow.Catalog;
using Winnow.Experiments.Subsets;
using Winnow.Policies;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments;

/// <summary>What each method is held against.</summary>
[Flags]
public enum Controls
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Full data, full schedule.</summary>
    Full = 1,

    /// <summary>Full data under a schedule shortened to the method's steps: the strongest cheap baseline.</summary>
    Shortened = 2,

    /// <summary>The same with the learning rate multiplied by the method's mean of all samples over visited ones.</summary>
    ShortenedLr = 4,

    /// <summary>A random choice of as many samples in each epoch: what the method's criterion is worth.</summary>
    Random = 8,

    /// <summary>Repeated random sampling without replacement with as many visits.</summary>
    Rs2 = 16,

    /// <summary>
    /// Full data under a schedule that computes as much as the method, for methods that also send samples through the model that they don't train
    /// on; for all others the shortened one is that already.
    /// </summary>
    EqualCompute = 32,

    /// <summary>Those that a claim needs at least.</summary>
    Default = Full | Shortened | EqualCompute,

    /// <summary>All of them.</summary>
    All = Full | Shortened | EqualCompute | ShortenedLr | Random | Rs2,
}

/// <summary>What is taken from each method to see what it is worth.</summary>
[Flags]
public enum Ablations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The weights: every visited sample counts the same.</summary>
    Weights = 1,

    /// <summary>The full epochs at the end: pruning goes on to the last one.</summary>
    Annealing = 2,
}

/// <summary>What a comparison runs: the arms and the order that pairs and alternates them.</summary>
public static class ComparisonPlan
{
    private static readonly (Controls Flag, ArmKind Kind)[] s_matched =
    [
        (Controls.Shortened, ArmKind.Shortened), (Controls.EqualCompute, ArmKind.EqualCompute), (Controls.ShortenedLr, ArmKind.ShortenedLr), (Controls.Random, ArmKind.Random), (Controls.Rs2, ArmKind.Rs2),
    ];

    /// <summary>The arms: <c>full</c>, each method, then for each method its controls and ablations.</summary>
    /// <param name="methods">Method specs, in the order of the table.</param>
    /// <param name="controls">What each method is held against.</param>
    /// <param name="ablations">What is taken from each method.</param>
    /// <param name="sharedSave">The saving that every method was asked for: their controls are then matched to it, once for all; null matches them to each method.</param>
    /// <param name="notes">Takes a sentence for every arm that was asked for and can't be, or would repeat another.</param>
    /// <exception cref="RecipeException">No method, or the same one twice.</exception>
    /// <exception cref="MethodSpecException">A spec is wrong.</exception>
    public static IReadOnlyList<ComparisonArm> Arms(
        IReadOnlyList<string> methods, Controls controls, Ablations ablations = Ablations.None, double? sharedSave = null, ICollection<string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(methods);
        if (methods.Count == 0)
        {
            throw new RecipeException("no method to compare; name at least one, such as infobatch.");
        }

        var arms = new List<ComparisonArm>();
        var full = new ComparisonArm { Name = "full", Method = PolicyCatalog.Canonical("full"), Kind = ArmKind.Full };
        if (controls.HasFlag(Controls.Full))
        {
            arms.Add(full);
        }

        foreach (var spec in methods)
        {
            var subset = SubsetSpec.Is(spec) ? SubsetSpec.Parse(spec).ToString() : null;
            var canonical = subset ?? PolicyCatalog.Canonical(spec);
            if (canonical == full.Method && controls.HasFlag(Controls.Full))
            {
                continue;
            }

            if (arms.Exists(arm => arm.Name == canonical))
            {
                throw new RecipeException($"the method \"{spec}\" is named twice; a comparison needs different ones.");
            }

            arms.Add(canonical == full.Method ? full : new ComparisonArm { Name = canonical, Method = subset is null ? canonical : full.Method, Selection = subset, Kind = ArmKind.Method });
        }

        var tested = arms.Where(static arm => arm.Kind == ArmKind.Method).ToArray();
        foreach (var (flag, kind) in s_matched)
        {
            if (controls.HasFlag(flag) && sharedSave is { } save && kind != ArmKind.EqualCompute)
            {
                arms.AddRange(new[] { Shared(save, kind, tested, notes) }.OfType<ComparisonArm>());
            }
            else if (controls.HasFlag(flag))
            {
                arms.AddRange(tested.Select(arm => Control(arm, kind, notes)).OfType<ComparisonArm>());
            }
        }

        if (controls.HasFlag(Controls.EqualCompute) && controls is not (Controls.Default or Controls.All) && !arms.Exists(static arm => arm.Kind == ArmKind.EqualCompute))
        {
            notes?.Add("There is no control of equal compute: no method among these computes more than it trains on, so that the shortened schedule is of equal compute.");
        }

        arms.AddRange(tested.Where(arm => arm.Selection is null && ablations.HasFlag(Ablations.Weights)).Select(arm => WithoutWeights(arm, notes)).OfType<ComparisonArm>());
        arms.AddRange(tested.Where(arm => arm.Selection is null && ablations.HasFlag(Ablations.Annealing)).Select(arm => WithoutAnnealing(arm, notes)).OfType<ComparisonArm>());
        return arms;
    }

    /// <summary>
    /// The arms in the order in which seed number <paramref name="index"/> runs them: reversed on every other seed, so that a machine
    /// that slows down or warms up doesn't favour one arm, yet a matched arm always after the one whose steps or visits it needs.
    /// </summary>
    public static IReadOnlyList<ComparisonArm> Order(IReadOnlyList<ComparisonArm> arms, int index)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (index % 2 == 0)
        {
            return arms;
        }

        var reversed = new List<ComparisonArm>();
        foreach (var arm in arms.Reverse())
        {
            if (arm.MatchedTo is null)
            {
                reversed.Add(arm);
                reversed.AddRange(arms.Where(other => other.MatchedTo == arm.Name));
            }
        }

        return reversed;
    }

    private static ComparisonArm? Control(ComparisonArm arm, ArmKind kind, ICollection<string>? notes)
    {
        if (kind == ArmKind.EqualCompute)
        {
            return PolicyCatalog.Parse(arm.Method) is { RefreshesDropped: false, BatchSelection: null } && (arm.Selection is null || SubsetSpec.Parse(arm.Selection) is { Score: null, NeedsNetwork: false })
                ? null
                : new() { Name = $"full@{arm.Name}*compute", Method = "full", Kind = kind, MatchedTo = arm.Name };
        }

        if (kind is ArmKind.Shortened or ArmKind.ShortenedLr)
        {
            return new() { Name = kind == ArmKind.Shortened ? $"full@{arm.Name}" : $"full@{arm.Name}*lr", Method = "full", Kind = kind, MatchedTo = arm.Name };
        }

        if (kind == ArmKind.Random && arm.Selection is { } selection)
        {
            var subset = SubsetSpec.Parse(selection) with { Selector = "random", Score = null, Features = false, Distil = null };
            if (subset.ToString() == arm.Name)
            {
                notes?.Add($"The control random@{arm.Name} is left out: it would be the same as {arm.Name} itself.");
                return null;
            }

            return new() { Name = $"random@{arm.Name}", Method = arm.Method, Selection = subset.ToString(), Kind = kind, MatchedTo = arm.Name };
        }

        var method = kind == ArmKind.Random ? "random" : "rs2";
        if (!PolicyCatalog.All.Any(entry => entry.Name == method))
        {
            notes?.Add($"The control {method}@{arm.Name} is left out: this version has no method {method}.");
            return null;
        }

        if (arm.Selection is null && SpecText.Base(arm.Method).Name == method)
        {
            notes?.Add($"The control {method}@{arm.Name} is left out: it would be the same method as {arm.Name} itself.");
            return null;
        }

        return new() { Name = $"{method}@{arm.Name}", Method = method, Kind = kind, MatchedTo = arm.Name };
    }

    private static ComparisonArm? Shared(double save, ArmKind kind, ComparisonArm[] tested, ICollection<string>? notes)
    {
        var asked = string.Create(CultureInfo.InvariantCulture, $"save={save:R}");
        if (kind is ArmKind.Shortened or ArmKind.ShortenedLr)
        {
            return new() { Name = kind == ArmKind.Shortened ? $"full@{asked}" : $"full@{asked}*lr", Method = "full", Kind = kind, SharedSave = save };
        }

        var method = PolicyCatalog.Canonical($"{(kind == ArmKind.Random ? "random" : "rs2")}:{asked}");
        if (tested.FirstOrDefault(arm => arm.Method == method) is { } twin)
        {
            notes?.Add($"The control {method} is left out: it is among the methods.");
            return null;
        }

        return new() { Name = method, Method = method, Kind = kind, SharedSave = save };
    }

    private static ComparisonArm? WithoutWeights(ComparisonArm arm, ICollection<string>? notes)
    {
        if (!Experiments.WithoutWeights.Matters(PolicyCatalog.Parse(arm.Method)))
        {
            notes?.Add($"{arm.Name} has no arm without weights: it gives every sample that it visits the weight 1.");
            return null;
        }

        return new() { Name = $"no-weights@{arm.Name}", Method = arm.Method, Kind = ArmKind.WithoutWeights, MatchedTo = arm.Name };
    }

    private static ComparisonArm? WithoutAnnealing(ComparisonArm arm, ICollection<string>? notes)
    {
        const string Until = "until";
        var changed = PolicyCatalog.Find(arm.Method).Parameters.Any(static parameter => parameter.Name == Until)
            ? PolicyCatalog.Canonical(SpecText.With(arm.Method, Until, 1.ToString(CultureInfo.InvariantCulture)))
            : arm.Method;
        if (changed == arm.Method)
        {
            notes?.Add($"{arm.Name} has no arm without annealing: it ends with no full epochs.");
            return null;
        }

        return new() { Name = $"no-annealing@{arm.Name}", Method = changed, Kind = ArmKind.WithoutAnnealing, MatchedTo = arm.Name };
    }
}
