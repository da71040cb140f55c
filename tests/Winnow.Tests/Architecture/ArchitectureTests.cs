using System.Text.RegularExpressions;
using System.Xml.Linq;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Scores;
using Winnow.Selection;

namespace Winnow.Tests.Architecture;

public partial class ArchitectureTests
{
    /// <summary>The table of docs/design.md: what each assembly may reference.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Winnow"] = ["System.Numerics.Tensors"],
        ["Winnow.Native"] = ["Winnow"],
        ["Winnow.Data"] = ["Winnow", "Microsoft.ML.Tokenizers", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies"],
        ["Winnow.Curation"] = ["Winnow", "Winnow.Data", "ParquetSharp", "System.IO.Hashing", "ZstdSharp.Port"],
        ["Winnow.Embedding"] = ["Winnow", "Winnow.Data", "FastBertTokenizer", "Microsoft.ML.OnnxRuntime", "OnnxSharp"],
        ["Winnow.Torch"] = ["TorchSharp"],
        ["Winnow.Records"] = ["Winnow", "Winnow.Data", "Google.Protobuf"],
        ["Winnow.Training"] = ["Winnow", "Winnow.Data", "Winnow.Networks", "Winnow.Records", "Winnow.Torch"],
        ["Winnow.Networks"] = ["Winnow", "Winnow.Data", "Winnow.Torch"],
        ["Winnow.Onnx"] = ["Winnow", "Winnow.Data", "Winnow.Networks", "Winnow.Torch", "Microsoft.ML.OnnxRuntime", "OnnxSharp"],
        ["Winnow.Experiments"] = ["Winnow", "Winnow.Data", "Winnow.Networks", "Winnow.Records", "Winnow.Training", "MathNet.Numerics"],
        ["Winnow.Report"] = ["Winnow.Records"],
        ["Winnow.Cli"] = ["Winnow", "Winnow.Data", "Winnow.Curation", "Winnow.Embedding", "Winnow.Torch", "Winnow.Records", "Winnow.Networks", "Winnow.Onnx", "Winnow.Training", "Winnow.Experiments", "Winnow.Report", "System.CommandLine", "Spectre.Console"],
    };

    private static readonly string[] s_folders = ["Numerics", "Geometry", "Catalog", "Checkpoints", "Samples", "Policies", "Plans", "Scores", "Selection", "LabelErrors"];

    [Fact]
    public void Projects_reference_only_what_the_design_allows()
    {
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(s_allowed.Keys.Order(), projects.Select(static p => Path.GetFileNameWithoutExtension(p)!).Order());
        foreach (var project in projects)
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var references = XDocument.Load(project).Descendants().Where(static e => e.Name.LocalName is "ProjectReference" or "PackageReference")
                .Select(static e => e.Attribute("Include")!.Value)
                .Select(static r => r.EndsWith(".csproj", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(r.Replace('\\', '/')) : r);
            Assert.All(references, r => Assert.True(s_allowed[name].Contains(r), $"{name} references {r}, which docs/design.md doesn't allow"));
        }
    }

    [Fact]
    public void The_design_page_lists_every_assembly()
    {
        var design = Repository.File("docs/design.md");
        Assert.All(s_allowed.Keys, name => Assert.Contains($"| `{name}` |", design, StringComparison.Ordinal));
    }

    [Fact]
    public void Folders_of_the_core_use_only_those_before_them()
    {
        var core = Path.Combine(Repository.Root, "src", "Winnow");
        Assert.Equal(s_folders.Order(), Directory.GetDirectories(core).Select(static d => Path.GetFileName(d)!).Where(static d => d is not ("bin" or "obj")).Order());
        for (var level = 0; level < s_folders.Length; level++)
        {
            foreach (var file in Directory.GetFiles(Path.Combine(core, s_folders[level]), "*.cs"))
            {
                var text = File.ReadAllText(file);
                Assert.Contains($"namespace Winnow.{s_folders[level]};", text, StringComparison.Ordinal);
                foreach (Match use in Uses().Matches(text))
                {
                    var used = Array.IndexOf(s_folders, use.Groups[1].Value);
                    Assert.True(used >= 0 && used <= level, $"{file} uses {use.Value}, which doesn't come before {s_folders[level]}");
                }
            }
        }
    }

