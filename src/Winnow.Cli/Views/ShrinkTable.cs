using System.Globalization;
using Winnow.Cli.Commands;

namespace Winnow.Cli.Views;

/// <summary>What a network was and has become, for people.</summary>
internal static class ShrinkTable
{
    /// <param name="terminal">Where to.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="accuracy">What the accuracy is of.</param>
    public static void Write(Terminal terminal, ShrinkResult result, string accuracy)
    {
        var (before, after) = (result.Before, result.After);
        Line($"{"",-28}{"before",16}{"after",16}{"left",9}");
        Row("multiplications a sample", before.Macs, after.Macs);
        Row("parameters", before.Parameters, after.Parameters);
        Row("bytes", before.Bytes, after.Bytes);
        foreach (var (one, other) in before.Milliseconds.Zip(after.Milliseconds))
        {
            var threads = one.Threads == 1 ? "1 thread" : $"{one.Threads} threads";
            var name = $"ms, batch {one.Batch}, {threads}";
            Line($"{name,-28}{one.Median,16:N2}{other.Median,16:N2}{other.Median / one.Median,9:P0}");
        }

        if (before.Metrics is { } whole && after.Metrics is { } small)
        {
            Line($"{accuracy,-28}{whole.Accuracy,16:P2}{small.Accuracy,16:P2}");
        }

        terminal.WriteLine("");
        foreach (var group in result.Layers.Where(static group => group.After < group.Before))
        {
            Line($"  {group.Name,-26}{group.Before,16:N0}{group.After,16:N0}{group.After / (double)group.Before,9:P0}");
        }

        terminal.WriteLine("");
        Line($"The smaller network computes what the larger does with those channels at zero, to {result.Difference:0.0e+0} of its largest output.");

        void Row(string name, long one, long other) => Line($"{name,-28}{one,16:N0}{other,16:N0}{other / (double)one,9:P0}");

        void Line(FormattableString text) => terminal.WriteLine(text.ToString(CultureInfo.InvariantCulture).TrimEnd());
    }
}
