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
            Line($"{accuracy,-28}{whole.Accuracy,16:P2}{result.CutAccuracy ?? small.Accuracy,16:P2}");
            if (result.CutAccuracy is not null)
            {
                Line($"{"  statistics estimated anew",-28}{"",16}{small.Accuracy,16:P2}");
            }

            if (result is { Recovered.Metrics: { } recovered, Recovery: { } recovery })
            {
                var name = FormattableString.Invariant($"  {recovery.Epochs} epochs trained on");
                Line($"{name,-28}{"",16}{recovered.Accuracy,16:P2}");
            }
        }

        terminal.WriteLine("");
        var ofLayers = result.Units == ShrinkResult.WholeLayers;
        foreach (var group in result.Layers.Where(static group => group.After < group.Before))
        {
            if (ofLayers)
            {
                Line($"  {group.Name} goes");
                continue;
            }

            Line($"  {group.Name,-26}{group.Before,16:N0}{group.After,16:N0}{group.After / (double)group.Before,9:P0}");
        }

        foreach (var layer in result.Fixed)
        {
            Line($"  {layer.Layer} stays: it {layer.Why}");
        }

        terminal.WriteLine("");
        if (result.Roundings is { } roundings)
        {
            Line($"Multiples of {result.RoundTo} are chosen: of the whole network's time take {string.Join(", ", roundings.OrderBy(static entry => entry.RoundTo).Select(static entry => Share(entry.RoundTo, entry.Time)))} ({At(roundings[0].Time)}; of those within 3 % of the fastest the least).");
        }

        if (result.Reached is { } reached)
        {
            Line($"Of the milliseconds {reached.Median:P0} were measured in the end, half of the pairs between {reached.Low:P0} and {reached.High:P0} ({At(reached)}); {result.Keep:P0} was asked for.");
        }

        if (result.Recovery is { } again)
        {
            var (compute, average) = (again.Compute is { } share ? FormattableString.Invariant($", {share:P0} of what the run before it computed") : "", again.AverageParameters is { } mean ? FormattableString.Invariant($"; over the steps of both trainings {mean:N0} parameters on average") : "");
            terminal.WriteLine(FormattableString.Invariant($"Trained on in {again.Run} by {again.Method}, peak learning rate {again.LearningRate:0.####}: {again.Steps:N0} steps{compute}{average}."));
        }

        Line($"The smaller network computes what the larger does {(ofLayers ? "where those layers give what they are given" : "with those channels at zero")}, to {result.Difference:0.0e+0} of its largest output.");

        static string Share(int round, ReachedTime time) => FormattableString.Invariant($"{time.Median:P0} at {round}");

        static string At(ReachedTime time) => FormattableString.Invariant($"batches of {time.Batch}, {time.Threads} thread{(time.Threads == 1 ? "" : "s")}, by turns");

        void Row(string name, long one, long other) => Line($"{name,-28}{one,16:N0}{other,16:N0}{other / (double)one,9:P0}");

        void Line(FormattableString text) => terminal.WriteLine(text.ToString(CultureInfo.InvariantCulture).TrimEnd());
    }
}
