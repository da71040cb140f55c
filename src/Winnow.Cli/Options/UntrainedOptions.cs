using System.CommandLine;
using System.CommandLine.Parsing;

namespace Winnow.Cli.Options;

/// <summary>The options of a verb that can train, where it is given what a training would make.</summary>
internal static class UntrainedOptions
{
    /// <summary>Refuses options that would be ignored.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="meant">Those that mean something without a training, beside those that say what is printed.</param>
    public static void Check(ParseResult parsed, IReadOnlyList<Option> meant)
    {
        string[] allowed = [.. meant.Select(static option => option.Name), RunOptions.Json.Name, RunOptions.QuietName, "--no-color"];
        if (parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(result => !result.Implicit && !allowed.Contains(result.Option.Name)) is { } useless)
        {
            throw new UsageException($"{useless.Option.Name} means nothing where nothing is trained; leave it out.");
        }
    }
}
