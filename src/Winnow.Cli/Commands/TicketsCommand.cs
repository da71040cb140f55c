using System.CommandLine;
using System.Text.Json;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Experiments;
using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Models;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow tickets</c>: lottery tickets by iterative pruning with rewinding.</summary>
internal static class TicketsCommand
{
    private const string DefaultOut = "tickets.json";

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var speed = new SpeedOptions();
        var run = new RunOptions();
        var rounds = Value.Number<int>("--rounds", "how often weights are dropped; a seed takes one training more, and for each control as many again [default: 5]", new(1, 1000), "5");
        var keep = Value.Share("--keep", "share of the surviving weights that each round keeps [default: 80%]");
        var rewind = Value.Number<double>("--rewind-to", "share of the training to which survivors are rewound: 0 for the first weights, 0.001 to 0.07 for the stabilised form [default: 0]", new(0, 1) { MaxOpen = true }, "0.02");
        var budget = new Option<string>("--budget") { Description = "how survivors are shared out to layers, as in global or uniform; winnow methods lists budgets", DefaultValueFactory = static _ => "global", HelpName = "spec" };
        var controls = Value.List("--controls", "what stands beside the tickets: reinitialised (the same mask over weights drawn anew), random-mask (as many of each layer at random, over the rewound weights) [default: none]", "name ...");
        var seeds = Value.Number<int>("--seeds", "how many chains of trainings, from seeds 1, 2, … [default: 1]", new(1, 1000), "3");
        var output = new Option<string?>("--out", "-o") { Description = $"the results as JSON, written anew after each training [default: {DefaultOut}]", HelpName = "file" };
        var save = new Option<string?>("--save-tickets") { Description = "a folder for weights and masks of every training; made where it isn't there", HelpName = "folder" };
        var force = new Option<bool>("--force") { Description = "replace files that are there" };
        var command = new Command("tickets", "Search lottery tickets: train to the end, drop the smallest weights, rewind the others, train again, in rounds; beside controls that say whether a ticket's weights or its mask matter.");
        recipe.AddTo(command);
        speed.AddTo(command);
        foreach (var option in new Option[] { rounds, keep, rewind, budget, controls, seeds, output, save, force })
        {
            command.Options.Add(option);
        }

