using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>What an arm is, in words.</summary>
public static class ArmText
{
    /// <summary>A method's spec, or what a control or an ablation runs.</summary>
    public static string Of(ArmResult arm) => arm switch
    {
        null => throw new ArgumentNullException(nameof(arm)),
        { Control: "shortened", SharedSave: { } save } => Text($"full, shortened to {1 - save:P1} of the steps (control of all)"),
        { Control: "shortened-lr", SharedSave: { } save } => Text($"full, shortened to {1 - save:P1} of the steps, learning rate × {1 / (1 - save):F2} (control of all)"),
        { SharedSave: not null } => $"{arm.Name} (control of all)",
        { Control: "shortened" } => $"full, shortened to the steps of {arm.MatchedTo} (control)",
        { Control: "equal-compute" } => $"full, as much compute as {arm.MatchedTo} (control)",
        { Control: "shortened-lr" } => $"full, shortened to {arm.MatchedTo}, learning rate × N/k (control)",
        { Control: "random", MatchedTo: { } subset } when subset.Contains('@', StringComparison.Ordinal) => $"the same random samples in each epoch, as many as {subset} (control)",
        { Control: "random" } => $"random, as many samples in each epoch as {arm.MatchedTo} (control)",
        { Control: "rs2" } => $"rs2, as many visits as {arm.MatchedTo} (control)",
        { Control: "no-weights" } => $"{arm.MatchedTo} without its weights (ablation)",
        { Control: "no-annealing" } => $"{arm.MatchedTo} without full epochs at the end (ablation)",
        { Role: "control" } => $"{arm.Method} (control)",
        _ => arm.Method,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
