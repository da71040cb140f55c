namespace Winnow.Catalog;

/// <summary>An entry of a catalogue: a name, what it takes, and how to make one.</summary>
/// <typeparam name="T">What it makes.</typeparam>
public sealed class Method<T>
{
    private readonly Func<ParameterValues, T> _make;

    /// <summary>An entry.</summary>
    /// <param name="name">Lower-case letters, digits and dashes.</param>
    /// <param name="summary">One sentence on what it does.</param>
    /// <param name="citation">The paper it is from, or that it is a baseline.</param>
    /// <param name="parameters">What can be set.</param>
    /// <param name="make">Makes one from valid values; may throw <see cref="MethodSpecException"/> for values that don't go together.</param>
    public Method(string name, string summary, string citation, IReadOnlyList<Parameter> parameters, Func<ParameterValues, T> make)
    {
        (Name, Summary, Citation, Parameters) = (name, summary, citation, parameters);
        _make = make;
    }

    /// <summary>The name used in specs.</summary>
    public string Name { get; }

    /// <summary>One sentence on what it does.</summary>
    public string Summary { get; }

    /// <summary>The paper it is from, or that it is a baseline.</summary>
    public string Citation { get; }

    /// <summary>What can be set, in the order of the canonical spec.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Makes one.</summary>
    /// <param name="spec">A spec of this method's name.</param>
    /// <exception cref="MethodSpecException">A parameter is unknown, outside its range, or doesn't go with another.</exception>
    public T Create(MethodSpec spec) => _make(Read(spec));

    /// <summary>The spec with the parameters in declared order, numbers in their shortest form, and defaults left out.</summary>
    /// <param name="spec">A spec of this method's name.</param>
    /// <exception cref="MethodSpecException">As <see cref="Create"/>, but for values that don't go together.</exception>
    public MethodSpec Canonical(MethodSpec spec)
    {
        var values = Read(spec);
        var given = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (!values.At(i).Equals(Parameters[i].Default))
            {
                given.Add(new(Parameters[i].Name, Parameters[i].Format(values.At(i))));
            }
        }

        return MethodSpec.Of(Name, given);
    }

    /// <summary>The canonical spec of what was made with these values in code, where there was no spec: the same text in every language.</summary>
    /// <param name="values">Declared parameters with their values; of a choice the position of its word, null for unset. Others have their defaults.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    internal string SpecOf(params ReadOnlySpan<(string Name, double? Value)> values)
    {
        var given = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in values)
        {
            if (IndexOf(name) < 0)
            {
                throw new KeyNotFoundException($"{Name} declares no parameter {name}");
            }
        }

        foreach (var parameter in Parameters)
        {
            foreach (var (name, value) in values)
            {
                if (name == parameter.Name && !(value ?? double.NaN).Equals(parameter.Default))
                {
                    given.Add(new(name, parameter.Format(value ?? double.NaN)));
                }
            }
        }

        return MethodSpec.Of(Name, given).ToString();
    }

    private ParameterValues Read(MethodSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var place = spec.ToString();
        if (spec.Name != Name)
        {
            throw new MethodSpecException($"\"{place}\" is not a spec of {Name}; it must begin with {Name}");
        }

        double[] values = [.. Parameters.Select(static p => p.Default)];
        foreach (var (key, text) in spec.Values)
        {
            var index = IndexOf(key);
            if (index < 0)
            {
                throw Unknown(key, place);
            }

            values[index] = Parameters[index].Read(text, place);
        }

        return new ParameterValues(Parameters, values, [.. spec.Values.Select(static v => v.Key)], place);
    }

    private int IndexOf(string key)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (Parameters[i].Name == key)
            {
                return i;
            }
        }

        return -1;
    }

    private MethodSpecException Unknown(string key, string place)
    {
        string[] names = [.. Parameters.Select(static p => p.Name)];
        return new(names.Length == 0
            ? $"{Name} has no parameter {key} in \"{place}\"; it takes none, write {Name}"
            : $"{Name} has no parameter {key} in \"{place}\"; it takes {string.Join(", ", names)}{Closest.Question(key, names)}");
    }
}
