using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Data;
using Winnow.Records.Comparisons;

namespace Winnow.Records;

/// <summary>Which scores were asked for.</summary>
/// <param name="Specs">The canonical specs, in the order asked for.</param>
/// <param name="Runs">Over how many runs scores are averaged that don't say so themselves.</param>
/// <param name="Out">The full path of the file that they go to; null for the run's folder alone.</param>
public sealed record ScoreRequest(IReadOnlyList<string> Specs, int Runs, string? Out);

/// <summary><c>run.json</c>: what a run or a comparison was begun with, by which it can go on after the process has ended.</summary>
public sealed record RunPlan
{
    /// <summary><c>train</c>, <c>compare</c> or <c>score</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The name or the full path that the data was opened by.</summary>
    public required string Data { get; init; }

    /// <summary>Use only the first so many training samples; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The side that pictures were scaled to; null for data that are no folder of pictures.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Whether pictures that can't be used were left out.</summary>
    public bool SkipCorrupt { get; init; }

    /// <summary>Whether the data were opened with the class of each pixel.</summary>
    public bool Masks { get; init; }

    /// <summary>The full path of the pictures that others were laid over; null for none.</summary>
    public string? Backgrounds { get; init; }

    /// <summary>Size and fingerprint of the data.</summary>
    public required DataInfo Dataset { get; init; }

    /// <summary>The recipe.</summary>
    public required RecordedRecipe Recipe { get; init; }

    /// <summary>Of a run, the canonical method spec.</summary>
    public string? Method { get; init; }

    /// <summary>The seed of a run, or those of a comparison.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Of a comparison, what is run for each seed.</summary>
    public IReadOnlyList<ComparisonArm> Arms { get; init; } = [];

    /// <summary>Of a comparison of smaller networks, what it asks; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkPlan? Networks { get; init; }

    /// <summary>Of a comparison, the accuracies whose time is to be told.</summary>
    public IReadOnlyList<double> Targets { get; init; } = [];

    /// <summary>Of a comparison, the margin in points that is claimed; null for none.</summary>
    public double? Margin { get; init; }

    /// <summary>What was told before the first step.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How often checkpoints are written, as on the command line.</summary>
    public required string CheckpointEvery { get; init; }

    /// <summary>How many are kept.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Whether what the runs see of each sample is recorded.</summary>
    public bool Samples { get; init; }

    /// <summary>What is scored: of <c>score</c>, and of <c>train</c> where scores are made beside; null elsewhere.</summary>
    public ScoreRequest? Scores { get; init; }

    /// <summary>What was measured to choose precision, memory order and threads; null where nothing was.</summary>
    public ProbeResult? Probe { get; init; }

    /// <summary>Where it was begun, and by which command.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>How the data was opened, so that it can be opened again.</summary>
    public DataOptions ToDataOptions() => new() { ImageSize = ImageSize, SkipCorrupt = SkipCorrupt, Masks = Masks, Backgrounds = Backgrounds };

    /// <summary>Data that was opened anew, with no more training samples than the run was limited to.</summary>
    /// <param name="data">As it was opened.</param>
    public T Limited<T>(T data)
        where T : TaskData
    {
        ArgumentNullException.ThrowIfNull(data);
        return Limit is { } limit && limit < data.TrainCount ? (T)data.Limited(limit) : data;
    }

    /// <summary>Reads the <c>run.json</c> of a folder that no process works in.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="RunFolderException">There is none, or it is damaged.</exception>
    public static RunPlan Of(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, RunFolder.PlanName);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Read(stream, path);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not RunFolderException))
        {
            var problem = File.Exists(path)
                ? $"the run in \"{folder}\" can't be opened: {error.Message.TrimEnd('.')}. Does another process work on it? Then wait until it has ended, or stop it by Ctrl-C and go on later."
                : Directory.Exists(folder)
                    ? $"\"{folder}\" is no folder of a run: there is no {RunFolder.PlanName} in it. Give one that train or compare has written."
                    : $"there is no folder \"{folder}\"; give the folder of a run, as train and compare print it.";
            throw new RunFolderException(problem, error) { BeforeStart = true };
        }
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <param name="stream">Its content.</param>
    /// <param name="path">Its place, for messages.</param>
    /// <exception cref="RunFolderException">It is damaged, or empty: of a run that ended before it began.</exception>
    public static RunPlan Read(Stream stream, string path)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek && stream.Length == 0)
        {
            throw new RunFolderException($"\"{Path.GetDirectoryName(path)}\" holds no run that could go on: the process that made it ended before the run began. Remove it, and begin the run again.") { BeforeStart = true };
        }

        try
        {
            return JsonSerializer.Deserialize(stream, RunJson.Indented.RunPlan) ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException error)
        {
            throw new RunFolderException($"\"{path}\" is damaged: {error.Message} Without it the run can't go on; begin a new one.", error) { BeforeStart = true };
        }
    }
}
