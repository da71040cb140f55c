using System.Text.RegularExpressions;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Tests.Architecture;

/// <summary>The README's code is code: it stands below word for word, compiled and run.</summary>
public partial class ReadmeTests
{
    private static int s_visited;

    [Fact]
    public void Shows_a_loop_that_compiles_and_runs()
    {
        const int count = 300;
        // README
        var pruner = new Pruner(count, PolicyCatalog.Parse("infobatch:keep=0.5"), new() { Epochs = 200, Seed = 1 });   // 1
        for (var epoch = 0; epoch < 200; epoch++)
        {
            foreach (var batch in pruner.Plan(epoch).Batches(128))                // 2: instead of your shuffled batches
            {
                var losses = Step(batch);                                         // multiply each loss by its weight (CopyWeights)
                pruner.Observe(batch, losses);                                    // 3: the raw losses
            }
        }
        // END
        Assert.Equal(s_visited, pruner.Statistics.Planned);
        Assert.InRange(pruner.Statistics.Saved, 0.1, 0.5);
    }

    [Fact]
    public void Has_the_same_loop_as_the_test_above()
    {
        var lines = Repository.File("tests/Winnow.Tests/Architecture/ReadmeTests.cs").Split('\n');
        int start = Array.FindIndex(lines, static l => l.Trim() == "// README") + 1, end = Array.FindIndex(lines, static l => l.Trim() == "// END");
        var indent = lines[start].Length - lines[start].TrimStart().Length;
        var code = string.Join('\n', lines[start..end].Select(l => l[indent..]));
        Assert.Contains($"```csharp\n{code}\n```", Repository.File("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fits_into_120_lines() => Assert.InRange(Repository.File("README.md").TrimEnd().Split('\n').Length, 1, 120);

    [Fact]
    public void Links_of_the_pages_lead_to_files_and_headings_that_are_there()
    {
        string[] pages = ["README.md", "CONTRIBUTING.md", "bindings/python/README.md", .. Pages("docs"), .. Pages("docs/cards"), .. Pages("docs/cards/details"), .. Pages("docs/cards/networks"), .. Pages("docs/cards/selectors"), .. Pages("docs/records")];
        var links = pages.SelectMany(static page => Links().Matches(Repository.File(page)).Select(match => (Page: page, Target: match.Groups[1].Value))).ToList();
        Assert.InRange(links.Count, 50, int.MaxValue);
        foreach ((var page, var target) in links.Where(static link => !link.Target.Contains("://", StringComparison.Ordinal)))
        {
            var parts = target.Split('#');
            var path = Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, parts[0]);
            Assert.True(parts[0].Length == 0 || File.Exists(path) || Directory.Exists(path), $"{page} links to {target}, which isn't there");
            if (parts.Length > 1)
            {
                var text = Repository.File(parts[0].Length == 0 ? page : Path.GetRelativePath(Repository.Root, Directory.Exists(path) ? Path.Combine(path, "README.md") : path));
                Assert.True(Headings(text).Contains(parts[1]), $"{page} links to {target}, a heading that isn't there");
            }
        }
    }

    private static IEnumerable<string> Pages(string folder) => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.md").Select(static path => Path.GetRelativePath(Repository.Root, path));

    // As GitHub names them: lower case, without punctuation, hyphens for blanks.
    private static HashSet<string> Headings(string text) => [.. text.Split('\n').Where(static line => line.StartsWith('#'))
        .Select(static line => new string([.. line.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-').Where(static c => char.IsLetterOrDigit(c) || c is '-' or '_')]))];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    // Losses with a long right tail, as cross-entropy has.
    private static float[] Step(PlannedBatch batch)
    {
        s_visited += batch.Count;
        return [.. batch.Ids.ToArray().Select(static id => 100f / (1 + (id * id)))];
    }
}
