using Winnow.Records.Comparisons;
using Winnow.Report.Reading;

namespace Winnow.Report.Plots;

/// <summary>The runs that the plots take for one: an arm of a comparison over its seeds, or runs of <c>train</c> that differ in nothing but the seed.</summary>
/// <param name="Label">What it is called in plots; no two arms of a report have the same.</param>
/// <param name="About">What it is, in words.</param>
/// <param name="Kind"><c>full</c>, <c>shortened</c> (the control to beat), <c>control</c> or <c>method</c>.</param>
/// <param name="Folder">The folder's name; for runs of several, the first one's.</param>
/// <param name="Runs">A run a seed.</param>
/// <param name="Result">What the comparison says of it; null where there is no such thing.</param>
internal sealed record ReportArm(string Label, string About, string Kind, string Folder, IReadOnlyList<RecordedRun> Runs, ArmResult? Result)
{
    /// <summary>What a comparison of smaller networks says of it; null where there is no such thing.</summary>
    public NetworkArmResult? Network { get; init; }

    public static IReadOnlyList<ReportArm> Of(IReadOnlyList<RecordedFolder> folders)
    {
        var arms = new List<ReportArm>();
        foreach (var folder in folders.Where(static folder => folder.Training is null))
        {
            arms.AddRange(folder.Runs.GroupBy(static run => run.Arm).Select(group =>
            {
                if (folder.Networks?.Arms.FirstOrDefault(arm => arm.Name == group.Key) is { } network)
                {
                    return new ReportArm(group.Key, NetworkText.Of(network), KindOf(network), folder.Name, [.. group], null) { Network = network };
                }

                var result = folder.Comparison?.Arms.FirstOrDefault(arm => arm.Name == group.Key);
                return new ReportArm(group.Key, result is null ? group.Key : ArmText.Of(result), KindOf(group.Key, result), folder.Name, [.. group], result);
            }));
        }

        foreach (var group in folders.Where(static folder => folder.Training is not null)
            .GroupBy(static folder => (folder.Training!.Method, folder.Dataset!.Fingerprint, folder.Training.Model, folder.Recipe)))
        {
            arms.Add(new ReportArm(group.Key.Method, group.Key.Method, group.Key.Method == "full" ? "full" : "method", group.First().Name,
                [.. group.SelectMany(static folder => folder.Runs)], null));
        }

        return Distinct(arms);
    }

    // The controls' names are as the comparison makes them: full, full@SPEC, full@SPEC*lr, random@SPEC …
    private static string KindOf(string name, ArmResult? result) => (result?.Control, name) switch
    {
        ("full", _) or (null, "full") => "full",
        ("shortened", _) => "shortened",
        (not null, _) => "control",
        _ when result is null && name.StartsWith("full@", StringComparison.Ordinal) => name.EndsWith("*lr", StringComparison.Ordinal) ? "control" : "shortened",
        _ when result is null && name.Contains('@', StringComparison.Ordinal) => "control",
        _ => "method",
    };

    private static string KindOf(NetworkArmResult arm) => arm.Kind switch
    {
        "dense" => "full",
        "pruned" => "method",
        "scratch-b" => "shortened",
        _ => "control",
    };

    private static List<ReportArm> Distinct(List<ReportArm> arms)
    {
        var taken = arms.GroupBy(static arm => arm.Label).Where(static group => group.Count() > 1).Select(static group => group.Key).ToHashSet(StringComparer.Ordinal);
        var labels = new HashSet<string>(StringComparer.Ordinal);
        return [.. arms.Select(arm =>
        {
            var label = taken.Contains(arm.Label) ? $"{arm.Label} ({arm.Folder})" : arm.Label;
            var free = label;
            for (var k = 2; !labels.Add(free); k++)
            {
                free = $"{label} {k}";
            }

            return arm with { Label = free };
        })];
    }
}
