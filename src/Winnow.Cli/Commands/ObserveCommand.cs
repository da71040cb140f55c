using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Winnow.Cli.Options;
using Winnow.Data;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow observe</c>: hands the losses of a planned epoch to the file that the run is kept in.</summary>
internal static class ObserveCommand
{
    public static Command Create(Terminal terminal)
    {
        var state = new Argument<string>("state") { Description = "the file that winnow plan <state> made" };
        var epoch = Value.Number<int>("--epoch", "which epoch the losses are of: the one that was planned last", new(0, int.MaxValue), "3", "epochs count from 0, e.g. --epoch 3");
        epoch.Required = true;
        var losses = new Option<string>("--losses") { Description = "an npy file of floats: raw losses, neither weighted nor averaged; NaN and infinities are counted and their samples kept", HelpName = "file.npy", Required = true };
        var ids = new Option<string?>("--ids") { Description = "an npy file of whole numbers: which sample each loss is of [default: all of the plan, in its order]", HelpName = "file.npy" };
        var dropped = new Option<bool>("--dropped") { Description = "the samples sat this epoch out and were looked at all the same, as some methods ask for" };
        var signals = new PlanSignals();
        var command = new Command("observe", "Hand losses of a planned epoch to the file that winnow plan keeps the run in.") { state, epoch, losses, ids, dropped };
        foreach (var option in signals.OfSamples)
        {
            command.Options.Add(option);
        }

        command.Options.Add(RunOptions.Json);
        Help.AddTo(command, terminal,
            ("winnow observe run.state --epoch 3 --losses losses.npy", "losses of all samples that epoch 3 visits, in the plan's order"),
            ("winnow observe run.state --epoch 3 --ids ids.npy --losses losses.npy", "some of them, in any order; once per file or once per epoch"),
            ("winnow observe run.state --epoch 3 --losses losses.npy --confidences c.npy --correct k.npy", "with predictions, for methods that look at them"));
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(dropped) && parsed.GetValue(ids) is null)
            {
                throw new UsageException("--dropped needs --ids <file.npy>: the plan's order holds none of the samples that sat out.");
            }

            var summary = Observe(parsed, signals, parsed.GetValue(state)!, parsed.GetValue(epoch)!.Value, parsed.GetValue(losses)!, parsed.GetValue(ids), parsed.GetValue(dropped));
            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(summary, CliJson.Indented.ObserveSummary);
            }
            else
            {
                terminal.WriteLine($"{parsed.GetValue(state)}: {summary.Line}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static ObserveSummary Observe(ParseResult parsed, PlanSignals signals, string file, int epoch, string lossFile, string? idFile, bool dropped)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"there is no {file}; winnow plan {file} --epoch 0 --samples <n> --epochs <n> begins a run.");
        }

        // It was planned already, so that whether the epoch before is complete doesn't matter.
        using var state = StateFile.Open(file, threads: 0, allowUnobserved: true);
        var pruner = state.Pruner;
        if (pruner.Current is not { } plan || plan.Epoch != epoch)
        {
            throw new UsageException($"--epoch {epoch}: {file} is at epoch {pruner.Current?.Epoch}, and only losses of the epoch that was planned last can be taken.");
        }

        signals.CheckNeeds(parsed, state.Method, PolicyCatalog.Parse(state.Method));
        var losses = PlanSignals.Losses(lossFile);
        var ids = idFile is null ? [] : PlanSignals.Ids(idFile, losses.Length);
        if (idFile is null && losses.Length != plan.Count)
        {
            throw new DataException($"{lossFile}: there are {losses.Length} losses and epoch {epoch} visits {plan.Count} samples; give all in the plan's order, or --ids beside some.");
        }

        var before = pruner.Statistics;
        _ = state.Refusing(() =>
        {
            var given = signals.Read(parsed, ids, losses);
            if (dropped)
            {
                pruner.ObserveDropped(given);
            }
            else if (idFile is null)
            {
                pruner.Observe(plan.All, given);
            }
            else
            {
                pruner.Observe(given);
            }

            return true;
        });
        state.Save();
        var statistics = pruner.Statistics;
        return new ObserveSummary
        {
            State = Path.GetFileName(file),
            Epoch = epoch,
            Taken = losses.Length,
            Visited = plan.Count,
            Missing = pruner.Unobserved,
            Repeated = statistics.Repeated - before.Repeated,
            NonFiniteTaken = statistics.NonFinite - before.NonFinite,
            NonFinite = statistics.NonFinite,
            MeanLoss = Number(statistics.MeanLoss),
            WeightedLoss = Number(statistics.WeightedLoss),
        };
    }

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>What <c>observe --json</c> says.</summary>
internal sealed record ObserveSummary
{
    public required string State { get; init; }

    public required int Epoch { get; init; }

    /// <summary>Losses of this command line.</summary>
    public required int Taken { get; init; }

    /// <summary>Samples that the epoch visits, and how many of them have no loss yet.</summary>
    public required int Visited { get; init; }

    public required int Missing { get; init; }

    /// <summary>Of the losses taken, those of samples that had one in this epoch already; the last counts.</summary>
    public required long Repeated { get; init; }

    /// <summary>Of the losses taken, those that were NaN or infinite, or too large for float32.</summary>
    public required long NonFiniteTaken { get; init; }

    /// <summary>Over the whole run.</summary>
    public required long NonFinite { get; init; }

    /// <summary>Of the epoch so far; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? MeanLoss { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? WeightedLoss { get; init; }

    /// <summary>The same as a sentence; what is unusual is told only where it happened.</summary>
    [JsonIgnore]
    public string Line
    {
        get
        {
            string[] unusual = [.. Told(Repeated, "of samples that had one already, of which the last counts"), .. Told(NonFiniteTaken, "not finite")];
            var aside = unusual.Length == 0 ? "" : $" ({string.Join("; ", unusual)})";
            return string.Create(CultureInfo.InvariantCulture, $"took {Taken:N0} losses of epoch {Epoch}{aside}; {Missing:N0} of the {Visited:N0} visited samples have none yet");
        }
    }

    private static string[] Told(long count, string what) => count == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}")];
}
