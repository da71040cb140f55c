namespace Winnow.Catalog;

/// <summary>Methods by name: what a spec string is looked up in.</summary>
/// <typeparam name="T">What the methods make.</typeparam>
public sealed class MethodCatalog<T>
{
    private readonly string _kind;

    /// <summary>A catalogue.</summary>
    /// <param name="kind">What an entry is called in messages, such as <c>method</c> or <c>schedule</c>.</param>
    /// <param name="methods">The entries, with different names.</param>
    public MethodCatalog(string kind, IEnumerable<Method<T>> methods)
    {
        _kind = kind;
        All = [.. methods.OrderBy(static m => m.Name, StringComparer.Ordinal)];
    }

    /// <summary>All entries, by name.</summary>
    public IReadOnlyList<Method<T>> All { get; }

    /// <summary>The entry that a spec names.</summary>
    /// <param name="spec">A name, with or without parameters.</param>
    /// <exception cref="MethodSpecException">The form is wrong or there is no such name; the message says what there is.</exception>
    public Method<T> Find(string spec)
    {
        var parsed = MethodSpec.Parse(spec);
        foreach (var entry in All)
        {
            if (entry.Name == parsed.Name)
            {
                return entry;
            }
        }

        string[] names = [.. All.Select(static e => e.Name)];
        throw new MethodSpecException(
            $"no {_kind} {parsed.Name} in \"{spec}\"; there are {string.Join(", ", names)}{Closest.Question(parsed.Name, names)}");
    }

    /// <summary>Makes what a spec describes.</summary>
    /// <param name="spec">Such as <c>infobatch:keep=0.5,until=0.875</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public T Parse(string spec) => Find(spec).Create(MethodSpec.Parse(spec));

    /// <summary>The one text for all specs that mean the same: declared order, shortest numbers, defaults left out.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public string Canonical(string spec)
    {
        var entry = Find(spec);
        var parsed = MethodSpec.Parse(spec);
        entry.Create(parsed);
        return entry.Canonical(parsed).ToString();
    }
}
