namespace Winnow.Catalog;

/// <summary>
/// A method by name with the parameters that were given: <c>name</c> or <c>name:key=value,key=value</c>. The one string used in
/// command lines, logs and files. It knows only the form; whether the name and the values mean anything is the catalogue's to say.
/// </summary>
public sealed class MethodSpec : IEquatable<MethodSpec>
{
    private MethodSpec(string name, IReadOnlyList<KeyValuePair<string, string>> values) => (Name, Values) = (name, values);

    /// <summary>The method's name: lower-case letters, digits and dashes, beginning with a letter.</summary>
    public string Name { get; }

    /// <summary>The given parameters in the order given, as text, each at most once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; }

    /// <summary>Reads a spec. Blanks around names and values are dropped.</summary>
    /// <param name="text">Such as <c>infobatch:keep=0.5,until=0.875</c>.</param>
    /// <exception cref="MethodSpecException">The text hasn't that form, or a parameter is given twice.</exception>
    public static MethodSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? text : text[..colon]).Trim();
        CheckWord(name, "method name", text);
        if (colon < 0)
        {
            return new(name, []);
        }

        var values = new List<KeyValuePair<string, string>>();
        foreach (var part in text[(colon + 1)..].Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                // Half of a number with a decimal comma.
                var comma = NumberText.Read<double>(part.Trim(), out _) is null ? ": a comma separates parameters, decimals stand behind a point" : "";
                throw new MethodSpecException($"\"{part.Trim()}\" is not of the form key=value in \"{text}\"{comma}; write e.g. {name}:keep=0.7");
            }

            string key = part[..equals].Trim(), value = part[(equals + 1)..].Trim();
            CheckWord(key, "parameter name", text);
            if (value.Length == 0)
            {
                throw new MethodSpecException($"{key} has no value in \"{text}\"; write {key}=VALUE or leave it out");
            }

            if (value.Contains('=', StringComparison.Ordinal))
            {
                throw new MethodSpecException($"\"{part.Trim()}\" holds more than one '=' in \"{text}\"; separate parameters by commas");
            }

            if (values.Exists(v => v.Key == key))
            {
                throw new MethodSpecException($"{key} is given twice in \"{text}\"; give each parameter once");
            }

            values.Add(new(key, value));
        }

        return new(name, values);
    }

    /// <summary>The parts of a method and what is put around it, which a plus sign separates; one before a digit belongs to a number such as 1e+3.</summary>
    public static string[] Split(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var parts = new List<string>();
        var start = 0;
        for (var i = 0; i < spec.Length; i++)
        {
            if (spec[i] != '+' || (i + 1 < spec.Length && char.IsAsciiDigit(spec[i + 1])))
            {
                continue;
            }

            parts.Add(spec[start..i]);
            start = i + 1;
        }

        parts.Add(spec[start..]);
        return [.. parts];
    }

    /// <summary>A spec from its parts; for the catalogue.</summary>
    internal static MethodSpec Of(string name, IReadOnlyList<KeyValuePair<string, string>> values) => new(name, values);

    /// <summary>The spec as text that <see cref="Parse"/> reads back to an equal spec.</summary>
    public override string ToString() =>
        Values.Count == 0 ? Name : Name + ":" + string.Join(',', Values.Select(static v => v.Key + "=" + v.Value));

    /// <inheritdoc/>
    public bool Equals(MethodSpec? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MethodSpec);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static void CheckWord(string word, string what, string text)
    {
        var good = word.Length > 0 && char.IsAsciiLetterLower(word[0]);
        foreach (var c in word)
        {
            good &= char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';
        }

        if (!good)
        {
            throw new MethodSpecException($"\"{word}\" is no {what} in \"{text}\"; names are lower-case letters, digits and dashes, as in infobatch:keep=0.7");
        }
    }
}
