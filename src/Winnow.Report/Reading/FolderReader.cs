using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Winnow.Records;
using Winnow.Records.Comparisons;

namespace Winnow.Report.Reading;

/// <summary>Reads a run folder: of a finished run, of one that was cut off, or of one that is still going.</summary>
internal static class FolderReader
{
    // Events of other kinds, which a newer Winnow may write, tell nothing that is shown here.
    private static readonly string[] s_known = ["run_started", "epoch_planned", "epoch_ended", "run_ended"];

    // Lists in which a null is a number that there isn't. Anywhere else in a list it is damage, which the reader would let pass.
    private static readonly string[] s_gaps = ["class_accuracy", "class_keep"];

    // A null where none may stand is damage, like anything else that doesn't fit.
    private static readonly RunJson s_json = new(new JsonSerializerOptions(RunJson.Default.Options) { RespectNullableAnnotations = true });

    public static RecordedFolder Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ReportException($"{folder}: there is no such folder; give the folder of a run, as train and compare print it.");
        }

        var events = Path.Combine(folder, "events.jsonl");
        if (!File.Exists(events))
        {
            throw new ReportException($"{folder} holds no events.jsonl, so it isn't the folder of a run; give one that train or compare has written.");
        }

        try
        {
            var (runs, cut) = Events(events);
            var (comparison, networks, training) = Result(Path.Combine(folder, "result.json"));
            var note = comparison is null && networks is null && training is null ? "There is no result.json: the run was cut off, or is still going on. What follows is what its events tell so far."
                : cut ? "The last line of the events is cut off and was left out."
                : null;
            return new RecordedFolder(Name(folder), runs, comparison, training, note) { Networks = networks };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"{folder} can't be read: {error.Message}", error);
        }
    }

    private static string Name(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static (IReadOnlyList<RecordedRun> Runs, bool Cut) Events(string file)
    {
        var runs = new Dictionary<(string Arm, ulong Seed), RecordedRun>();
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        using var reader = new StreamReader(stream);
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            try
            {
                if (line.Length > 0 && Parse(line) is { } entry)
                {
                    if (!runs.TryGetValue((entry.Arm, entry.Seed), out var run))
                    {
                        runs.Add((entry.Arm, entry.Seed), run = new RecordedRun(entry.Arm, entry.Seed));
                    }

                    run.Add(entry);
                }
            }
            catch (JsonException) when (reader.EndOfStream)
            {
                // A crash loses at most the line being written.
                return ([.. runs.Values], true);
            }
            catch (JsonException error)
            {
                throw new ReportException($"{file}, line {number}: this is no event of Winnow ({error.Message.TrimEnd('.')}); the file was changed or damaged. Without that line the rest can be read.", error);
            }
        }

        return ([.. runs.Values], false);
    }

    private static IRunEvent? Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        RefuseGaps(document.RootElement, "$");
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("event", out var kind) && kind.ValueKind == JsonValueKind.String
            ? s_known.Contains(kind.GetString()) ? document.Deserialize(s_json.IRunEvent) : null
            : throw new JsonException("it names no event");
    }

    private static (ComparisonResult? Comparison, NetworkComparisonResult? Networks, TrainingResult? Training) Result(string file)
    {
        if (!File.Exists(file))
        {
            return (null, null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            RefuseGaps(document.RootElement, "$");
            var kind = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("kind", out var value) ? value.ToString() : null;
            return kind switch
            {
                "compare" => (Whole(Read(document, s_json.ComparisonResult)), null, null),
                NetworkComparisonResult.KindName => (null, Read(document, s_json.NetworkComparisonResult), null),
                "train" => (null, null, Read(document, s_json.TrainingResult)),
                _ => throw new JsonException($"its kind is none of train, compare and {NetworkComparisonResult.KindName}"),
            };
        }
        catch (JsonException error)
        {
            throw new ReportException($"{file}: this is no result of Winnow ({error.Message.TrimEnd('.')}); the file was changed or damaged. Without it the report is made from the events.", error);
        }
    }

    // The reader leaves null what earlier versions didn't write.
    private static ComparisonResult Whole(ComparisonResult result) => result with
    {
        Claims = result.Claims ?? [],
        Arms = [.. result.Arms.Select(static arm => arm with { ClassKeep = arm.ClassKeep ?? [], TimeToAccuracy = arm.TimeToAccuracy ?? [] })],
    };

    private static void RefuseGaps(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var (i, item) in element.EnumerateArray().Index())
            {
                if (item.ValueKind == JsonValueKind.Null)
                {
                    throw new JsonException($"{path}[{i}] is null");
                }

                RefuseGaps(item, $"{path}[{i}]");
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject().Where(static property => !s_gaps.Contains(property.Name)))
            {
                RefuseGaps(property.Value, $"{path}.{property.Name}");
            }
        }
    }

    private static T Read<T>(JsonDocument document, JsonTypeInfo<T> type) => document.Deserialize(type) ?? throw new JsonException("it is empty");
}
