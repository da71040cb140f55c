using System.Reflection;
using System.Text.RegularExpressions;
using Winnow.Catalog;
using Winnow.Geometry;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Scores;
using Winnow.Selection;
using Winnow.Tests.Selection;

namespace Winnow.Tests.Architecture;

public partial class CardTests
{
    // Some selectors have the names of methods: their cards are in a folder of their own.
    private const string Selectors = "selectors/";

    /// <summary>The cards, by their paths below docs/cards.</summary>
    public static TheoryData<string> Methods => [.. s_parameters.Keys];

    public static TheoryData<string> SelectorsAndBalances => [.. s_parameters.Keys.Where(static card => card.StartsWith(Selectors, StringComparison.Ordinal))];

    private static readonly Dictionary<string, IReadOnlyList<Parameter>> s_parameters = PolicyCatalog.All.Select(static m => (m.Name, m.Parameters))
        .Concat(ModifierCatalog.All.Select(static m => (m.Name, m.Parameters)))
        .Concat(ScoreCatalog.All.Select(static m => (m.Name, m.Parameters)))
        .Concat(SelectorCatalog.All.Select(static m => (Name: Selectors + m.Name, m.Parameters)))
        .Concat(SelectorCatalog.Balances.Select(static m => (Name: Selectors + m.Name, m.Parameters))).ToDictionary(static m => m.Name, static m => m.Parameters);

    [Theory, MemberData(nameof(Methods))]
    public void Gives_every_parameter_its_default_and_range(string name)
    {
        var card = Repository.File($"docs/cards/{name}.md");
        Assert.StartsWith($"# {Path.GetFileName(name)}\n", card, StringComparison.Ordinal);
        foreach (var parameter in s_parameters[name])
        {
            var range = parameter.Range.Replace(" | ", ", ", StringComparison.Ordinal);
            Assert.Contains($"| `{parameter.Name}` | {parameter.Format(parameter.Default)} | {range} | ", card, StringComparison.Ordinal);
        }

        Assert.Equal(s_parameters[name].Count, ParameterRows().Count(card));
    }

