using System.Security.Cryptography;
using Winnow.Data;
using Winnow.Data.Subsets;

namespace Winnow.Records.Inspection;

/// <summary>One recorded run of a run folder, ended or cut off, with what it recorded of its samples.</summary>
public sealed class InspectedRun
{
    private InspectedRun(RunPlan plan, string name, SampleHistory history) => (Plan, Name, History, Numbers) = (plan, name, history, SampleNumbers.Of(history));

    /// <summary>What it was begun with.</summary>
    public RunPlan Plan { get; }

    /// <summary>What it is called: the method of a training with its seed, or the name of a run of a comparison.</summary>
    public string Name { get; }

    /// <summary>What it recorded.</summary>
    public SampleHistory History { get; }

    /// <summary>What there is to say of the samples' ids; null where they are rows of the data's files, as they should be.</summary>
    public string? IdNote => History.KnowsRows
        ? null
        : "Ids are places among the samples trained on, not rows of the data's files: an earlier version of Winnow, which recorded this run, didn't tell them apart.";

    /// <summary>The numbers of all samples, in the order of their places.</summary>
    public IReadOnlyList<SampleNumbers> Numbers { get; }

    /// <summary>What the classes are called; null where they have no names.</summary>
    public IReadOnlyList<string>? ClassNames => Plan.Dataset.ClassNames;

    /// <summary>Whether a folder has recorded samples of its only run.</summary>
    public static bool Has(string folder) => File.Exists(Path.Combine(folder, RunFolder.SamplesName, SampleHistory.Losses));

    /// <summary>Reads a run.</summary>
    /// <param name="folder">The folder of <c>train</c> or <c>compare</c>.</param>
    /// <param name="name">Which run of a comparison; null for the only one that was recorded.</param>
    /// <param name="plan">What it was begun with, where that is at hand; null reads it, which only works while no process is at work there.</param>
    /// <exception cref="RunFolderException">It is no run's folder, or nothing, or not that run, was recorded there.</exception>
    /// <exception cref="DataException">What was recorded is damaged.</exception>
    public static InspectedRun Open(string folder, string? name = null, RunPlan? plan = null)
    {
        plan ??= RunPlan.Of(folder);
        var samples = Path.Combine(folder, RunFolder.SamplesName);
        string[] runs = Directory.Exists(samples)
            ? [.. Directory.GetDirectories(samples).Where(static run => File.Exists(Path.Combine(run, SampleHistory.Losses))).Select(static run => Path.GetFileName(run)!).Order(StringComparer.Ordinal)]
            : [];
        if (Has(folder) && name is null)
        {
            return new InspectedRun(plan, FormattableString.Invariant($"{plan.Method}, seed {plan.Seeds[0]}"), Read(samples));
        }

        if (runs.Length == 0)
        {
            throw Refused(Has(folder)
                ? $"\"{folder}\" holds one run, which has no name of its own; leave {name} out."
                : plan.Samples ? $"\"{folder}\" holds no recorded samples yet: its run has not begun." : $"\"{folder}\" holds no recorded samples: begin a run that records them.");
        }

        var run = name ?? (runs is [var only] ? only : throw Refused($"\"{folder}\" holds {runs.Length} recorded runs; say which: {string.Join(", ", runs)}."));
        return runs.Contains(run)
            ? new InspectedRun(plan, run, Read(Path.Combine(samples, run)))
            : throw Refused($"\"{folder}\" holds no recorded run {run}; there are {string.Join(", ", runs)}.");

        static RunFolderException Refused(string message) => new(message) { BeforeStart = true };
    }

    /// <summary>Opens the samples themselves, as the run was trained on them.</summary>
    /// <param name="data">Where the data set is now; null for where it was.</param>
    /// <exception cref="DataException">It isn't there, or it is another one; or so it is with the subset file that the run was trained on.</exception>
    public SampleSet OpenSamples(string? data = null)
    {
        var train = Plan.Limited(DataSources.Open(data ?? Plan.Data, Plan.ToDataOptions())).Train;
        var recipe = Plan.Recipe;
        train = (recipe.Whole("subset") is { } subset && subset < (ulong)train.Count ? train.WithSubset((int)subset) : train)
            .WithLongTail(recipe.Number("imbalance") ?? 1).WithLabelNoise(recipe.Number("label_noise") ?? 0, recipe.Whole("label_noise_seed") ?? 0);
        if (recipe.Part("selection")?.Text("path") is { } file)
        {
            train = Kept(train, file, recipe.Part("selection")?.Text("sha256"));
        }

        return train.Fingerprint == Plan.Dataset.Fingerprint
            ? train
            : throw new DataException($"the run was trained on {Plan.Dataset.Name} of {Plan.Dataset.Train} samples ({Plan.Dataset.Fingerprint}), and {data ?? Plan.Data} now has {train.Count} ({train.Fingerprint}); give the folder where that data is now.");
    }

    /// <summary>What a run's subset file keeps of the samples, if it still is the file that the run was begun with.</summary>
    private static SampleSet Kept(SampleSet train, string path, string? sha256)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"the run was trained on what the subset file {path} keeps, which can't be read: {error.Message} Put it there again.", error);
        }

        if (Convert.ToHexStringLower(SHA256.HashData(file)) is var found && found != sha256)
        {
            throw new DataException($"{path} isn't the subset file that the run was trained on: its SHA-256 was {sha256} and is {found}. Put that one there again.");
        }

        var subset = SubsetFile.Read(new MemoryStream(file, writable: false), path);
        return subset.Manifest.N == train.Count
            ? train.Select(subset.Trained().Ids)
            : throw new DataException($"the run was trained on what {path} keeps of {subset.Manifest.N} samples, and there are {train.Count} now; give the folder where that data is now.");
    }

    private static SampleHistory Read(string folder)
    {
        var history = SampleHistory.Read(folder);
        return history.Recorded.Count > 0
            ? history
            : throw new RunFolderException($"\"{folder}\" holds no epoch yet: the first is recorded when it was trained on.") { BeforeStart = true };
    }
}
