using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

/// <summary>
/// The budgets by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class BudgetCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IBudget>> s_catalog = new(static () => new("budget",
        typeof(BudgetCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IBudget>))
            .Select(static p => (Method<IBudget>)p.GetValue(null)!)));

    /// <summary>All budgets, by name.</summary>
    public static IReadOnlyList<Method<IBudget>> All => s_catalog.Value.All;

    /// <summary>The entry of the budget that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IBudget> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the budget that a spec describes.</summary>
    /// <param name="spec">Such as <c>erk:power=1,classifier=dense</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IBudget Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);
}
