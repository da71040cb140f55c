using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Selection;

/// <summary>
/// The selectors by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static
/// initialisers across files is unspecified.
/// </summary>
public static partial class SelectorCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<ISelector>> s_catalog = new(static () => new("selection method", Entries<ISelector>()));
    private static readonly Lazy<MethodCatalog<Func<ISelector, ISelector>>> s_balances = new(static () => new("balance", Entries<Func<ISelector, ISelector>>()));

    /// <summary>All selectors, by name.</summary>
    public static IReadOnlyList<Method<ISelector>> All => s_catalog.Value.All;

    /// <summary>What can be put around a selector, by name.</summary>
    public static IReadOnlyList<Method<Func<ISelector, ISelector>>> Balances => s_balances.Value.All;

    /// <summary>The entry of the selector that a spec begins with.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<ISelector> Find(string spec) => s_catalog.Value.Find(Parts(spec)[0]);

    /// <summary>Makes the selector that a spec describes, and what is put around it, separated by '+'.</summary>
    /// <param name="spec">Such as <c>ccs:cutoff=0.1</c> or <c>top+classes:shares=uniform</c>.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong; the message says what is possible.</exception>
    public static ISelector Parse(string spec)
    {
        var parts = Parts(spec);
        var selector = s_catalog.Value.Parse(parts[0]);
        return parts.Length == 1 ? selector : s_balances.Value.Parse(parts[1])(selector);
    }

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec)
    {
        var parts = Parts(spec);
        var first = s_catalog.Value.Canonical(parts[0]);
        return parts.Length == 1 ? first : first + "+" + s_balances.Value.Canonical(parts[1]);
    }

    private static IEnumerable<Method<T>> Entries<T>() => typeof(SelectorCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(static p => p.PropertyType == typeof(Method<T>))
        .Select(static p => (Method<T>)p.GetValue(null)!);

    private static string[] Parts(string spec)
    {
        var parts = MethodSpec.Split(spec);
        return parts.Length <= 2 ? parts : throw new MethodSpecException($"more than one '+' in \"{spec}\"; a selector takes one balance, such as top+classes");
    }
}
