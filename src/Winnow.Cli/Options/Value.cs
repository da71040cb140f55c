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

    /// <summary>A share in (0, 1), as a number or in percent; null when it isn't given.</summary>
    public static Option<double?> Share(string name, string description) =>
        Make<double?>(name, [], description, "share", ReadShare, $"is not a share in (0, 1); e.g. {name} 30% or {name} 0.3.");

    /// <summary>Some words or numbers, separated by blanks; empty when it isn't given.</summary>
    public static Option<string[]> List(string name, string description, string helpName, params string[] aliases)
    {
        var list = new Option<string[]>(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };

        // The parser takes an option that it doesn't know for one more word of the list.
        list.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens.Where(static token => token.Value.StartsWith("--", StringComparison.Ordinal)))
            {
                result.AddError(token.Value);
            }
        });
        return list;
    }

    /// <summary>Reads 0.3 or 30%; null when it is neither or not in (0, 1).</summary>
    public static double? ReadShare(string text)
    {
        // Decimal, so that 99.9% is 0.999 and not 0.9990000000000001: the number is shown in specs.
        var percent = text.EndsWith('%');
        return decimal.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
            && (double)(percent ? value / 100 : value) is > 0 and < 1 and var share
                ? share
                : null;
    }

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
