using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Winnow.Catalog;

namespace Winnow.Cli;

/// <summary>Says in one sentence what is wrong with a command line: the first thing of all that the parser found.</summary>
internal static class UsageError
{
    public static string Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var verb = command.Name;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return Unknown(unknown, command, verb);
        }

        foreach (var given in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (given.Option.AllowMultipleArgumentsPerToken && given.Tokens.FirstOrDefault(static token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } swallowed)
            {
                return command.Options.Any(option => option.Name == swallowed.Value || option.Aliases.Contains(swallowed.Value)) ? NeedsValue(given.Option) : Unknown(swallowed.Value, command, verb);
            }

            if (given.Option.Arity.MinimumNumberOfValues > given.Tokens.Count && !given.Implicit)
            {
                return NeedsValue(given.Option);
            }

            if (given.IdentifierTokenCount > 1 && given.Option.Arity.MaximumNumberOfValues <= 1)
            {
                return $"{given.Option.Name} is given {given.IdentifierTokenCount} times; give it once.";
            }
        }

        if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 }) is { } argument)
        {
            // First, because an option that takes several values would swallow it.
            return $"{verb} needs <{argument.Name}> as its first word.";
        }

        var missing = command.Options.Where(option => option.Required && parsed.GetResult(option) is null or { IdentifierTokenCount: 0 })
            .Select(static option => $"{option.Name} <{option.HelpName}>")
            .ToArray();
        return missing.Length > 0 ? $"{verb} needs {string.Join(", ", missing)}." : parsed.Errors[0].Message;
    }

    /// <summary>A command as it is typed, such as <c>winnow train</c>.</summary>
    public static string FullName(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{FullName(parent)} {command.Name}" : command.Name;

    private static string NeedsValue(Option option) => $"{option.Name} needs a value: {option.Name} <{option.HelpName ?? "value"}>.";

    private static string Unknown(string word, Command command, string verb)
    {
        string[] known = word.StartsWith('-')
            ? [.. command.Options.Where(static option => option is not HelpOption).SelectMany(static option => option.Aliases.Prepend(option.Name)), "--help"]
            : [.. command.Subcommands.Select(static sub => sub.Name)];
        var meant = Closest.To(word, known) is { } near ? $" Did you mean {near}?" : "";
        return word.StartsWith('-') ? $"{verb} has no option {word}.{meant}"
            : known.Length > 0 ? $"there is no command {word}; there are {string.Join(", ", known)}.{meant}"
            : $"{verb} can't make sense of \"{word}\": it takes {(command.Arguments.Count == 0 ? "options only" : $"one <{command.Arguments[0].Name}>")}.";
    }
}
