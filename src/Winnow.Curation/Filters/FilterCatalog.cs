using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Curation.Filters;

/// <summary>
/// Published filters by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class FilterCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IReadOnlyList<FilterRule>>> s_catalog = new(static () => new("filter",
        typeof(FilterCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IReadOnlyList<FilterRule>>))
            .Select(static p => (Method<IReadOnlyList<FilterRule>>)p.GetValue(null)!)));

    /// <summary>All filters, by name.</summary>
    public static IReadOnlyList<Method<IReadOnlyList<FilterRule>>> All => s_catalog.Value.All;

    /// <summary>The entry of the filter that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IReadOnlyList<FilterRule>> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>The rules that a spec stands for.</summary>
    /// <param name="spec">Such as <c>gopher-quality:min-words=20</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IReadOnlyList<FilterRule> Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);

    private static Parameter Share(string name, double value, string meaning) => new(name, value, 0, 1, meaning) { Example = "0.5" };

    private static Parameter Number(string name, double value, string meaning) => new(name, value, 0, double.MaxValue, meaning) { Example = "20" };
}
