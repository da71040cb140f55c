using System.Text.Json;
using Winnow.Curation.Duplicates;

namespace Winnow.Curation.Running;

/// <summary>What several processes that share a folder have left undone.</summary>
/// <param name="Step">The step that the folder was begun with: <c>dedup</c> or <c>signals</c>.</param>
/// <param name="Stage">The part that is to be done: <c>sign</c>, <c>join</c>, <c>filter</c>, or the step itself where it has one part; null where everything is done.</param>
/// <param name="Shards">The names of the shards that it lacks.</param>
/// <param name="Tasks">The numbers of the tasks that these are, from 0.</param>
public sealed record UnfinishedShards(string Step, string? Stage, IReadOnlyList<string> Shards, IReadOnlyList<int> Tasks)
{
    /// <summary>The tasks as Slurm's arrays are told them, such as <c>0,3-5</c>.</summary>
    public string Array
    {
        get
        {
            var parts = new List<string>();
            for (var i = 0; i < Tasks.Count;)
            {
                var end = i;
                while (end + 1 < Tasks.Count && Tasks[end + 1] == Tasks[end] + 1)
                {
                    end++;
                }

                parts.Add(end == i ? FormattableString.Invariant($"{Tasks[i]}") : FormattableString.Invariant($"{Tasks[i]}-{Tasks[end]}"));
                i = end + 1;
            }

            return string.Join(',', parts);
        }
    }

    /// <summary>Looks at a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="tasks">Among how many tasks the shards are shared.</param>
    /// <exception cref="CurationException">It isn't a folder that a step with shares was begun in.</exception>
    public static UnfinishedShards Of(string path, int tasks)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(tasks, 1);
        var work = Path.Combine(path, ".winnow");
        if (CurationFolder.Read(Path.Combine(work, "settings.json"), CurationJson.Readable.FolderSettings) is not { } settings || settings.Step is not ("dedup" or "signals"))
        {
            throw new CurationException($"{path}: isn't a folder that winnow dedup or winnow signals began.");
        }

        var shards = Names(settings.Settings, "shards");
        if (File.Exists(Path.Combine(path, $"{settings.Step}.json")))
        {
            return new(settings.Step, null, [], []);
        }

        bool Written(string name) => File.Exists(Path.Combine(work, "written", name + ".json"));
        if (settings.Step == "signals")
        {
            return Missing("signals", shards, Written);
        }

        if (File.Exists(Path.Combine(work, "decision.json")))
        {
            // A folder of plain texts is written as one file of lines.
            return Missing("filter", shards, name => Written(name) || Written(name + ".jsonl"));
        }

        var sign = Missing("sign", shards, name => IsSigned(Path.Combine(work, "signatures", name + ".sig")));
        var against = Missing("sign", Names(settings.Settings, "against"), name => IsSigned(Path.Combine(work, "signatures-against", name + ".sig")));
        return sign.Shards.Count + against.Shards.Count == 0
            ? new(settings.Step, "join", [], [])
            : sign with { Shards = [.. sign.Shards, .. against.Shards], Tasks = [.. sign.Tasks.Union(against.Tasks).Order()] };

        bool IsSigned(string file)
        {
            var signatures = SignatureFile.TryOpen(file);
            return signatures is not null && signatures.Facts.Settings == settings.Hash;
        }

        UnfinishedShards Missing(string stage, string[] names, Func<string, bool> isDone)
        {
            int[] missing = [.. Enumerable.Range(0, names.Length).Where(i => !isDone(names[i]))];
            return new(settings.Step, missing.Length == 0 ? null : stage, [.. missing.Select(i => names[i])], [.. missing.Select(i => i % tasks).Distinct().Order()]);
        }
    }

    private static string[] Names(JsonElement settings, string field) => settings.TryGetProperty(field, out var names) ? [.. names.EnumerateArray().Select(static name => name.GetString()!)] : [];
}
