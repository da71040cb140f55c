using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Scores;

/// <summary>
/// The scores by name. Each score's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across
/// files is unspecified.
/// </summary>
public static partial class ScoreCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<ISampleScore>> s_catalog = new(static () => new("score",
        typeof(ScoreCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<ISampleScore>))
            .Select(static p => (Method<ISampleScore>)p.GetValue(null)!)));

    /// <summary>All scores, by name.</summary>
    public static IReadOnlyList<Method<ISampleScore>> All => s_catalog.Value.All;

    /// <summary>The entry of the score that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<ISampleScore> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the score that a spec describes.</summary>
    /// <param name="spec">Such as <c>el2n:epochs=10,runs=3</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static ISampleScore Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);

    // What every score takes: the averaging is no matter of its rule.
    private static Parameter RunsParameter => Parameter.Optional("runs", 1, 1000, "over how many runs, each from a seed of its own, it is averaged; unset: as many as the command says") with { Integer = true, Example = "3" };

    private static Parameter EarlyEpochs => Parameter.Optional("epochs", 1, 100_000, "how many epochs are trained before the samples are looked at; unset: a tenth of the run's, rounded up") with { Integer = true, Example = "10" };
}
