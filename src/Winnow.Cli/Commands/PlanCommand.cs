using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow plan</c>: one epoch's plan from a file of losses, for any trainer in any language.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var method = new Option<string>("--method", "-m") { Description = "what chooses the samples; winnow methods lists them", DefaultValueFactory = static _ => "infobatch", HelpName = "spec" };
        var losses = new Option<string>("--losses") { Description = "an npy file of floats, the last loss of each sample by id; NaN: never seen", Required = true, HelpName = "file.npy" };
        var epoch = new Option<int>("--epoch") { Description = "the epoch to plan, from 0", Required = true, HelpName = "n" };
        var epochs = new Option<int>("--epochs") { Description = "epochs of the whole run", Required = true, HelpName = "n" };
        var seed = new Option<ulong>("--seed") { Description = "the run's seed", DefaultValueFactory = static _ => 1, HelpName = "n" };
        var output = new Option<string>("--out", "-o") { Description = "the plan to write; one that is there is replaced", DefaultValueFactory = static _ => "plan.npz", HelpName = "file.npz" };
        var command = new Command("plan", "Plan one epoch from a file of losses, for a trainer in any language.")
        {
            method, losses, epoch, epochs, seed, output, Options.RunOptions.Json,
        };
        CommandLine.ShowExamples(command, terminal,
            "winnow plan --losses losses.npy --epoch 3 --epochs 200 --seed 1 --out plan.npz",
            "winnow plan --method infobatch:keep=0.3 --losses losses.npy --epoch 3 --epochs 200 --json",
            "python3 -c 'import numpy as np; p = np.load(\"plan.npz\"); print(p[\"ids\"], p[\"weights\"], p[\"manifest.json\"])'");
        command.SetAction(parsed =>
        {
            var manifest = Plan(
                parsed.GetValue(method)!, parsed.GetValue(losses)!, parsed.GetValue(epoch), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(output)!, time);
            if (parsed.GetValue(Options.RunOptions.Json))
            {
                terminal.WriteJson(manifest, CliJson.Indented.PlanManifest);
            }
            else
            {
                terminal.Out.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{parsed.GetValue(output)}: {manifest.Method} visits {manifest.Visited:N0} of {manifest.Total:N0} samples in epoch {manifest.Epoch} of {manifest.Epochs} (saves {manifest.Saved:P1}); {manifest.NeverSeen:N0} never seen, {manifest.NonFinite:N0} with a loss that isn't finite; weights sum to {manifest.WeightSum:F1}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static PlanManifest Plan(string method, string lossFile, int epoch, int epochs, ulong seed, string output, TimeProvider time)
    {
        var policy = PolicyCatalog.Parse(method);
        if (epochs < 1)
        {
            throw new UsageException($"--epochs {epochs} is not at least 1.");
        }

        if (epoch < 0 || epoch >= epochs)
        {
            throw new UsageException($"--epoch {epoch} is not in [0, {epochs}); epochs count from 0.");
        }

        var losses = Npy.Read(lossFile).ToSingles();
        if (losses.Length == 0)
        {
            throw new DataException($"{lossFile}: there are no samples; at least one loss is needed.");
        }

        var pruner = new Pruner(losses.Length, policy, new PrunerOptions { Epochs = epochs, Seed = seed });
        pruner.Preload(losses);
        var plan = pruner.Plan(epoch);
        var manifest = new PlanManifest
        {
            Method = PolicyCatalog.Canonical(method),
            Epoch = epoch,
            Epochs = epochs,
            Seed = seed,
            Total = plan.Total,
            Visited = plan.Count,
            NeverSeen = plan.Total - pruner.Samples.SeenCount,
            NonFinite = pruner.Samples.NonFiniteCount,
            WeightSum = plan.WeightSum,
            Saved = 1 - ((double)plan.Count / plan.Total),
            PlanHash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture),
            Losses = Path.GetFileName(lossFile),
            LossesSha256 = Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(losses.AsSpan()))),
            CreatedAt = time.GetUtcNow(),
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
        Npz.Write(output, content);
        return manifest;
    }
}

/// <summary>What a plan was made from; the entry <c>manifest.json</c> of the file.</summary>
internal sealed record PlanManifest
{
    public required string Method { get; init; }

    public required int Epoch { get; init; }

    public required int Epochs { get; init; }

    public required ulong Seed { get; init; }

    public required int Total { get; init; }

    public required int Visited { get; init; }

    public required long NeverSeen { get; init; }

    public required long NonFinite { get; init; }

    public required double WeightSum { get; init; }

    public required double Saved { get; init; }

    public required string PlanHash { get; init; }

    public required string Losses { get; init; }

    public required string LossesSha256 { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Winnow { get; init; }
}
