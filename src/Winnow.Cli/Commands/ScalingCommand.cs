using System.CommandLine;
using Winnow.Catalog;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Selection;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow scaling</c>: whether to keep the hard samples or the easy ones, by scaling laws of pilots on fewer.</summary>
internal static class ScalingCommand
{
    public static Command Create(Terminal terminal)
    {
        var pilots = new Argument<string[]>("pilots") { Description = "folders of winnow compare at three sizes or more (--limit), each with arms that keep the hard and the easy samples; or a .csv file with the columns samples,keep,keeps,error", Arity = ArgumentArity.OneOrMore };
        var samples = Value.Number<long>("--samples", "how many samples there are to choose from", new NumberRange<long>(1, 1_000_000_000_000), "60000");
        var command = new Command("scaling", "Say whether to keep the hard samples or the easy ones of so many, by scaling laws fitted to pilots on fewer.") { pilots, samples, RunOptions.Json };
        Help.AddTo(command, terminal,
            ("winnow compare fashion-mnist --limit 3000 --methods prototypes:keep=0.3,keeps=far@features prototypes:keep=0.3,keeps=near@features --run runs/p3000", "a pilot; then with 6000 and 12000"),
            ("winnow scaling runs/p3000 runs/p6000 runs/p12000 --samples 60000", "what to keep of the whole, and from how many samples on"),
            ("winnow scaling pilots.csv --samples 1000000 --json", "of a trainer in Python: a line a run, such as 6000,0.3,hard,0.124"));
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(samples) ?? throw new UsageException("--samples is needed: how many samples there are to choose from, e.g. --samples 60000.");
            var runs = PilotRuns.Read(parsed.GetValue(pilots)!);
            var pairs = runs.GroupBy(static run => run.Pair).Where(static pair => pair.Any(static run => run.Hard) && pair.Any(static run => !run.Hard)).ToArray();
            if (pairs.Length == 0)
            {
                throw new UsageException(runs.Count == 0
                    ? "the pilots have no arm that keeps hard or easy samples; compare e.g. top:keep=0.3@el2n with bottom:keep=0.3@el2n, or prototypes:keep=0.3,keeps=far@features with keeps=near."
                    : $"the pilots keep the {(runs[0].Hard ? "hard" : "easy")} samples alone ({runs[0].Pair}); run them a second time with the {(runs[0].Hard ? "easy" : "hard")} ones, of the same share.");
            }

            var summary = new ScalingSummary { Samples = wanted, Plans = [.. pairs.Select(pair => ScalingRow.Of(pair.Key, Plan([.. pair], wanted)))] };
            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(summary, CliJson.Indented.ScalingSummary);
            }
            else
            {
                ScalingTable.Write(terminal, summary);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static AbundancePlan Plan(PilotRun[] runs, double samples)
    {
        var (hard, easy) = (runs.Where(static run => run.Hard).ToArray(), runs.Where(static run => !run.Hard).ToArray());
        return AbundancePlan.Of(Sizes(hard), Errors(hard), Sizes(easy), Errors(easy), samples);

        static double[] Sizes(PilotRun[] of) => Array.ConvertAll(of, static run => run.Samples);

        static double[] Errors(PilotRun[] of) => Array.ConvertAll(of, static run => run.Error);
    }
}
