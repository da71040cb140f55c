using System.Text.RegularExpressions;

namespace Winnow.Tests.Architecture;

/// <summary>Numbers that come from people are read in one place.</summary>
public partial class NumberParsingTests
{
    // What reads numbers by itself, and why that is right.
    private static readonly string[] s_own = ["src/Winnow/Catalog/NumberText.cs"];

    [Fact]
    public void No_source_file_but_one_parses_numbers()
    {
        var found = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))

            // It knows nothing of the core, and its numbers come from other processes and from the environment.
            .Where(static file => !file.StartsWith("src/Winnow.Torch/", StringComparison.Ordinal))
            .Where(static file => Parses().IsMatch(File.ReadAllText(Path.Combine(Repository.Root, file))));
        Assert.Equal(s_own, found);
    }

    [GeneratedRegex(@"\b(s?byte|u?short|u?int|u?long|nu?int|float|double|decimal|Half|BigInteger|S?Byte|U?Int(16|32|64|128)|Single|Double|Decimal|T|TNumber|TSelf)\.(Try)?Parse\(|Convert\.To(S?Byte|U?Int|Single|Double|Decimal)")]
    private static partial Regex Parses();
}
