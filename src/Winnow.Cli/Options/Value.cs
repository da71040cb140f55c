using System.CommandLine;
using System.Globalization;

namespace Winnow.Cli.Options;

/// <summary>Makes options whose values are read here, so that a wrong one is answered with value, rule and an example.</summary>
internal static class Value
{
    /// <summary>A number; null when it isn't given.</summary>
    public static Option<T?> Number<T>(string name, string description, string example, params string[] aliases)
        where T : struct, IParsable<T> =>
        Make<T?>(name, aliases, description, typeof(T) == typeof(double) ? "x" : "n", text =>
            T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null,
            $"is not {(typeof(T) == typeof(double) ? "a number" : typeof(T) == typeof(ulong) ? "a whole number of at least 0" : "a whole number")}; e.g. {name} {example}.");

    /// <summary>One of a few words; null when it isn't given.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct =>
        Make<T?>(name, [], description, string.Join('|', choices.Select(static choice => choice.Word)), text =>
        {
            var at = Array.FindIndex(choices, choice => choice.Word == text);
            return at < 0 ? null : choices[at].Value;
        }, $"is not {string.Join(" or ", choices.Select(static choice => choice.Word))}; e.g. {name} {choices[0].Word}.");

    private static Option<T> Make<T>(string name, string[] aliases, string description, string helpName, Func<string, T> read, string rule) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            // Too few and too many values are the parser's to find.
            if (result.Tokens is not [var token])
            {
                return default;
            }

            var value = read(token.Value);
            if (value is null)
            {
                result.AddError($"{name} {token.Value} {rule}");
            }

            return value;
        },
    };
}
