using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Policies.Modifiers;

/// <summary>
/// What can be put around any pruning policy, by name. Each modifier's file adds one property to this partial class; it must be
/// expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class ModifierCatalog
{
    private static readonly Lazy<MethodCatalog<Func<IPruningPolicy, IPruningPolicy>>> s_catalog = new(static () => new("modifier",
        typeof(ModifierCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<Func<IPruningPolicy, IPruningPolicy>>))
            .Select(static p => (Method<Func<IPruningPolicy, IPruningPolicy>>)p.GetValue(null)!)));

    /// <summary>All modifiers, by name.</summary>
    public static IReadOnlyList<Method<Func<IPruningPolicy, IPruningPolicy>>> All => s_catalog.Value.All;

    /// <summary>The entry of the modifier that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the modifier that a spec describes.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Parse(string)"/>
    public static Func<IPruningPolicy, IPruningPolicy> Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Canonical(string)"/>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);
}
