using System.Globalization;

namespace Winnow.Records.Comparisons;

/// <summary>What an arm of a comparison of smaller networks is, in words.</summary>
public static class NetworkText
{
    /// <summary>A pruned network, or what it is held against.</summary>
    public static string Of(NetworkArmResult arm) => arm switch
    {
        null => throw new ArgumentNullException(nameof(arm)),
        { Kind: "dense" } => "dense",
        { Kind: "penalised" } => $"dense, trained for {arm.By} (what is cut by it)",
        { Kind: "pruned" } => Text($"{arm.By}, cut to {arm.KeepMacs:P0} and trained on"),
        { Kind: "scratch-e" } => $"scratch-E: the widths of {arm.MatchedTo}, as many epochs as dense (control)",
        { Kind: "scratch-b" } => $"scratch-B: the widths of {arm.MatchedTo}, as much compute (control)",
        _ => Text($"dense at width {arm.Width}, nearest to {arm.KeepMacs:P0}, as much compute (control)"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
