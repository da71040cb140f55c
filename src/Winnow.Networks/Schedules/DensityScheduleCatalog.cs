using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Networks.Schedules;

/// <summary>
/// The schedules of the density by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class DensityScheduleCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IDensitySchedule>> s_catalog = new(static () => new("density schedule",
        typeof(DensityScheduleCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IDensitySchedule>))
            .Select(static p => (Method<IDensitySchedule>)p.GetValue(null)!)));

    /// <summary>All schedules, by name.</summary>
    public static IReadOnlyList<Method<IDensitySchedule>> All => s_catalog.Value.All;

    /// <summary>The entry of the schedule that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IDensitySchedule> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the schedule that a spec describes.</summary>
    /// <param name="spec">Such as <c>cubic:from=0,until=0.75</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IDensitySchedule Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);

    // What ramps have in common.
    private static Parameter From(double value) => new("from", value, 0, 1, "the share of the run after which updates begin") { Example = "0.1" };

    private static Parameter Until(double value) => new("until", value, 0, 1, "the share of the run at which updates end, at least from") { Example = "0.9" };

    private static Parameter Every(int most) => Parameter.Optional("every", 1, 1e15, FormattableString.Invariant($"the steps from update to update; unset: {most}, or in shorter runs a twentieth of the time in which there are any")) with { Integer = true, Example = "10" };

    private static Parameter First => new("first", 1, 0, 1, "the density before the first update") { MinOpen = true, Example = "0.5" };

    private static T Ordered<T>(ParameterValues values, T schedule) => values["from"] <= values["until"] ? schedule
        : throw new MethodSpecException($"from can't be above until, and from={values.Text("from")} and until={values.Text("until")} in \"{values.Place}\"; try from=0,until=0.75");
}
