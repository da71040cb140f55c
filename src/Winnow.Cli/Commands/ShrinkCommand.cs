using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow shrink</c>: a smaller network out of a trained one.</summary>
internal static class ShrinkCommand
{
    private const string Magnitude = "magnitude", Taylor = "taylor", Random = "random", DefaultOut = "small.safetensors";

    private const int GradientSamples = 1024;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var run = new Argument<string>("run") { Description = "the folder of a run of train that has learned classes with a model of the catalogue" };
        var by = Value.Word("--by", $"what a channel is worth: {Magnitude}, the length of its weights; {Taylor}, how much the loss depends on it, by gradients of {GradientSamples} training samples; {Random}, nothing [default: {Magnitude}]", Magnitude, Taylor, Random);
        var keep = Value.Share("--keep-macs", "share of the multiplications that is to be left, such as 50%");
        var spread = Value.Choice<ChannelSpread>("--spread", "global: the least worthy channels go, wherever they are; uniform: each layer keeps the same share [default: global]", ("global", ChannelSpread.Global), ("uniform", ChannelSpread.Uniform));
        var least = Value.Share("--least-keep", "share of its channels that each layer keeps in any case [default: 10%]");
        var round = Value.Number<int>("--round-to", "each layer keeps a multiple of so many channels, or all [default: 1]", new(1, 4096), "8");
        var data = new Option<string?>("--data") { Description = "where the run's data is now, if not where it was", HelpName = "data" };
        var output = new Option<string?>("--out", "-o") { Description = $"the smaller network's weights, which end in .safetensors [default: {DefaultOut}]", HelpName = "file" };
        var force = new Option<bool>("--force") { Description = "replace a file that is there" };
        var seed = Value.Number<ulong>("--seed", "of random worths and of the samples that gradients are taken of [default: 1]", Value.Seeds, "7");
        var threads = Value.Number<int>("--threads", "threads to compute with, and the larger of the two numbers that speed is measured with [default: as many as there are processors]", RunOptions.Threads, "4");
        var quiet = new Option<bool>(RunOptions.QuietName, "-q") { Description = "no progress, only the result" };
        var command = new Command("shrink", "Make a trained network smaller: take out the channels and attention heads that are worth least, prove that what is left computes the same without them, and measure what that saves and costs.")
        {
            run, by, keep, spread, least, round, data, RecipeOptions.Stream, output, force, seed, threads, quiet, RunOptions.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(keep) is null)
            {
                result.AddError($"{command.Name} needs {keep.Name} <share>.");
            }
        });
        Help.AddTo(command, terminal,
            ("winnow shrink runs/a --keep-macs 50%", "half of the multiplications, into small.safetensors"),
            ("winnow shrink runs/a --keep-macs 25% --by taylor --round-to 8", "a quarter, by gradients, in multiples of 8 channels"),
            ("winnow train fashion-mnist --weights small.safetensors --epochs 4", "what it lost, learned again, with any method; --model and --width as the run had them"));
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output) ?? DefaultOut;
            OutputFile.Check(output.Name, path, parsed.GetValue(force));
            if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"{output.Name} {path} doesn't end in .safetensors, which is what is written; give such a name, e.g. {DefaultOut}.");
            }

            var silent = parsed.GetValue(quiet);
            using var signals = new StopSignals(terminal, saves: false);
            var trained = TrainedRun.Open("", parsed.GetValue(run)!, parsed.GetValue(data), "by --data", parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto, silent ? null : new DecodingView(terminal.WriteNote, time));
            TorchRuntime.Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount;
            var weights = trained.Weights();
            using var whole = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
            using var small = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
            var trace = NetworkTrace.Of(small.Module, small.Inputs(1));
            var word = parsed.GetValue(by) ?? Magnitude;
            Tell("finding out what channels are worth");
            if (word == Taylor)
            {
                small.Gradients(GradientSamples, parsed.GetValue(seed) ?? 1, signals.Token);
            }

            var scores = word switch
            {
                Magnitude => UnitScores.Magnitude(trace),
                Taylor => UnitScores.Taylor(trace),
                _ => UnitScores.Random(trace, parsed.GetValue(seed) ?? 1),
            };
            var removed = ChannelBudget.Macs(trace, scores, parsed.GetValue(keep)!.Value, new() { Spread = parsed.GetValue(spread) ?? ChannelSpread.Global, LeastKeep = parsed.GetValue(least) ?? 0.1, RoundTo = parsed.GetValue(round) ?? 1 });
            var outcome = NetworkShrinker.Shrink(trace, removed);
            Tell("measuring both networks");
            var accuracies = (whole.Accuracy(stop: signals.Token), small.Accuracy(stop: signals.Token));
            var (before, after) = Speeds(whole, small, TorchRuntime.Threads, signals.Token);
            ShrunkNetwork.Save(small.Module, path);
            var gone = removed.ToHashSet();
            Show(parsed, terminal, trained, new(
                parsed.GetValue(run)!, path, word, parsed.GetValue(keep)!.Value,
                new(outcome.Before.Parameters, outcome.Before.Macs, outcome.Before.Bytes, before, new(accuracies.Item1)),
                new(outcome.After.Parameters, outcome.After.Macs, outcome.After.Bytes, after, new(accuracies.Item2)),
                outcome.Difference,
                [.. trace.Groups.Select(group => new ShrunkGroup(group.Name, group.Producers, group.Units.Count, group.Units.Count(unit => !gone.Contains(unit))))],
                [.. trace.Fixed.Select(static layer => new FixedOne(layer.Layer, layer.Why))]));
            return ExitCode.Done;

            void Tell(string what)
            {
                if (!silent)
                {
                    terminal.WriteNote(what);
                }
            }
        });
        return command;
    }

    /// <summary>Milliseconds of a batch by either network, by turns, so that whatever else the machine does meets both.</summary>
    private static (Speed[] Whole, Speed[] Small) Speeds(TrainedClassifier whole, TrainedClassifier small, int threads, CancellationToken stop)
    {
        var (first, second) = (new List<Speed>(), new List<Speed>());
        foreach (var count in new[] { 1, threads }.Distinct())
        {
            TorchRuntime.Threads = count;
            foreach (var batch in new[] { 1, 128 })
            {
                using var scope = torch.NewDisposeScope();
                using var silent = torch.no_grad();
                var inputs = whole.Inputs(batch);
                var (one, other) = (new List<double>(), new List<double>());
                for (var pair = -3; pair < 21 && (pair < 3 || one.Sum() + other.Sum() < 4000); pair++)
                {
                    stop.ThrowIfCancellationRequested();
                    var (a, b) = (Once(whole.Module, inputs), Once(small.Module, inputs));
                    if (pair >= 0)
                    {
                        one.Add(a);
                        other.Add(b);
                    }
                }

                first.Add(new(batch, count, Median(one)));
                second.Add(new(batch, count, Median(other)));
            }
        }

        return ([.. first], [.. second]);
    }

    private static double Once(torch.nn.Module<torch.Tensor, torch.Tensor> network, torch.Tensor inputs)
    {
        var start = Stopwatch.GetTimestamp();
        using var output = network.call(inputs);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Show(ParseResult parsed, Terminal terminal, TrainedRun run, ShrinkResult result)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, CliJson.Indented.ShrinkResult);
            return;
        }

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

        Line($"{"test accuracy, unrecovered",-28}{before.Metrics.Accuracy,16:P2}{after.Metrics.Accuracy,16:P2}");
        terminal.WriteLine("");
        foreach (var group in result.Layers.Where(static group => group.After < group.Before))
        {
            Line($"  {group.Name,-26}{group.Before,16:N0}{group.After,16:N0}{group.After / (double)group.Before,9:P0}");
        }

        terminal.WriteLine("");
        Line($"The smaller network computes what the larger does with those channels at zero, to {result.Difference:0.0e+0} of its largest output.");
        terminal.WriteLine($"Weights: {result.File}");
        terminal.WriteLine($"Recover: winnow train {run.Plan.Data} --model {run.Recipe.Model}{(run.Recipe.Width is { } width ? string.Create(CultureInfo.InvariantCulture, $" --width {width}") : "")} --weights {result.File} --epochs 4");

        void Row(string name, long one, long other) => Line($"{name,-28}{one,16:N0}{other,16:N0}{other / (double)one,9:P0}");

        void Line(FormattableString text) => terminal.WriteLine(text.ToString(CultureInfo.InvariantCulture).TrimEnd());
    }
}

/// <summary>What <c>winnow shrink --json</c> says.</summary>
internal sealed record ShrinkResult(string Run, string File, string By, double KeepMacs, ShrunkSize Before, ShrunkSize After, double Difference, ShrunkGroup[] Layers, FixedOne[] Fixed);

internal sealed record ShrunkSize(long Parameters, long Macs, long Bytes, Speed[] Milliseconds, ShrunkMetrics Metrics);

internal sealed record ShrunkMetrics(double Accuracy);

internal sealed record Speed(int Batch, int Threads, double Median);

internal sealed record ShrunkGroup(string Name, IReadOnlyList<string> Producers, int Before, int After);

internal sealed record FixedOne(string Layer, string Why);