    [Fact]
    public void The_core_touches_no_console_file_or_clock()
    {
        foreach (var file in Sources("src/Winnow"))
        {
            Assert.False(Forbidden().IsMatch(File.ReadAllText(file)), $"{file} uses the console, files, the clock or the environment");
        }
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        foreach (var file in Sources("src").Concat(Sources("tests")))
        {
            Assert.True(File.ReadLines(file).Count() <= 400, $"{file} is longer than 400 lines; split it by what it does");
        }
    }

    [Fact]
    public void Libraries_name_properties_and_leave_options_to_the_command_line()
    {
        foreach (var file in Sources("src").Where(static f => !f.Contains("/Winnow.Cli/", StringComparison.Ordinal)))
        {
            foreach (var line in File.ReadLines(file).Where(static l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                Assert.False(CommandLineOption().IsMatch(line), $"{file} names an option of the command line: {line.Trim()}");
            }
        }
    }

    [Fact]
    public void Every_policy_has_a_source_a_test_and_a_card()
    {
        foreach (var method in PolicyCatalog.All)
        {
            var source = Assert.Single(Sources("src/Winnow/Policies"), f => File.ReadAllText(f).Contains($"=> new(\"{method.Name}\"", StringComparison.Ordinal));
            var test = Path.Combine(Repository.Root, "tests/Winnow.Tests/Policies", Path.GetFileNameWithoutExtension(source) + "Tests.cs");
            Assert.True(File.Exists(test), $"{method.Name} has no {test}");
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs/cards", method.Name + ".md")), $"{method.Name} has no card");
        }

        foreach (var name in ModifierCatalog.All.Select(static m => m.Name))
        {
            var source = Assert.Single(Sources("src/Winnow/Policies/Modifiers"), f => File.ReadAllText(f).Contains($"=> new(\"{name}\"", StringComparison.Ordinal));
            var test = Path.Combine(Repository.Root, "tests/Winnow.Tests/Policies/Modifiers", Path.GetFileNameWithoutExtension(source) + "Tests.cs");
            Assert.True(File.Exists(test), $"{name} has no {test}");
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs/cards", name + ".md")), $"{name} has no card");
        }
    }

    [Fact]
    public void Every_score_has_a_source_a_test_and_a_card()
    {
        foreach (var name in ScoreCatalog.All.Select(static score => score.Name))
        {
            var source = Assert.Single(Sources("src/Winnow/Scores"), f => File.ReadAllText(f).Contains($"=> new(\"{name}\"", StringComparison.Ordinal));
            var test = Path.Combine(Repository.Root, "tests/Winnow.Tests/Scores", Path.GetFileNameWithoutExtension(source) + "Tests.cs");
            Assert.True(File.Exists(test), $"{name} has no {test}");
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs/cards", name + ".md")), $"{name} has no card");
        }
    }

    [Fact]
    public void Every_selector_and_balance_has_a_source_a_test_and_a_card()
    {
        // Several share a test file, by what they choose by; the suite over the whole catalogue names none.
        var tests = Sources("tests/Winnow.Tests/Selection").Select(File.ReadAllText).ToArray();
        foreach (var name in SelectorCatalog.All.Select(static selector => selector.Name).Concat(SelectorCatalog.Balances.Select(static balance => balance.Name)))
        {
            Assert.Single(Sources("src/Winnow/Selection/Selectors"), f => File.ReadAllText(f).Contains($"=> new(\"{name}\"", StringComparison.Ordinal));
            var named = new Regex($@"[""+]{Regex.Escape(name)}["":+]");
            Assert.True(Array.Exists(tests, text => named.IsMatch(text)), $"no test in tests/Winnow.Tests/Selection names {name}");
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs/cards/selectors", name + ".md")), $"{name} has no card");
        }

        Assert.Equal(SelectorCatalog.All.Count + SelectorCatalog.Balances.Count, Directory.GetFiles(Path.Combine(Repository.Root, "docs/cards/selectors"), "*.md").Length);
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories).Where(static f => !f.Contains("/obj/", StringComparison.Ordinal));

    [GeneratedRegex(@"\bWinnow\.([A-Z]\w+)")]
    private static partial Regex Uses();

    [GeneratedRegex(@"[""\s({]--[a-z]")]
    private static partial Regex CommandLineOption();

    [GeneratedRegex(@"\bConsole\.|\bFile\.|\bDirectory\.|\bDateTime|\bStopwatch|GetEnvironmentVariable")]
    private static partial Regex Forbidden();
}
