namespace Winnow.Catalog;

/// <summary>One valid value for each parameter of a method: what its factory gets.</summary>
public sealed class ParameterValues
{
    readonly IReadOnlyList<Parameter> _parameters;
    readonly double[] _values;

    internal ParameterValues(IReadOnlyList<Parameter> parameters, double[] values, string place) =>
        (_parameters, _values, Place) = (parameters, values, place);

    /// <summary>The spec that the values came from, for messages.</summary>
    public string Place { get; }

    /// <summary>A number.</summary>
    /// <param name="name">A declared parameter.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public double this[string name] => _values[IndexOf(name)];

    /// <summary>A word of a choice.</summary>
    /// <param name="name">A declared parameter with choices.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public string Choice(string name)
    {
        int i = IndexOf(name);
        return _parameters[i].Choices[(int)_values[i]];
    }

    internal double At(int index) => _values[index];

    int IndexOf(string name)
    {
        for (int i = 0; i < _parameters.Count; i++) if (_parameters[i].Name == name) return i;
        throw new KeyNotFoundException($"no parameter {name}; declared: {string.Join(", ", _parameters.Select(static p => p.Name))}");
    }
}
