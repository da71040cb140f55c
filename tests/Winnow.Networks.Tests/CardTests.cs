using System.Text.RegularExpressions;
using Winnow.Networks.Sparsity;
using Winnow.Tests;

namespace Winnow.Networks.Tests;

public partial class CardTests
{
    private const string Folder = "docs/cards/networks";

    public static TheoryData<string> Cards => [.. Directory.GetFiles(Path.Combine(Repository.Root, Folder), "*.md").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_preset_has_one()
    {
        var page = Repository.File("docs/sparsity.md");
        foreach (var preset in SparsityPresets.All)
        {
            Assert.StartsWith($"# {preset.Name}\n", Repository.File($"{Folder}/{preset.Name}.md"), StringComparison.Ordinal);
            Assert.Contains($"| [`{preset.Name}`](cards/networks/{preset.Name}.md)", page, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Cards))]
    public void It_fits_one_screen_and_is_found_from_a_page(string name)
    {
        Assert.InRange(Repository.File($"{Folder}/{name}.md").TrimEnd().Split('\n').Length, 1, 60);
        Assert.Contains($"(cards/networks/{name}.md)", Repository.File("docs/sparsity.md") + Repository.File("docs/shrink.md"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Cards))]
    public void It_names_its_source_and_tests_that_there_are(string name)
    {
        var card = Repository.File($"{Folder}/{name}.md");
        Assert.Contains("\n- **From:** ", card, StringComparison.Ordinal);
        var named = NamedTests().Matches(card);
        Assert.NotEmpty(named);
        foreach (Match match in named)
        {
            var files = Directory.GetFiles(Path.Combine(Repository.Root, "tests"), $"{match.Groups[1].Value}.cs", SearchOption.AllDirectories);
            Assert.True(files.Any(file => File.ReadAllText(file).Contains($" {match.Groups[2].Value}(", StringComparison.Ordinal)), $"the card of {name} names {match.Value}, which doesn't exist");
        }
    }

    [Theory, MemberData(nameof(Cards))]
    public void Its_specs_parse_and_go_with_their_densities(string name)
    {
        foreach (var line in Repository.File($"{Folder}/{name}.md").Split('\n').Where(static line => line.Contains(" --sparsify ", StringComparison.Ordinal)))
        {
            var method = SparsityMethod.Parse(Sparsify().Match(line).Groups[1].Value);
            method.CheckDensity(line.Contains("--density ", StringComparison.Ordinal) ? 0.1 : null);
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex NamedTests();

    [GeneratedRegex(@"--sparsify (\S+)")]
    private static partial Regex Sparsify();
}
