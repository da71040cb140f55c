using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Cli.Options;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow plan</c>: one epoch's plan from a file of losses, for any trainer in any language.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var method = new Option<string>("--method", "-m") { Description = "what chooses the samples, as in infobatch:keep=0.3 or, with a modifier, infobatch+max-age:epochs=4; winnow methods lists them", DefaultValueFactory = static _ => "infobatch", HelpName = "spec" };
        var losses = new Option<string>("--losses") { Description = "an npy file of floats, the last loss of each sample by id; NaN: never seen; a plan needs it", HelpName = "file.npy" };
        var epoch = Value.Number<int>("--epoch", "the epoch to plan, from 0; a plan needs it", "3");
        var epochs = Value.Number<int>("--epochs", "epochs of the whole run; a plan needs it", "200");
        var seed = Value.Number<ulong>("--seed", "the run's seed [default: 1]", "1");
        var output = new Option<string>("--out", "-o") { Description = "the plan to write; one that is there is replaced", DefaultValueFactory = static _ => "plan.npz", HelpName = "file.npz" };
        var visits = Value.Number<long>("--planned-visits", "how many visits the epochs before this one planned, all together: what a saving that is asked for is steered by", "120000");
        var order = Value.Choice("--order", "how the plan knows its order: listed (4 bytes a visit) or keyed (a fifth of a byte, for hundreds of millions) [default: listed]", ("listed", PlanOrder.Listed), ("keyed", PlanOrder.Keyed));
        var threads = Value.Number<int>("--threads", "threads to plan with; the plan is the same for any number [default: all cores]", "4");
        var count = Value.Number<int>("--count", "no plan but a benchmark: plan, observe, save and restore so many samples with made-up losses, and show time and memory", "100000000");
        var signals = new PlanSignals();
        var command = new Command("plan", "Plan one epoch from a file of losses, for a trainer in any language.")
        {
            method, losses, epoch, epochs, seed, visits, order, threads,
        };
        signals.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(count);
        command.Options.Add(RunOptions.Json);
        Help.AddTo(command, terminal,
            ("winnow plan --losses losses.npy --epoch 3 --epochs 200 --seed 1 --out plan.npz", "the default method"),
            ("winnow plan --method infobatch:keep=0.3 --losses losses.npy --epoch 3 --epochs 200 --json", "what was planned, as JSON too"),
            ("winnow plan --method infobatch:save=0.3 --losses losses.npy --epoch 3 --epochs 200 --planned-visits 140125", "steered to save 30 % of the run; 140125 is what the plans of epochs 0 to 2 visited"),
            ("winnow plan --count 1000000000 --method repb --order keyed", "what a billion samples take on this machine"),
            ("python3 -c 'import numpy as np; p = np.load(\"plan.npz\"); print(p[\"ids\"], p[\"weights\"])'", "the samples in visiting order and the weights of their losses"));
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threads) is < 1 or > 4096)
            {
                throw new UsageException($"--threads {parsed.GetValue(threads)} is not in [1, 4096]; leave it out for all cores.");
            }

            if (parsed.GetValue(count) is { } samples)
            {
                RefuseWithCount(parsed, [losses, epoch, epochs, visits, output, .. signals.Files]);
                if (samples < 1 || samples > Array.MaxLength)
                {
                    throw new UsageException($"--count {samples} is not in [1, {Array.MaxLength}]; e.g. --count 100000000.");
                }

                var options = new PrunerOptions { Epochs = 1, Seed = parsed.GetValue(seed) ?? 1, Threads = parsed.GetValue(threads) ?? 0, Order = parsed.GetValue(order) ?? PlanOrder.Listed };
                Measure(terminal, time, parsed.GetValue(method)!, samples, options, parsed.GetValue(RunOptions.Json));
                return ExitCode.Done;
            }

            RequireAll(parsed, losses, epoch, epochs);
            var context = new EpochContext
            {
                Epoch = parsed.GetValue(epoch)!.Value,
                TotalEpochs = parsed.GetValue(epochs)!.Value,
                Seed = parsed.GetValue(seed) ?? 1,
                Threads = parsed.GetValue(threads) ?? 0,
            };
            var manifest = Plan(parsed, signals, parsed.GetValue(method)!, parsed.GetValue(losses)!, context, parsed.GetValue(visits), parsed.GetValue(order) ?? PlanOrder.Listed, parsed.GetValue(output)!);
            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(manifest, CliJson.Indented.PlanManifest);
            }
            else
            {
                terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{parsed.GetValue(output)}: {manifest.Method} visits {manifest.Visited:N0} of {manifest.Total:N0} samples in epoch {manifest.Epoch} of {manifest.Epochs} (saves {manifest.Saved:P1}); {manifest.NeverSeen:N0} never seen, {manifest.NonFinite:N0} with a loss that isn't finite; weights sum to {manifest.WeightSum:F1}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static PlanManifest Plan(ParseResult parsed, PlanSignals signals, string method, string lossFile, EpochContext context, long? plannedVisits, PlanOrder order, string output)
    {
        var policy = PolicyCatalog.Parse(method);
        var (epoch, epochs) = (context.Epoch, context.TotalEpochs);
        if (epochs < 1)
        {
            throw new UsageException($"--epochs {epochs} is not at least 1; it is the number of epochs of the whole run, e.g. --epochs 200.");
        }

        if (epoch < 0 || epoch >= epochs)
        {
            throw new UsageException($"--epoch {epoch} is not in [0, {epochs}); epochs count from 0, so the last one is {epochs - 1}.");
        }

        if (policy.Save is not null && plannedVisits is null && epoch > 0)
        {
            throw new UsageException($"{method} is steered by what the epochs before have used: give --planned-visits, the sum of their plans' visited samples, or leave out save.");
        }

        signals.CheckNeeds(parsed, method, policy);
        CheckOutput(output, [lossFile, .. signals.Given(parsed)]);
        var losses = ReadLosses(lossFile);
        if (plannedVisits is { } planned && (planned < 0 || planned > (long)epoch * losses.Length))
        {
            throw new UsageException($"--planned-visits {planned} is not in [0, {(long)epoch * losses.Length}], what {epoch} epochs over {losses.Length} samples can visit.");
        }

        var labels = signals.Labels(parsed, losses.Length);
        var samples = SaveOption.Reachable(method, policy, losses.Length, new PrunerOptions { Epochs = epochs, Seed = context.Seed, Labels = labels }).Samples;
        signals.Tell(parsed, policy, samples, losses);
        var plan = EpochPlan.Create(policy, context with { PlannedVisits = plannedVisits ?? 0 }, samples, order);
        var fingerprints = signals.Fingerprints(parsed);
        var manifest = new PlanManifest
        {
            Method = PolicyCatalog.Canonical(method),
            Epoch = epoch,
            Epochs = epochs,
            Seed = context.Seed,
            PlannedVisits = plannedVisits,
            Order = order == PlanOrder.Keyed ? "keyed" : null,
            Total = plan.Total,
            Visited = plan.Count,
            NeverSeen = plan.Total - samples.SeenCount,
            NonFinite = samples.NonFiniteCount,
            WeightSum = plan.WeightSum,
            Saved = 1 - ((double)plan.Count / plan.Total),
            PlanHash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture),
            Losses = Path.GetFileName(lossFile),
            LossesSha256 = Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(losses.AsSpan()))),
            FilesSha256 = fingerprints.Count > 0 ? fingerprints : null,
            Winnow = RunDescription.Version,
        };
        var ids = new long[plan.Count];
        var weights = new float[plan.Count];
        plan.All.CopyIds(ids);
        plan.All.CopyWeights(weights);
        var content = new NpzContent();
        content.Arrays.Add(new("ids", NpyArray.Create<long>(ids)));
        content.Arrays.Add(new("weights", NpyArray.Create<float>(weights)));
        content.Texts.Add(new("manifest.json", JsonSerializer.Serialize(manifest, CliJson.Indented.PlanManifest)));
        try
        {
            Npz.Write(output, content);
        }
        catch (DataAccessException error)
        {
            // No space, most likely: not the input's fault.
            throw new IOException(error.Message, error);
        }

        return manifest;
    }

    private static void RefuseWithCount(ParseResult parsed, Option[] others)
    {
        if (Array.Find(others, option => parsed.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UsageException($"--count is a benchmark with made-up losses and {given.Name} belongs to a plan; leave one of them out.");
        }
    }

    private static void RequireAll(ParseResult parsed, params Option[] needed)
    {
        string[] missing = [.. needed.Where(option => parsed.GetResult(option) is null or { IdentifierTokenCount: 0 }).Select(static option => $"{option.Name} <{option.HelpName}>")];
        if (missing.Length > 0)
        {
            throw new UsageException($"plan needs {string.Join(", ", missing)}; or --count <n> for a benchmark. See winnow plan --help.");
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

    // Before anything is computed, since ten million losses take a moment.
    private static void CheckOutput(string output, string[] inputs)
    {
        if (output.Length == 0 || Directory.Exists(output))
        {
            throw new UsageException($"--out \"{output}\" is {(output.Length == 0 ? "empty" : "a folder")}; give the name of a file, e.g. --out plan.npz.");
        }

        var path = Path.GetFullPath(output);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new UsageException($"--out {output} lies in a folder that doesn't exist; make it first.");
        }

        if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
        {
            // The plan is written beside its place and renamed, which would replace the device.
            throw new UsageException($"--out {output} is a device; give the name of a file, e.g. --out plan.npz.");
        }

        if (Array.FindIndex(inputs, input => path == Path.GetFullPath(input)) is >= 0 and var which)
        {
            throw new UsageException($"--out {output} would replace {(which == 0 ? "the losses" : "what it is made from")}; give another name, e.g. --out plan.npz.");
        }
    }

    // Neither flattened nor converted from integers: a matrix of losses or a file of labels is a mistake that a plan wouldn't show.
    private static float[] ReadLosses(string file)
    {
        var array = Npy.Read(file);
        if (array.Shape.Length != 1)
        {
            throw new DataException($"{file}: the losses have the shape {array.ShapeText}; one number a sample, [N], is needed: losses.ravel(), or losses[-1] for the last of several epochs.");
        }

        if (array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; losses are floats: losses.astype('float32').");
        }

        return array.Length > 0 ? array.ToSingles() : throw new DataException($"{file}: there are no samples; at least one loss is needed.");
    }
}

/// <summary>
/// What a plan was made from; the entry <c>manifest.json</c> of the file. It doesn't say when: the same input gives the same bytes, so that
/// plans can be compared and cached by their hash, and the file's own time tells the rest.
/// </summary>
internal sealed record PlanManifest
{
    public required string Method { get; init; }

    public required int Epoch { get; init; }

    public required int Epochs { get; init; }

    public required ulong Seed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PlannedVisits { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Order { get; init; }

    public required int Total { get; init; }

    public required int Visited { get; init; }

    public required long NeverSeen { get; init; }

    public required long NonFinite { get; init; }

    public required double WeightSum { get; init; }

    public required double Saved { get; init; }

    public required string PlanHash { get; init; }

    public required string Losses { get; init; }

    public required string LossesSha256 { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? FilesSha256 { get; init; }

    public required string Winnow { get; init; }
}
