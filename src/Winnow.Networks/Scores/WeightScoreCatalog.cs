using System.Reflection;
using Winnow.Catalog;

namespace Winnow.Networks.Scores;

/// <summary>
/// The scores of single weights by name. Each one's file adds one property to this partial class; it must be expression-bodied, because the order of static initialisers across files is unspecified.
/// </summary>
public static partial class WeightScoreCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IWeightScore>> s_catalog = new(static () => new("weight score",
        typeof(WeightScoreCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IWeightScore>))
            .Select(static p => (Method<IWeightScore>)p.GetValue(null)!)));

    /// <summary>All scores, by name.</summary>
    public static IReadOnlyList<Method<IWeightScore>> All => s_catalog.Value.All;

    /// <summary>The entry of the score that a spec names.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IWeightScore> Find(string spec) => s_catalog.Value.Find(spec);

    /// <summary>Makes the score that a spec describes.</summary>
    /// <param name="spec">Such as <c>snip:normalise=l2</c>.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static IWeightScore Parse(string spec) => s_catalog.Value.Parse(spec);

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, the name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec) => s_catalog.Value.Canonical(spec);

    // What every score takes: how its numbers are made comparable from layer to layer is no matter of its rule.
    private static Parameter NormaliseParameter => Parameter.Choice("normalise", "what the scores of each layer are divided by, or mapped to", Normalise.Names);

    private static IWeightScore Normalised(ParameterValues values, IWeightScore score) =>
        Normalise.Parse(values.Choice("normalise")) is var by && by == Normalisation.None ? score : new NormalisedScore(score, by);
}
