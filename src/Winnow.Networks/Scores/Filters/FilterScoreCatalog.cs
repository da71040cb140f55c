using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Networks.Scores.Filters;

/// <summary>
/// The scores of filters by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class FilterScoreCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IFilterScore>> s_catalog = new(static () => new("filter score",
        typeof(FilterScoreCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IFilterScore>))
            .Select(static p => (Method<IFilterScore>)p.GetValue(null)!)));

    /// <summary>All scores, by name.</summary>
    public static IReadOnlyList<Method<IFilterScore>> All => s_catalog.Value.All;

    /// <summary>The entry of the score that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IFilterScore> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the score that a spec describes.</summary>
    /// <param name="spec">Such as <c>taylor:form=elementwise</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IFilterScore Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);
}