        run.AddWithoutFolderTo(command);
        Help.AddTo(command, terminal,
            ("winnow tickets fashion-mnist --model resnet-small --keep 50%", "densities of 50, 25, 12.5, 6.3 and 3.1 %"),
            ("winnow tickets fashion-mnist --model resnet-small --rewind-to 0.02 --controls reinitialised random-mask --seeds 3", "rewound to 2 % of the training, with controls, over three seeds"));
        command.SetAction(parsed =>
        {
            var plan = new TicketPlan
            {
                Rounds = parsed.GetValue(rounds) ?? 5,
                Keep = parsed.GetValue(keep) ?? 0.8,
                RewindTo = parsed.GetValue(rewind) ?? 0,
                Budget = BudgetCatalog.Parse(parsed.GetValue(budget)!),
                Controls = [.. (parsed.GetValue(controls) ?? []).Select(name => Kind(controls.Name, name))],
            };
            var path = OutputFile.Check(output.Name, parsed.GetValue(output) ?? DefaultOut, parsed.GetValue(force));
            var folder = parsed.GetValue(save);
            if (folder is not null && (folder.Trim().Length == 0 || File.Exists(folder)))
            {
                throw new UsageException($"{save.Name} {folder} is {(folder.Trim().Length == 0 ? "empty" : "a file")}; name a folder, or leave it out.");
            }

            if (folder is not null && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !parsed.GetValue(force))
            {
                throw new UsageException($"{save.Name} {folder} holds files already; give another folder, or {force.Name} to replace those of the same names.");
            }

            var preset = recipe.Preset(parsed, new TrainingRecipe());
            var device = run.Start(parsed);
            var data = recipe.Open(parsed, preset, run.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show);
            var (chosen, _) = speed.Choose(parsed, recipe.Build(parsed, data, preset), data, device, run.SettledThreads(parsed), processes: 1, terminal, time);
            var trainer = chosen.CreateTrainer(data, device, time);
            foreach (var note in trainer.Notes.Prepend(data.Note).OfType<string>())
            {
                terminal.WriteNote(note);
            }

            return Search(parsed, trainer, plan, [.. Enumerable.Range(1, parsed.GetValue(seeds) ?? 1).Select(static seed => (ulong)seed)], path, folder, run, terminal, time);
        });
        return command;
    }

    private static int Search(ParseResult parsed, Trainer trainer, TicketPlan plan, ulong[] seeds, string path, string? folder, RunOptions run, Terminal terminal, TimeProvider time)
    {
        var tickets = new LotteryTickets(trainer, plan, seeds);
        var view = new ProgressView(terminal, time, run.Quiet(parsed), tickets.Runs);
        using var signals = new StopSignals(terminal, saves: false);
        var runs = new List<TicketResult>();
        var whole = false;
        view.Show(() => whole = tickets.Run(
            one => [view.Begin(Name(one), one.Seed)],
            (one, outcome) =>
            {
                runs.Add(new(one.Seed, one.Round, Word(one.Kind), outcome.Network!.Kept ?? 1, outcome.Judged, outcome.TestLoss, outcome.Network.AverageParameters, outcome.Steps, outcome.Seconds.Total));
                Write(path, Summary());
                if (folder is not null)
                {
                    Save(folder, one, outcome);
                }
            }, signals.Token));
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(Summary(), CliJson.Indented.TicketSummary);
        }
        else
        {
            TicketTable.Write(terminal, Summary());
            terminal.WriteLine(whole ? $"Results: {path}" : runs.Count == 0 ? "Interrupted in the first training; nothing was written." : $"Interrupted after {runs.Count} of {tickets.Runs} trainings, whose results are in {path}; a search can't go on, so begin it anew.");
        }

        return whole ? ExitCode.Done : ExitCode.Interrupted;

        TicketSummary Summary() => TicketSummary.Of(trainer, plan, tickets.RewindStep, runs);
    }

    private static void Save(string folder, TicketRun run, TrainingOutcome outcome)
    {
        Directory.CreateDirectory(folder);
        var name = Path.Combine(folder, FormattableString.Invariant($"{Word(run.Kind)}-round{run.Round}-seed{run.Seed}"));
        AtomicFile.Write(name + WeightsFile.SafetensorsEnding, stream => WeightsFile.WriteSafetensors(stream, outcome.Weights));
        if (outcome.Masks is { } masks)
        {
            MaskFile.Write(name + MaskFile.Ending, masks);
        }
    }

    private static void Write(string path, TicketSummary summary) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, summary, CliJson.Indented.TicketSummary));

    private static string Name(TicketRun run) => FormattableString.Invariant($"{(run.Round == 0 ? "dense" : Word(run.Kind))}, {100 * run.Density:0.##} %");

    private static string Word(TicketKind kind) => kind switch { TicketKind.Ticket => "ticket", TicketKind.Reinitialised => "reinitialised", _ => "random-mask" };

    private static TicketKind Kind(string option, string name) => new[] { TicketKind.Reinitialised, TicketKind.RandomMask }.Cast<TicketKind?>().FirstOrDefault(kind => Word(kind!.Value) == name)
        ?? throw new UsageException($"{option} {name} is unknown; use reinitialised, random-mask or both.");
}

/// <summary>What <c>winnow tickets --json</c> says.</summary>
internal sealed record TicketSummary(string Data, string Model, long Parameters, double Keep, double RewindTo, long RewindStep, string Metric, bool IsShare, IReadOnlyList<TicketRow> Rows, IReadOnlyList<TicketResult> Runs)
{
    public static TicketSummary Of(Trainer trainer, TicketPlan plan, long step, IReadOnlyList<TicketResult> runs)
    {
        var dense = runs.Where(static run => run.Round == 0).ToDictionary(static run => run.Seed);
        return new(trainer.Task.Dataset.Name, trainer.Task.ModelName, trainer.Parameters, plan.Keep, plan.RewindTo, step, trainer.Task.Deciding.Name, trainer.Task.Deciding.IsShare,
            [.. runs.GroupBy(static run => (run.Round, run.Kind)).Select(group => Row(group.Key.Round, group.Key.Kind, [.. group.Where(static run => run.Value is not null)]))], runs);

        TicketRow Row(int round, string kind, TicketResult[] ended) => new(round, kind, ended.Length == 0 ? null : ended.Average(static run => run.Density), ended.Length,
            ended.Length == 0 ? null : Statistics.SpreadOf([.. ended.Select(static run => run.Value!.Value)]),
            round > 0 && ended.Length > 0 && ended.All(run => dense[run.Seed].Value is not null)
                ? Statistics.PairedDifference([.. ended.Select(static run => run.Value!.Value)], [.. ended.Select(run => dense[run.Seed].Value!.Value)]) : null);
    }
}

/// <summary>One kind of training at one density, over the seeds that have ended.</summary>
internal sealed record TicketRow(int Round, string Kind, double? Density, int Seeds, Spread? Value, Difference? AgainstDense);

/// <summary>One training.</summary>
internal sealed record TicketResult(ulong Seed, int Round, string Kind, double Density, double? Value, double? TestLoss, double AverageParameters, long Steps, double Seconds);
