using Winnow.Catalog;
using Winnow.Scores;
using Winnow.Selection;

namespace Winnow.Experiments.Subsets;

/// <summary>
/// An arm that chooses once what it trains on: <c>SELECTOR:keep=K,…@SCORE</c>, such as <c>ccs:keep=0.3,cutoff=0.2@el2n:runs=3</c>, or <c>random:keep=0.3@none</c> where nothing is
/// scored. The sign @ is what tells it from a method that chooses anew in each epoch.
/// </summary>
/// <param name="Selector">The canonical spec of the selector, without the budget.</param>
/// <param name="Keep">How many samples are kept.</param>
/// <param name="Score">The canonical spec of the score; null for none.</param>
public sealed record SubsetSpec(string Selector, KeepBudget Keep, string? Score)
{
    private const string KeepName = "keep", None = "none";

    /// <summary>Whether a text is meant as one.</summary>
    /// <param name="spec">Any text.</param>
    public static bool Is(string spec) => spec?.Contains('@', StringComparison.Ordinal) == true;

    /// <summary>Reads one.</summary>
    /// <param name="spec">Such as <c>ccs:keep=0.3@el2n</c>.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong; the message says what is possible.</exception>
    /// <exception cref="SelectionException">The budget can't be read.</exception>
    public static SubsetSpec Parse(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var at = spec.IndexOf('@', StringComparison.Ordinal);
        var (choice, score) = at < 0 ? throw Form(spec) : (spec[..at].Trim(), spec[(at + 1)..].Trim());
        if (choice.Length == 0 || score.Length == 0 || score.Contains('@', StringComparison.Ordinal))
        {
            throw Form(spec);
        }

        var selector = SpecText.Base(choice);
        var keep = selector.Values.FirstOrDefault(static value => value.Key == KeepName).Value
            ?? throw new MethodSpecException($"\"{spec}\" doesn't say how many samples are kept; write e.g. {selector.Name}:keep=0.3@{score}");
        var canonical = SelectorCatalog.Canonical(SpecText.Without(choice, KeepName));
        var needs = SelectorCatalog.Parse(canonical).Needs;
        if ((needs & ~(SelectionNeeds.Scores | SelectionNeeds.Labels)) is not SelectionNeeds.None and var lacking)
        {
            throw new MethodSpecException($"{selector.Name} chooses by {Words(lacking)}, of which a comparison has none; choose once by winnow select, and train on its file");
        }

        var needsScores = needs.HasFlag(SelectionNeeds.Scores);
        if (needsScores && score == None)
        {
            throw new MethodSpecException($"{selector.Name} chooses by a score, and \"{spec}\" names none; write e.g. {selector.Name}:keep={keep}@el2n");
        }

        if (!needsScores && score != None)
        {
            throw new MethodSpecException($"{selector.Name} chooses by no score, and \"{spec}\" names {score}; write {selector.Name}:keep={keep}@{None}");
        }

        return new(canonical, KeepBudget.Parse(keep), score == None ? null : ScoreCatalog.Canonical(score));
    }

    /// <summary>The one text for all specs that mean the same.</summary>
    public override string ToString() => $"{SpecText.With(Selector, KeepName, Keep.ToString())}@{Score ?? None}";

    private static string Words(SelectionNeeds needs) => string.Join(" and ", Enum.GetValues<SelectionNeeds>().Where(need => need != SelectionNeeds.None && needs.HasFlag(need)).Select(static need => need switch
    {
        SelectionNeeds.Embeddings => "embeddings",
        SelectionNeeds.Probabilities => "probabilities",
        _ => "accuracies of classes",
    }));

    private static MethodSpecException Form(string spec) =>
        new($"\"{spec}\" is not of the form SELECTOR:keep=K@SCORE; write e.g. ccs:keep=0.3@el2n, or random:keep=0.3@none");
}
