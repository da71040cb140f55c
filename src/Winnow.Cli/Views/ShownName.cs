namespace Winnow.Cli.Views;

/// <summary>A class's name in a table on a terminal.</summary>
internal static class ShownName
{
    private const int Widest = 16;

    /// <summary>The name, cut where it is long. What stands in names is for the terminal to show, not to obey.</summary>
    public static string Of(string name)
    {
        var shown = new string([.. name.Select(static c => char.IsControl(c) ? '\uFFFD' : c)]);
        return shown.Length <= Widest ? shown : shown[..(Widest - 1)] + "…";
    }
}
