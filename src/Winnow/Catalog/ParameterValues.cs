namespace Winnow.Catalog;

/// <summary>One valid value for each parameter of a method: what its factory gets.</summary>
public sealed class ParameterValues
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly double[] _values;

    private readonly IReadOnlyCollection<string> _given;

    internal ParameterValues(IReadOnlyList<Parameter> parameters, double[] values, IReadOnlyCollection<string> given, string place) =>
        (_parameters, _values, _given, Place) = (parameters, values, given, place);

    /// <summary>The spec that the values came from, for messages.</summary>
    public string Place { get; }

    /// <summary>A number.</summary>
    /// <param name="name">A declared parameter.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public double this[string name] => _values[IndexOf(name)];

    /// <summary>A number that may have been left unset; null then.</summary>
    /// <param name="name">A declared parameter.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public double? Maybe(string name) => this[name] is var value && double.IsNaN(value) ? null : value;

    /// <summary>A value as the text that stands for it in a spec, for messages.</summary>
    /// <param name="name">A declared parameter.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public string Text(string name)
    {
        var i = IndexOf(name);
        return _parameters[i].Format(_values[i]);
    }

    /// <summary>Refuses a spec that names one parameter together with another that decides the same.</summary>
    /// <param name="name">A declared parameter.</param>
    /// <param name="others">Declared parameters that can't stand beside it.</param>
    /// <exception cref="MethodSpecException">Both were given.</exception>
    public void Excludes(string name, params ReadOnlySpan<string> others)
    {
        if (!_given.Contains(name))
        {
            return;
        }

        foreach (var other in others)
        {
            if (_given.Contains(other))
            {
                throw new MethodSpecException($"{name} and {other} are both given in \"{Place}\"; each decides how much is pruned, so leave one out");
            }
        }
    }

    /// <summary>A word of a choice.</summary>
    /// <param name="name">A declared parameter with choices.</param>
    /// <exception cref="KeyNotFoundException">The method declares no such parameter.</exception>
    public string Choice(string name)
    {
        var i = IndexOf(name);
        return _parameters[i].Choices[(int)_values[i]];
    }

    internal double At(int index) => _values[index];

    private int IndexOf(string name)
    {
        for (var i = 0; i < _parameters.Count; i++)
        {
            if (_parameters[i].Name == name)
            {
                return i;
            }
        }

        throw new KeyNotFoundException($"no parameter {name}; declared: {string.Join(", ", _parameters.Select(static p => p.Name))}");
    }
}
