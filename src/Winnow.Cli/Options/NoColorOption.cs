using System.CommandLine;

namespace Winnow.Cli.Options;

/// <summary>Plain text on terminals too. Bars still move: they are no colour.</summary>
internal static class NoColorOption
{
    private const string Name = "--no-color";

    /// <summary>The option, for every verb.</summary>
    public static Option<bool> Create() => new(Name) { Description = "no colours on a terminal; NO_COLOR in the environment does the same", Recursive = true };

    /// <summary>Whether colours are wanted. It is asked before the arguments are parsed, because errors in them have a colour too.</summary>
    public static bool Colours(IReadOnlyList<string> args) =>
        !args.TakeWhile(static arg => arg != "--").Contains(Name) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
