using System.Text.RegularExpressions;

namespace Winnow.Training.Models.Scripts;

/// <summary>What the code in a TorchScript file tells about the module's state.</summary>
internal static partial class ScriptCode
{
    /// <summary>The attributes of a class that its own code assigns and that are no tensors, with their types: state that neither weights nor checkpoints hold.</summary>
    /// <param name="code">One of the archive's code files, in the form that libtorch writes: attributes with their types first, then functions.</param>
    public static IEnumerable<string> Changing(string code)
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        var self = "";
        foreach (var line in code.Split('\n'))
        {
            if (line.StartsWith("class ", StringComparison.Ordinal))
            {
                types.Clear();
            }
            else if (Attribute().Match(line) is { Success: true } attribute)
            {
                types[attribute.Groups["name"].Value] = attribute.Groups["type"].Value;
            }
            else if (Function().Match(line) is { Success: true } function)
            {
                self = function.Groups["self"].Value;
            }
            else if (Assignment().Match(line) is { Success: true } assignment && assignment.Groups["self"].Value == self
                && types.TryGetValue(assignment.Groups["name"].Value, out var type) && type != "Tensor")
            {
                yield return $"{assignment.Groups["name"].Value} ({type})";
            }
        }
    }

    [GeneratedRegex(@"^  (?<name>\w+) : (?<type>\S.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^  def \w+\((?<self>\w+):", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Function();

    [GeneratedRegex(@"^\s+(?<self>\w+)\.(?<name>\w+) = ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();
}
