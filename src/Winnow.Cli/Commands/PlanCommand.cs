using System.CommandLine;
using System.Security.Cryptography;
using Winnow.Cli.Options;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow plan</c>: one epoch's plan from a file of losses, for any trainer in any language.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var state = new Argument<string?>("state") { Description = "the file that a run is kept in between winnow plan and winnow observe; the first plan makes it", Arity = ArgumentArity.ZeroOrOne };
        var method = new Option<string>("--method", "-m") { Description = "what chooses the samples, as in infobatch:keep=0.3 or, with a modifier, infobatch+max-age:epochs=4; winnow methods lists them", DefaultValueFactory = static _ => "infobatch", HelpName = "spec" };
        var losses = new Option<string>("--losses") { Description = "an npy file of floats, the last loss of each sample by id; NaN: never seen; a plan without <state> needs it", HelpName = "file.npy" };
        var epoch = Value.Number<int>("--epoch", "the epoch to plan, from 0; a plan needs it", new(0, int.MaxValue), "3", "epochs count from 0, e.g. --epoch 3");
        var epochs = Value.Number<int>("--epochs", "epochs of the whole run; a plan needs it, with <state> only the first", new(1, int.MaxValue), "200", "it is the number of epochs of the whole run, e.g. --epochs 200");
        var samples = Value.Number<int>("--samples", "how many samples there are; the first plan with <state> needs it", new(1, Array.MaxLength), "50000");
        var seed = Value.Number<ulong>("--seed", "the run's seed [default: 1]", Value.Seeds, "1");
        var output = new Option<string>("--out", "-o") { Description = "the plan to write; one that is there is replaced", DefaultValueFactory = static _ => "plan.npz", HelpName = "file.npz" };
        var allow = new Option<bool>("--allow-unobserved") { Description = "with <state>: plan though samples of the epoch before have no loss; their older losses count" };
        var visits = Value.Number<long>("--planned-visits", "how many visits the epochs before this one planned, all together: what a saving that is asked for is steered by", new(0, long.MaxValue), "120000");
        var order = Value.Choice("--order", "how the plan knows its order: listed (4 bytes a visit) or keyed (a fifth of a byte, for hundreds of millions) [default: listed]", ("listed", PlanOrder.Listed), ("keyed", PlanOrder.Keyed));
        var threads = Value.Number<int>("--threads", "threads to plan with; the plan is the same for any number [default: all cores]", RunOptions.Threads, "4", "leave it out for all cores");
        var count = Value.Number<int>("--count", "no plan but a benchmark: plan, observe, save and restore so many samples with made-up losses, and show time and memory", new(1, Array.MaxLength), "100000000");
        var signals = new PlanSignals();
        var command = new Command("plan", "Plan one epoch for a trainer in any language: from a file that keeps the run (see winnow observe), or from a file of losses.")
        {
            state, method, losses, epoch, epochs, samples, seed, visits, allow, order, threads,
        };
        signals.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(count);
        command.Options.Add(RunOptions.Json);
        Help.AddTo(command, terminal,
            ("winnow plan run.state --epoch 0 --samples 50000 --epochs 200 --out plan.npz", "begins a run; train on plan.npz and hand the losses to winnow observe run.state"),
            ("winnow plan run.state --epoch 1 --out plan.npz", "the next epoch; asked again, the same plan again"),
            ("winnow plan --losses losses.npy --epoch 3 --epochs 200 --seed 1 --out plan.npz", "without a file between epochs: the last loss of every sample says all"),
            ("winnow plan --method infobatch:keep=0.3 --losses losses.npy --epoch 3 --epochs 200 --json", "what was planned, as JSON too"),
            ("winnow plan --method infobatch:save=0.3 --losses losses.npy --epoch 3 --epochs 200 --planned-visits 140125", "steered to save 30 % of the run; 140125 is what the plans of epochs 0 to 2 visited"),
            ("winnow plan --count 1000000000 --method repb --order keyed", "what a billion samples take on this machine"),
            ("python3 -c 'import numpy as np; p = np.load(\"plan.npz\"); print(p[\"ids\"], p[\"weights\"])'", "the samples in visiting order and the weights of their losses"));
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(count) is { } many)
            {
                RefuseWithCount(parsed, [losses, epoch, epochs, samples, visits, allow, output, .. signals.Files]);
                if (parsed.GetValue(state) is not null)
                {
                    throw new UsageException("--count is a benchmark with made-up losses and <state> keeps a run; leave one of them out.");
                }

                var options = new PrunerOptions { Epochs = 1, Seed = parsed.GetValue(seed) ?? 1, Threads = parsed.GetValue(threads) ?? 0, Order = parsed.GetValue(order) ?? PlanOrder.Listed };
                Measure(terminal, time, parsed.GetValue(method)!, many, options, parsed.GetValue(RunOptions.Json));
                return ExitCode.Done;
            }

            var target = parsed.GetValue(output)!;
            PlanManifest manifest;
            if (parsed.GetValue(state) is { } file)
            {
                manifest = Next(parsed, file, target, new StateOptions(method, samples, epoch, epochs, seed, order, threads, allow, [losses, visits, .. signals.OfSamples]), signals);
            }
            else
            {
                if (Array.Find<Option>([samples, allow], option => Given(parsed, option)) is { } stray)
                {
                    throw new UsageException($"{stray.Name} goes with a run that is kept in a file; name it, as in winnow plan run.state {stray.Name}{(stray == samples ? " 50000" : "")}.");
                }

                RequireAll(parsed, losses, epoch, epochs);
                var context = new EpochContext
                {
                    Epoch = parsed.GetValue(epoch)!.Value,
                    TotalEpochs = parsed.GetValue(epochs)!.Value,
                    Seed = parsed.GetValue(seed) ?? 1,
                    Threads = parsed.GetValue(threads) ?? 0,
                };
                manifest = Plan(parsed, signals, parsed.GetValue(method)!, parsed.GetValue(losses)!, context, parsed.GetValue(visits), parsed.GetValue(order) ?? PlanOrder.Listed, target);
            }

            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(manifest, CliJson.Indented.PlanManifest);
            }
            else
            {
                terminal.WriteLine(manifest.Line(target));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static PlanManifest Plan(ParseResult parsed, PlanSignals signals, string method, string lossFile, EpochContext context, long? plannedVisits, PlanOrder order, string output)
    {
        var policy = PolicyCatalog.Parse(method);
        var (epoch, epochs) = (context.Epoch, context.TotalEpochs);
        if (epoch >= epochs)
        {
            throw new UsageException($"--epoch {epoch} is not in [0, {epochs}); epochs count from 0, so the last one is {epochs - 1}.");
        }

        if (policy.Save is not null && plannedVisits is null && epoch > 0)
        {
            throw new UsageException($"{method} is steered by what the epochs before have used: give --planned-visits, the sum of their plans' visited samples, or leave out save.");
        }

        signals.CheckLabels(parsed, method, policy);
        signals.CheckNeeds(parsed, method, policy);
        PlanFile.CheckOutput(output, [lossFile, .. signals.Given(parsed)]);
        var losses = PlanSignals.Losses(lossFile);
        if (plannedVisits is { } planned && planned > (long)epoch * losses.Length)
        {
            throw new UsageException($"--planned-visits {planned} is not in [0, {(long)epoch * losses.Length}], what {epoch} epochs over {losses.Length} samples can visit.");
        }

        var labels = signals.Labels(parsed, losses.Length);
        var samples = SaveOption.Reachable(method, policy, losses.Length, new PrunerOptions { Epochs = epochs, Seed = context.Seed, Labels = labels }).Samples;
        signals.Tell(parsed, policy, samples, losses);
        var plan = EpochPlan.Create(policy, context with { PlannedVisits = plannedVisits ?? 0 }, samples, order);
        var fingerprints = signals.Fingerprints(parsed);
        var manifest = PlanManifest.Of(PolicyCatalog.Canonical(method), context.Seed, plan, samples) with
        {
            PlannedVisits = plannedVisits,
            Losses = Path.GetFileName(lossFile),
            LossesSha256 = Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(losses.AsSpan()))),
            FilesSha256 = fingerprints.Count > 0 ? fingerprints : null,
        };
        PlanFile.Write(output, plan, manifest);
        return manifest;
    }

    // The next epoch of a run that is kept in a file, or the one that was planned last once more.
    private static PlanManifest Next(ParseResult parsed, string file, string output, StateOptions options, PlanSignals signals)
    {
        options.Refuse(parsed);
        PlanFile.CheckOutput(output, [file]);
        using var state = options.Open(parsed, file, signals);
        var epoch = parsed.GetValue(options.Epoch)!.Value;
        var (pruner, again) = (state.Pruner, state.Pruner.Current?.Epoch == epoch);
        var plan = state.Plan(epoch, parsed.GetValue(options.AllowUnobserved));
        var manifest = PlanManifest.Of(state.Method, state.Seed, plan, pruner.Samples) with { State = Path.GetFileName(file) };
        if (!again)
        {
            // First, so that no plan is ever ahead of its run; asked again, the same plan is written.
            state.Save();
        }

        PlanFile.Write(output, plan, manifest);
        return manifest;
    }

    private static bool Given(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static void RefuseWithCount(ParseResult parsed, Option[] others)
    {
        if (Array.Find(others, option => Given(parsed, option)) is { } given)
        {
            throw new UsageException($"--count is a benchmark with made-up losses and {given.Name} belongs to a plan; leave one of them out.");
        }
    }

    private static void RequireAll(ParseResult parsed, params Option[] needed)
    {
        string[] missing = [.. needed.Where(option => parsed.GetResult(option) is null or { IdentifierTokenCount: 0 }).Select(static option => $"{option.Name} <{option.HelpName}>")];
        if (missing.Length > 0)
        {
            throw new UsageException($"plan needs {string.Join(", ", missing)}; or <state>, or --count <n> for a benchmark. See winnow plan --help.");
        }
    }

    private static void Measure(Terminal terminal, TimeProvider time, string method, int samples, PrunerOptions options, bool json)
    {
        if (json)
        {
            terminal.WriteJson(PlanBenchmark.Run(method, samples, options, time, null), CliJson.Indented.PlanBenchmarkResult);
            return;
        }

        // Line by line: a billion samples take minutes.
        var head = BenchmarkStep.Head + Environment.NewLine;
        var measured = PlanBenchmark.Run(method, samples, options, time, step =>
        {
            terminal.WriteLine(head + step.Line);
            head = "";
        });
        terminal.WriteLine(measured.Line);
    }
}
