using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Policies;

/// <summary>
/// The pruning policies by name. Each policy's file adds one property to this partial class; it must be expression-bodied, because the
/// order of static initialisers across files is unspecified.
/// </summary>
public static partial class PolicyCatalog
{
    static readonly Lazy<Method<IPruningPolicy>[]> s_all = new(Find);

    /// <summary>All policies, by name.</summary>
    public static IReadOnlyList<Method<IPruningPolicy>> All => s_all.Value;

    /// <summary>Makes the policy that a spec describes.</summary>
    /// <param name="spec">Such as <c>infobatch:keep=0.5,until=0.875</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IPruningPolicy Parse(string spec)
    {
        var parsed = MethodSpec.Parse(spec);
        return Entry(parsed, spec).Create(parsed);
    }

    /// <summary>The one text for all specs that mean the same: declared order, shortest numbers, defaults left out.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec)
    {
        var parsed = MethodSpec.Parse(spec);
        Method<IPruningPolicy> entry = Entry(parsed, spec);
        entry.Create(parsed);
        return entry.Canonical(parsed).ToString();
    }

    static Method<IPruningPolicy> Entry(MethodSpec spec, string text)
    {
        foreach (Method<IPruningPolicy> entry in All) if (entry.Name == spec.Name) return entry;
        string[] names = [.. All.Select(static e => e.Name)];
        throw new MethodSpecException(
            $"no method {spec.Name} in \"{text}\"; there are {string.Join(", ", names)}: did you mean {Closest.To(spec.Name, names)}?");
    }

    // Reflection on one type that is named here: the trimmer keeps its public properties.
    static Method<IPruningPolicy>[] Find() =>
    [
        .. typeof(PolicyCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IPruningPolicy>))
            .Select(static p => (Method<IPruningPolicy>)p.GetValue(null)!)
            .OrderBy(static m => m.Name, StringComparer.Ordinal),
    ];
}