    [Theory, MemberData(nameof(Methods))]
    public void Uses_specs_that_parse(string name)
    {
        if (name.StartsWith(Selectors, StringComparison.Ordinal))
        {
            Assert.All(SelectorSpecs(CardAndDetails(name)), spec => Assert.Contains(Path.GetFileName(name), SelectorCatalog.Canonical(spec).Split('+', ':')));
            Assert.All(ScoresChosenBy().Matches(CardAndDetails(name)), static match => ScoreCatalog.Parse(match.Groups[1].Value));
            return;
        }

        foreach (Match match in SpecsInUse().Matches(CardAndDetails(name)))
        {
            PolicyCatalog.Parse(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value);
        }

        foreach (Match match in ScoresInUse().Matches(CardAndDetails(name)))
        {
            ScoreCatalog.Parse(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value);
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void Names_tests_that_exist(string name)
    {
        foreach (Match match in NamedTests().Matches(CardAndDetails(name)))
        {
            var named = typeof(CardTests).Assembly.GetTypes().Where(t => t.Name == match.Groups[1].Value);
            Assert.True(named.Any(t => t.GetMethod(match.Groups[2].Value, BindingFlags.Public | BindingFlags.Instance) is not null), $"the card of {name} names {match.Value}, which doesn't exist");
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void Fits_one_screen(string name) => Assert.InRange(Repository.File($"docs/cards/{name}.md").TrimEnd().Split('\n').Length, 1, 60);

    [Theory, MemberData(nameof(SelectorsAndBalances))]
    public void Gives_a_selector_what_it_needs(string name)
    {
        const int Count = 2000, Width = SelectionInputs.Width;
        var card = Repository.File($"docs/cards/{name}.md");
        var commands = card.Split('\n').Where(static line => line.StartsWith("    winnow select ", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var needs = SelectorCatalog.Parse(SpecsInUse().Match(command).Groups[1].Value).Needs;
            Assert.Equal(needs.HasFlag(SelectionNeeds.Scores), command.Contains(" --scores ", StringComparison.Ordinal));
            Assert.Equal(needs.HasFlag(SelectionNeeds.Embeddings), command.Contains(" --embeddings ", StringComparison.Ordinal));
            Assert.Equal(needs.HasFlag(SelectionNeeds.Probabilities), command.Contains(" --probabilities ", StringComparison.Ordinal));
            Assert.Equal(needs.HasFlag(SelectionNeeds.ClassAccuracies), command.Contains(" --class-accuracies ", StringComparison.Ordinal));
            Assert.True(!needs.HasFlag(SelectionNeeds.Labels) || command.Contains(" --labels ", StringComparison.Ordinal) || !command.StartsWith("    winnow select --", StringComparison.Ordinal), $"{command}: names neither data nor labels");
        }

        // Of this line, which is compiled, a card has the parts that its selector needs.
        float[] scores = SelectionInputs.Scores(Count, 1), rows = SelectionInputs.Rows(Count, 1);
        var labels = SelectionInputs.Labels(Count, 1);
        var probabilities = SelectionInputs.Probabilities(labels, 1);
        double[] accuracies = [0.9, 0.5, 0.8, 0.7];
        var (count, width) = (Count, Width);
        // CARDS
        var input = new SelectionInput(count) { Scores = scores, Labels = labels, ClassAccuracies = accuracies, Probabilities = probabilities, Embeddings = EmbeddingMatrix.Of(rows, width), Seed = 1 };
        // END
        var code = CodeOfSelectors().Match(card);
        Assert.True(code.Success, $"the card of {name} doesn't show how the selector is asked as the others do");
        var parts = InitializedProperties().Split(code.Groups[1].Value);
        var compiled = Repository.File("tests/Winnow.Tests/Architecture/CardTests.cs").Split("// CARDS")[1].Split("// END")[0];
        Assert.All(parts, part => Assert.Contains(part, compiled, StringComparison.Ordinal));
        var given = input with
        {
            Scores = parts.Contains("Scores = scores") ? input.Scores : default,
            Labels = parts.Contains("Labels = labels") ? input.Labels : default,
            ClassAccuracies = parts.Contains("ClassAccuracies = accuracies") ? input.ClassAccuracies : default,
            Probabilities = parts.Contains("Probabilities = probabilities") ? input.Probabilities : default,
            Embeddings = parts.Contains("Embeddings = EmbeddingMatrix.Of(rows, width)") ? input.Embeddings : null,
        };
        var budget = KeepBudget.Parse(code.Groups[3].Value);
        var selector = SelectorCatalog.Parse(code.Groups[2].Value);
        var kept = selector.Choose(given, budget);
        Assert.Equal(budget.Of(Count), kept.Order.Length);
        Assert.Equal(selector.IsRanked ? "best first" : "ascending", code.Groups[4].Value);
    }

    [Fact]
    public void The_page_says_of_every_selector_what_it_is_made_from_and_whether_it_ranks()
    {
        var page = Repository.File("docs/selection.md");
        foreach (var method in SelectorCatalog.All)
        {
            var selector = SelectorCatalog.Parse(method.Name);
            var needs = selector.Needs == SelectionNeeds.None ? "nothing" : selector.Needs.ToString().ToLowerInvariant();
            var row = new Regex($@"^\| \[`{method.Name}`\]\(cards/selectors/{method.Name}\.md\) \| [^|]+ \| {needs} \| {(selector.IsRanked ? "yes" : "no")} \| ", RegexOptions.Multiline);
            Assert.True(row.IsMatch(page), $"docs/selection.md has no row of {method.Name} that says: {needs}, {(selector.IsRanked ? "ranked" : "not ranked")}");
        }

        Assert.All(SelectorCatalog.Balances, balance => Assert.Contains($"| [`+{balance.Name}`](cards/selectors/{balance.Name}.md) | ", page, StringComparison.Ordinal));
    }

    private static IEnumerable<string> SelectorSpecs(string text) => SpecsInUse().Matches(text).Select(static match => match.Groups[1].Value)
        .Concat(CodeOfSelectors().Matches(text).Select(static match => match.Groups[2].Value));

    private static string CardAndDetails(string name)
    {
        var details = $"docs/cards/details/{name}.md";
        return Repository.File($"docs/cards/{name}.md") + (File.Exists(Path.Combine(Repository.Root, details)) ? Repository.File(details) : "");
    }

    [GeneratedRegex(@"^\| `[a-z-]+` \|", RegexOptions.Multiline)]
    private static partial Regex ParameterRows();

    [GeneratedRegex(@"--method (\S+)|PolicyCatalog\.Parse\(""([^""]+)""\)")]
    private static partial Regex SpecsInUse();

    [GeneratedRegex(@"--scores (\S+)|ScoreCatalog\.Parse\(""([^""]+)""\)")]
    private static partial Regex ScoresInUse();

    [GeneratedRegex(@"--by (\S+)")]
    private static partial Regex ScoresChosenBy();

    [GeneratedRegex(@"^var input = new SelectionInput\(count\) \{ (.+) \};\nSampleSelection kept = SelectorCatalog\.Parse\(""(.+?)""\)\.Choose\(input, KeepBudget\.Parse\(""(.+?)""\)\);   // kept\.Order, (.+)$", RegexOptions.Multiline)]
    private static partial Regex CodeOfSelectors();

    [GeneratedRegex(@", (?=[A-Z])")]
    private static partial Regex InitializedProperties();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex NamedTests();
}
