using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Plans;
using Winnow.Samples;

namespace Winnow.Cli.Commands;

/// <summary>A plan as an npz file: ids and weights in visiting order, and what it is.</summary>
internal static class PlanFile
{
    /// <summary>Writes it whole or not at all.</summary>
    public static void Write(string output, EpochPlan plan, PlanManifest manifest)
    {
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
    }

    // Before anything is computed, since ten million losses take a moment.
    public static void CheckOutput(string output, string[] inputs)
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

        if (Array.Exists(inputs, input => path == Path.GetFullPath(input)))
        {
            throw new UsageException($"--out {output} would replace what it is made from; give another name, e.g. --out plan.npz.");
        }
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

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? State { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Losses { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LossesSha256 { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? FilesSha256 { get; init; }

    public required string Winnow { get; init; }

    /// <summary>What there is to say of any plan.</summary>
    public static PlanManifest Of(string method, ulong seed, EpochPlan plan, SampleTable samples) => new()
    {
        Method = method,
        Epoch = plan.Epoch,
        Epochs = plan.TotalEpochs,
        Seed = seed,
        Order = plan.IsKeyed ? "keyed" : null,
        Total = plan.Total,
        Visited = plan.Count,
        NeverSeen = plan.Total - samples.SeenCount,
        NonFinite = samples.NonFiniteCount,
        WeightSum = plan.WeightSum,
        Saved = 1 - ((double)plan.Count / plan.Total),
        PlanHash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture),
        Winnow = RunDescription.Version,
    };

    /// <summary>The same as a sentence.</summary>
    public string Line(string output) => string.Create(CultureInfo.InvariantCulture,
        $"{output}: {Method} visits {Visited:N0} of {Total:N0} samples in epoch {Epoch} of {Epochs} (saves {Saved:P1}); {NeverSeen:N0} never seen, {NonFinite:N0} with a loss that isn't finite; weights sum to {WeightSum:F1}");
}
