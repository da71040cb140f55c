using System.Reflection;
using Winnow.Catalog;
using Winnow.Policies.Modifiers;

namespace Winnow.Policies;

/// <summary>
/// The pruning policies by name. Each policy's file adds one property to this partial class; it must be expression-bodied, because the
/// order of static initialisers across files is unspecified.
/// </summary>
public static partial class PolicyCatalog
{
    // Reflection on one type that is named here: the trimmer keeps its public properties.
    private static readonly Lazy<MethodCatalog<IPruningPolicy>> s_catalog = new(static () => new("method",
        typeof(PolicyCatalog).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(static p => p.PropertyType == typeof(Method<IPruningPolicy>))
            .Select(static p => (Method<IPruningPolicy>)p.GetValue(null)!)));

    /// <summary>All policies, by name.</summary>
    public static IReadOnlyList<Method<IPruningPolicy>> All => s_catalog.Value.All;

    /// <summary>The entry of the method that a spec begins with.</summary>
    /// <inheritdoc cref="MethodCatalog{T}.Find(string)"/>
    public static Method<IPruningPolicy> Find(string spec) => s_catalog.Value.Find(MethodSpec.Split(spec)[0]);

    /// <summary>Makes the policy that a spec describes: a method, and what is put around it, separated by '+', the innermost first.</summary>
    /// <param name="spec">Such as <c>infobatch:keep=0.5+max-age:epochs=5</c>.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong; the message says what is possible.</exception>
    public static IPruningPolicy Parse(string spec)
    {
        var parts = MethodSpec.Split(spec);
        var policy = s_catalog.Value.Parse(parts[0]);
        CheckOnce(spec, parts);
        foreach (var part in parts.AsSpan(1))
        {
            policy = ModifierCatalog.Parse(part)(policy);
        }

        return policy;
    }

    /// <summary>The one text for all specs that mean the same.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <exception cref="MethodSpecException">The form, a name or a value is wrong; the message says what is possible.</exception>
    public static string Canonical(string spec)
    {
        var parts = MethodSpec.Split(spec);
        s_catalog.Value.Find(parts[0]);
        CheckOnce(spec, parts);
        return string.Join('+', parts.Select(static (part, i) => i == 0 ? s_catalog.Value.Canonical(part) : ModifierCatalog.Canonical(part)));
    }

    // Twice the same guard would keep two columns of one name, and its two settings would contradict each other.
    private static void CheckOnce(string spec, string[] parts)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts.AsSpan(1))
        {
            if (!names.Add(ModifierCatalog.Find(part).Name))
            {
                throw new MethodSpecException($"{ModifierCatalog.Find(part).Name} is given twice in \"{spec}\"; put each modifier around a method once");
            }
        }
    }
}
