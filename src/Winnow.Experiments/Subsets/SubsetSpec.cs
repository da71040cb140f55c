using Winnow.Catalog;
using Winnow.Scores;
using Winnow.Selection;
using Winnow.Training;

namespace Winnow.Experiments.Subsets;

/// <summary>
/// An arm that chooses once what it trains on: <c>SELECTOR:keep=K,…@SCORE</c>, such as <c>ccs:keep=0.3,cutoff=0.2@el2n:runs=3</c>, or <c>random:keep=0.3@none</c> where nothing is
/// scored. Selectors that look at embeddings are given <c>features</c>, the inputs of the last layer of a network that the recipe trains on all data: <c>k-center:keep=0.3@features</c>,
/// <c>d2:keep=0.3@el2n+features</c>. With <c>distil</c> among them the arm learns from that network's probabilities as well: <c>random:keep=0.3@distil</c>. The sign @ is what tells an arm from a method that chooses anew in each epoch.
/// </summary>
/// <param name="Selector">The canonical spec of the selector, without the budget.</param>
/// <param name="Keep">How many samples are kept.</param>
/// <param name="Score">The canonical spec of the score; null for none.</param>
/// <param name="Features">Whether it looks at a trained network's features and probabilities.</param>
/// <param name="Distil">The canonical spec of how it learns from that network; null where it doesn't.</param>
public sealed record SubsetSpec(string Selector, KeepBudget Keep, string? Score, bool Features = false, string? Distil = null)
{
    private const string KeepName = "keep", None = "none", FeaturesName = "features";

    /// <summary>Whether a network is trained on all data to its end, for its features or its probabilities.</summary>
    internal bool NeedsNetwork => Features || Distil is not null;

    /// <summary>What decides which trainings choosing takes: arms that have it in common share them.</summary>
    internal (string? Score, bool Network) Evidence => (Score, NeedsNetwork);

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
        var evidence = score.Split('+', StringSplitOptions.TrimEntries).Where(static part => part != None).ToArray();
        var features = evidence.Contains(FeaturesName);
        string[] teachers = [.. evidence.Where(DistilSpec.Is)], scores = [.. evidence.Where(static part => part != FeaturesName && !DistilSpec.Is(part))];
        var needs = SelectorCatalog.Parse(canonical).Needs;
        if (needs.HasFlag(SelectionNeeds.ClassAccuracies))
        {
            throw new MethodSpecException($"\"{spec}\" shares the budget out by accuracies of classes, of which a comparison has none; choose once by winnow select, and train on its file");
        }

        var (byScore, byFeatures) = (needs.HasFlag(SelectionNeeds.Scores), (needs & (SelectionNeeds.Embeddings | SelectionNeeds.Probabilities)) != SelectionNeeds.None);
        if (byScore != (scores.Length == 1) || byFeatures != features || teachers.Length > 1 || evidence.Distinct().Count() != evidence.Length)
        {
            var right = (byScore, byFeatures) switch { (true, true) => "el2n+features", (true, false) => "el2n", (false, true) => FeaturesName, _ => None };
            throw new MethodSpecException($"{selector.Name} chooses by {(byScore ? "a score" : "no score")}{(byFeatures ? " and by features" : "")}, and \"{spec}\" gives it {score}; write e.g. {selector.Name}:keep={keep}@{right}");
        }

        return new(canonical, KeepBudget.Parse(keep), scores.Length == 0 ? null : ScoreCatalog.Canonical(scores[0]), features, teachers.Length == 0 ? null : DistilSpec.Canonical(teachers[0]));
    }

    /// <summary>Refuses what a trainer can't give or so many samples don't allow, in no time.</summary>
    /// <param name="trainer">Data and recipe.</param>
    /// <exception cref="SelectionException">More samples are asked for than there are, or none.</exception>
    /// <exception cref="RecipeException">The recipe's trainings are too short for the score, or the task doesn't tell what is needed.</exception>
    public void Check(Trainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (Keep.Of(trainer.Task.Dataset.Train) == 0)
        {
            throw new SelectionException($"{this} keeps no sample of {trainer.Task.Dataset.Train}, and there is nothing to train on; keep at least one.");
        }

        if (Score is not null)
        {
            _ = new ScoreRuns(trainer, [Score]);
        }

        if (NeedsNetwork)
        {
            trainer.Check(new TrainingRequest { Method = "full", Features = true });
        }
    }

    /// <summary>The trainings that choosing for some arms takes at each seed, before these begin: of each the share of the schedule's epochs that it goes through, in (0, 1].</summary>
    /// <param name="specs">The arms that choose once.</param>
    /// <param name="trainer">Data and recipe.</param>
    /// <inheritdoc cref="Check" path="/exception"/>
    public static IReadOnlyList<double> Trainings(IEnumerable<SubsetSpec> specs, Trainer trainer)
    {
        ArgumentNullException.ThrowIfNull(specs);
        ArgumentNullException.ThrowIfNull(trainer);
        return [.. specs.Select(static spec => spec.Evidence).Distinct().SelectMany(evidence => SubsetChooser.Requests(evidence.Score, evidence.Network, trainer, seed: 1))
            .Select(request => (double)(request.Until ?? trainer.Settings.Epochs) / trainer.Settings.Epochs)];
    }

    /// <summary>The one text for all specs that mean the same.</summary>
    public override string ToString() => $"{SpecText.With(Selector, KeepName, Keep.ToString())}@{string.Join('+', new[] { Score, Features ? FeaturesName : null, Distil }.OfType<string>().DefaultIfEmpty(None))}";

    private static MethodSpecException Form(string spec) =>
        new($"\"{spec}\" is not of the form SELECTOR:keep=K@SCORE; write e.g. ccs:keep=0.3@el2n, k-center:keep=0.3@features, or random:keep=0.3@none");
}
