using Winnow.Catalog;
using Winnow.Networks.Budgets;
using Winnow.Networks.Schedules;
using Winnow.Networks.Scores;

namespace Winnow.Networks.Sparsity;

/// <summary>
/// How weights are dropped while a network trains: what a weight is worth, how many of each layer stay, and when. Written as one spec, whose parts a plus sign separates: a preset
/// (<see cref="SparsityPresets"/>), a weight score, a budget and a density schedule, each at most once and in any order, such as <c>gmp</c>, <c>magnitude+erk+cubic:until=0.5</c> or <c>gmp+global</c>. What isn't said is the
/// preset's, and without a preset <c>magnitude+global+cubic</c>. The density at the end is no part of it.
/// </summary>
public sealed class SparsityMethod : IEquatable<SparsityMethod>
{
    private SparsityMethod(string score, string budget, string schedule)
    {
        (Score, Budget, Schedule) = (WeightScoreCatalog.Parse(score), BudgetCatalog.Parse(budget), DensityScheduleCatalog.Parse(schedule));
        Spec = $"{WeightScoreCatalog.Canonical(score)}+{BudgetCatalog.Canonical(budget)}+{DensityScheduleCatalog.Canonical(schedule)}";
        if (Budget.SetsDensity && Schedule is not OneShotSchedule)
        {
            throw new MethodSpecException($"the budget {BudgetCatalog.Canonical(budget)} says by itself how many weights stay, so that nothing is left to the schedule {DensityScheduleCatalog.Canonical(schedule)}; write {BudgetCatalog.Canonical(budget)}+one-shot:at=0.5");
        }

        if (Schedule is RoundsSchedule)
        {
            throw new MethodSpecException("the schedule rounds is of several trainings, and this is one; take geometric for rounds within a training");
        }

        if (Schedule is OneShotSchedule { Rounds: > 1 } && Budget.SetsDensity)
        {
            throw new MethodSpecException($"the budget {BudgetCatalog.Canonical(budget)} says by itself how many weights stay, which leaves nothing for rounds; leave rounds out");
        }
    }

    /// <summary>What a weight is worth.</summary>
    public IWeightScore Score { get; }

    /// <summary>How many of each layer stay.</summary>
    public IBudget Budget { get; }

    /// <summary>When they go.</summary>
    public IDensitySchedule Schedule { get; }

    /// <summary>Whether some of its updates go by gradients, so that there has to be a loss.</summary>
    public bool NeedsGradients => Schedule.Regrows || ScoresByGradients;

    internal bool ScoresByGradients => (Score.Needs & (ScoreEvidence.Gradients | ScoreEvidence.Loss)) != ScoreEvidence.Weights;

    /// <summary>The one text for all specs that mean the same: score, budget and schedule, presets written out.</summary>
    public string Spec { get; }

    /// <summary>Makes the method that a spec describes.</summary>
    /// <param name="spec">Such as <c>gmp</c> or <c>taylor+global+cubic:from=0.1</c>.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong, or parts don't go together; the message says what is possible.</exception>
    public static SparsityMethod Parse(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var parts = MethodSpec.Split(spec);
        var named = MethodSpec.Parse(parts[0]);
        var preset = SparsityPresets.All.FirstOrDefault(preset => preset.Name == named.Name);
        if (preset is not null && named.Values.Count > 0 && !WeightScoreCatalog.All.Any(entry => entry.Name == named.Name))
        {
            throw new MethodSpecException($"the preset {preset.Name} takes no parameters, and \"{spec}\" gives {named.Values[0].Key}; add a part in its place, e.g. {preset.Name}+cubic:until=0.5");
        }

        var (score, budget, schedule) = preset is null ? ("magnitude", "global", "cubic") : preset.Parts;
        var given = new HashSet<string>(StringComparer.Ordinal);
        for (var p = 0; p < parts.Length; p++)
        {
            var name = MethodSpec.Parse(parts[p]).Name;
            if (WeightScoreCatalog.All.Any(entry => entry.Name == name))
            {
                Once("weight score");
                score = parts[p];
            }
            else if (BudgetCatalog.All.Any(entry => entry.Name == name))
            {
                Once("budget");
                budget = parts[p];
            }
            else if (DensityScheduleCatalog.All.Any(entry => entry.Name == name))
            {
                Once("density schedule");
                schedule = parts[p];
            }
            else if (p > 0 || preset is null)
            {
                throw Unknown(name, spec);
            }
        }

        return new(score.Trim(), budget.Trim(), schedule.Trim());

        void Once(string part)
        {
            if (!given.Add(part))
            {
                throw new MethodSpecException($"\"{spec}\" names two of one kind, the {part}; name one");
            }
        }
    }

    /// <summary>The method that decides by itself how many weights stay takes no density, and any other needs one.</summary>
    /// <param name="density">The kept share at the end, in (0, 1]; null for none.</param>
    /// <exception cref="MethodSpecException">There is one too many, or it is missing or out of range.</exception>
    public void CheckDensity(double? density)
    {
        if (Budget.SetsDensity && density is not null)
        {
            throw new MethodSpecException(FormattableString.Invariant($"{Spec} says by itself how many weights stay, so that the density {density} can't be asked for; leave it out"));
        }

        if (!Budget.SetsDensity && density is null)
        {
            throw new MethodSpecException($"{Spec} has to be told the share of the weights that stays at the end; give a density, e.g. 0.1");
        }

        if (density is not (null or (> 0 and <= 1)))
        {
            throw new MethodSpecException(FormattableString.Invariant($"the density {density} is not in (0, 1]; it is the share of the weights that stays, e.g. 0.1"));
        }
    }

    /// <inheritdoc/>
    public bool Equals(SparsityMethod? other) => other?.Spec == Spec;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SparsityMethod);

    /// <inheritdoc/>
    public override int GetHashCode() => Spec.GetHashCode(StringComparison.Ordinal);

    /// <summary><see cref="Spec"/>.</summary>
    public override string ToString() => Spec;

    private static MethodSpecException Unknown(string name, string spec)
    {
        string[] presets = [.. SparsityPresets.All.Select(static preset => preset.Name)];
        string[] scores = [.. WeightScoreCatalog.All.Select(static entry => entry.Name)], budgets = [.. BudgetCatalog.All.Select(static entry => entry.Name)], schedules = [.. DensityScheduleCatalog.All.Select(static entry => entry.Name)];
        var near = Closest.To(name, [.. presets, .. scores, .. budgets, .. schedules]);
        return new($"nothing is called {name} in \"{spec}\"; there are the presets {string.Join(", ", presets)}, the weight scores {string.Join(", ", scores)}, the budgets {string.Join(", ", budgets)} and the schedules {string.Join(", ", schedules)}{(near is null ? "" : $": did you mean {near}?")}");
    }
}
