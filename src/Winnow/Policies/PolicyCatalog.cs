using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Policies;

/// <summary>
/// The pruning policies by name. Each policy's file adds one property to this partial class; it must be expression-bodied, because the
/// order of static initialisers across files is unspecified.
/// </summary>
public static partial class PolicyCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    static readonly Lazy<MethodCatalog<IPruningPolicy>> s_catalog = new(static () => new("method",
        typeof(PolicyCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IPruningPolicy>))
            .Select(static p => (Method<IPruningPolicy>)p.GetValue(null)!)));

    /// <summary>All policies, by name.</summary>
    public static IReadOnlyList<Method<IPruningPolicy>> All => s_catalog.Value.All;

    /// <summary>The policy's entry that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IPruningPolicy> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the policy that a spec describes.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Parse(string)"/>
    public static IPruningPolicy Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Canonical(string)"/>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);
}
