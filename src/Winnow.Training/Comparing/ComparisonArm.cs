using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Training.Comparing;

/// <summary>What an arm is there for.</summary>
public enum ArmRole
{
    /// <summary>A method under test.</summary>
    Method,

    /// <summary>What it is held against.</summary>
    Control,
}

/// <summary>One way of training that a comparison runs over every seed.</summary>
public sealed record ComparisonArm
{
    /// <summary>A unique name: the method spec, or <c>full@SPEC</c> for the full data shortened to the steps of the arm SPEC.</summary>
    public required string Name { get; init; }

    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>Method or control.</summary>
    public required ArmRole Role { get; init; }

    /// <summary>The name of the arm whose step count ends this one's shortened schedule; null for a full schedule.</summary>
    public string? ShortenedTo { get; init; }
}

/// <summary>What a comparison runs: the arms and the order that pairs and alternates them.</summary>
public static class ComparisonPlan
{
    /// <summary>
    /// The arms: <c>full</c>, each method, and for each method that prunes the full data under a schedule shortened to its steps.
    /// </summary>
    /// <param name="methods">Method specs, in the order of the table.</param>
    /// <param name="controls">False leaves out the arms that weren't named.</param>
    /// <exception cref="RecipeException">No method, or the same one twice.</exception>
    /// <exception cref="MethodSpecException">A spec is wrong.</exception>
    public static IReadOnlyList<ComparisonArm> Arms(IReadOnlyList<string> methods, bool controls)
    {
        ArgumentNullException.ThrowIfNull(methods);
        if (methods.Count == 0)
        {
            throw new RecipeException("no method to compare; name at least one, e.g. --methods infobatch.");
        }

        var arms = new List<ComparisonArm>();
        var full = PolicyCatalog.Canonical("full");
        if (controls)
        {
            arms.Add(new ComparisonArm { Name = full, Method = full, Role = ArmRole.Control });
        }

        foreach (var spec in methods)
        {
            var canonical = PolicyCatalog.Canonical(spec);
            if (canonical == full && controls)
            {
                continue;
            }

            if (arms.Exists(arm => arm.Name == canonical))
            {
                throw new RecipeException($"the method \"{spec}\" is named twice; a comparison needs different ones.");
            }

            arms.Add(new ComparisonArm { Name = canonical, Method = canonical, Role = canonical == full ? ArmRole.Control : ArmRole.Method });
        }

        if (controls)
        {
            arms.AddRange(arms.Where(static arm => arm.Role == ArmRole.Method).ToList().Select(arm => new ComparisonArm
            {
                Name = $"{full}@{arm.Name}",
                Method = full,
                Role = ArmRole.Control,
                ShortenedTo = arm.Name,
            }));
        }

        return arms;
    }

    /// <summary>
    /// The arms in the order in which seed number <paramref name="index"/> runs them: reversed on every other seed, so that a machine
    /// that slows down or warms up doesn't favour one arm, yet a shortened control always after the arm whose steps it needs.
    /// </summary>
    public static IReadOnlyList<ComparisonArm> Order(IReadOnlyList<ComparisonArm> arms, int index)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (index % 2 == 0)
        {
            return arms;
        }

        var reversed = new List<ComparisonArm>();
        foreach (var arm in arms.Reverse())
        {
            if (arm.ShortenedTo is null)
            {
                reversed.Add(arm);
                reversed.AddRange(arms.Where(other => other.ShortenedTo == arm.Name));
            }
        }

        return reversed;
    }
}
