using System.Reflection;
using System.Text.RegularExpressions;
using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Scores;

namespace Winnow.Tests.Architecture;

public partial class CardTests
{
    public static TheoryData<string> Methods => [.. s_parameters.Keys];

    private static readonly Dictionary<string, IReadOnlyList<Parameter>> s_parameters = PolicyCatalog.All.Select(static m => (m.Name, m.Parameters))
        .Concat(ModifierCatalog.All.Select(static m => (m.Name, m.Parameters)))
        .Concat(ScoreCatalog.All.Select(static m => (m.Name, m.Parameters))).ToDictionary(static m => m.Name, static m => m.Parameters);

    [Theory, MemberData(nameof(Methods))]
    public void Gives_every_parameter_its_default_and_range(string name)
    {
        var card = Repository.File($"docs/cards/{name}.md");
        Assert.StartsWith($"# {name}\n", card, StringComparison.Ordinal);
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
            var type = typeof(CardTests).Assembly.GetTypes().SingleOrDefault(t => t.Name == match.Groups[1].Value);
            Assert.True(type?.GetMethod(match.Groups[2].Value, BindingFlags.Public | BindingFlags.Instance) is not null, $"the card of {name} names {match.Value}, which doesn't exist");
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void Fits_one_screen(string name) => Assert.InRange(Repository.File($"docs/cards/{name}.md").TrimEnd().Split('\n').Length, 1, 60);

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

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex NamedTests();
}
