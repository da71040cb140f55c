using System.CommandLine;
using System.Numerics;
using Winnow.Catalog;

namespace Winnow.Cli.Options;

/// <summary>Makes options whose values are read here, so that a wrong one is answered with value, rule and an example.</summary>
internal static class Value
{
    /// <summary>The seeds there are: all whole numbers of 64 bits.</summary>
    public static NumberRange<ulong> Seeds { get; } = new(0, ulong.MaxValue);

    /// <summary>A number; null when it isn't given.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">Its description in the help.</param>
    /// <param name="range">Where it has to lie.</param>
    /// <param name="example">A number to give.</param>
    /// <param name="hint">What helps more than the example, in a wrong number's message; null for the example.</param>
    /// <param name="aliases">Its other names.</param>
    public static Option<T?> Number<T>(string name, string description, NumberRange<T> range, string example, string? hint = null, params string[] aliases)
        where T : struct, INumber<T> => Make<T?>(name, aliases, description, typeof(T) == typeof(double) ? "x" : "n", text =>
            NumberText.Read(text, range, out var value) is { } problem ? (null, problem) : (value, ""), hint ?? $"e.g. {name} {example}");

    /// <summary>One of a few words; null when it isn't given.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct =>
        Make<T?>(name, [], description, string.Join('|', choices.Select(static choice => choice.Word)), text =>
        {
            var at = Array.FindIndex(choices, choice => choice.Word == text);
            return at < 0 ? (null, $"is not {string.Join(" or ", choices.Select(static choice => choice.Word))}") : (choices[at].Value, "");
        }, $"e.g. {name} {choices[0].Word}");

    /// <summary>One of a few words as it stands; null when it isn't given.</summary>
    public static Option<string?> Word(string name, string description, params string[] words) =>
        Make<string?>(name, [], $"{description} [default: {words[0]}]", string.Join('|', words), text => (words.Contains(text) ? text : null, $"is not {string.Join(" or ", words)}"), $"e.g. {name} {words[0]}");

    /// <summary>A share in (0, 1), as a number or in percent; null when it isn't given.</summary>
    public static Option<double?> Share(string name, string description) =>
        Make<double?>(name, [], description, "share", static text => (ReadShare(text), "is not a share in (0, 1)"), $"e.g. {name} 30% or {name} 0.3");

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

    /// <summary>What the words of a list stand for.</summary>
    /// <param name="given">The words; null for none.</param>
    /// <param name="option">The list's name.</param>
    /// <param name="known">All words that there are.</param>
    public static T[] Words<T>(string[]? given, string option, (string Word, T Value)[] known)
    {
        string[] words = [.. known.Select(static entry => entry.Word)];
        return [.. (given ?? []).Select(word => Array.IndexOf(words, word) is >= 0 and var at
            ? known[at].Value
            : throw new UsageException($"{option} {word} is not one of {string.Join(", ", words)}{(Closest.To(word, words) is { } near ? $": did you mean {near}?" : $"; e.g. {option} {words[0]}.")}"))];
    }

    /// <summary>Reads 0.3 or 30%; null when it is neither or not in (0, 1).</summary>
    public static double? ReadShare(string text)
    {
        // Decimal, so that 99.9% is 0.999 and not 0.9990000000000001: the number is shown in specs.
        var percent = text.EndsWith('%');
        var range = new NumberRange<decimal>(0, percent ? 100 : 1) { MinOpen = true, MaxOpen = true };
        return NumberText.Read(percent ? text.AsSpan(0, text.Length - 1) : text, range, out var value) is null
            && (double)(percent ? value / 100 : value) is > 0 and < 1 and var share
                ? share
                : null;
    }

    private static Option<T> Make<T>(string name, string[] aliases, string description, string helpName, Func<string, (T Value, string Problem)> read, string hint) => new(name, aliases)
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

            var (value, problem) = read(token.Value);
            if (value is null)
            {
                result.AddError($"{name} {token.Value} {problem}; {hint}.");
            }

            return value;
        },
    };
}
