using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Winnow.Report.Tests.Support;

/// <summary>Run folders: the real ones of docs/records, and what is made of them.</summary>
public static class RecordedRuns
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../.."));

    /// <summary>Twelve methods and three controls over three seeds.</summary>
    public static string Methods { get; } = At("2026-11-21_fashion-mnist-methods/save30");

    /// <summary>One method and two controls, one seed.</summary>
    public static string Quick { get; } = At("2026-11-21_fashion-mnist-infobatch/quick");

    /// <summary>Smaller networks by three scores, and their controls, over three seeds.</summary>
    public static string Networks { get; } = At("2026-11-28_network-compare");

    public static string At(string name) => Path.Combine(Root, "docs", "records", name);

    /// <summary>A copy of a run folder, each of whose lines and whose result may be changed on the way; null leaves a line out.</summary>
    public static string Copy(string source, string target, Func<string, string?>? line = null, Func<JsonObject, JsonObject?>? result = null)
    {
        Directory.CreateDirectory(target);
        File.WriteAllLines(Path.Combine(target, "events.jsonl"), File.ReadLines(Path.Combine(source, "events.jsonl")).Select(line ?? (static text => text)).OfType<string>());
        var read = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "result.json")))!.AsObject();
        if ((result is null ? read : result(read)) is { } kept)
        {
            File.WriteAllText(Path.Combine(target, "result.json"), kept.ToJsonString());
        }

        return target;
    }

    /// <summary>The folder of a single run, made of the quick record's pruned one, its losses known.</summary>
    public static string Train(string target, string method = "infobatch", ulong seed = 1)
    {
        var history = new JsonArray();
        Copy(
            Quick,
            target,
            line =>
            {
                var entry = JsonNode.Parse(line)!.AsObject();
                if ((string?)entry["arm"] != "infobatch")
                {
                    return null;
                }

                if (entry["report"] is { } report)
                {
                    history.Add(report.DeepClone());
                }

                (entry["arm"], entry["seed"]) = (method, seed);
                if ((string?)entry["event"] == "epoch_planned" && (int)entry["epoch"]! is > 0 and var epoch)
                {
                    entry["losses"] = Losses(epoch);
                }

                return entry.ToJsonString();
            },
            compared => new JsonObject
            {
                ["kind"] = "train",
                ["data"] = "fashion-mnist",
                ["dataset"] = compared["dataset"]!.DeepClone(),
                ["model"] = "resnet-small",
                ["parameters"] = 174970,
                ["epochs"] = 6,
                ["method"] = method,
                ["seed"] = seed,
                ["accuracy"] = 0.9213,
                ["test_loss"] = 0.22,
                ["visited"] = 265680,
                ["steps"] = 2077,
                ["saved"] = new JsonObject { ["samples"] = 0.262, ["steps"] = 0.262 },
                ["seconds"] = new JsonObject { ["train"] = 30, ["evaluate"] = 3, ["total"] = 33.5 },
                ["overhead_share"] = 0.001,
                ["history"] = history,
                ["weights_sha256"] = "00",
                ["recipe"] = compared["recipe"]!.DeepClone(),
                ["environment"] = compared["environment"]!.DeepClone(),
            });
        return target;
    }

    /// <summary>A copy of a run with what a network of 320 parameters was over it, and where weights are dropped, the density of each epoch.</summary>
    public static string WithNetwork(string source, string target, string? sparsify, (string Name, long Kept, long Elements)[] layers, double average) =>
        Copy(source, target, line =>
        {
            var entry = JsonNode.Parse(line)!.AsObject();
            if (entry["report"] is JsonObject report && sparsify is not null)
            {
                report["density"] = (int)report["epoch"]! == 0 ? 1 : 0.2;
            }

            if ((string?)entry["event"] == "run_ended")
            {
                var network = new JsonObject
                {
                    ["parameters"] = 320,
                    ["average_parameters"] = average,
                    ["layers"] = new JsonArray([.. layers.Select(static layer => new JsonObject { ["name"] = layer.Name, ["kept"] = layer.Kept, ["elements"] = layer.Elements })]),
                };
                if (sparsify is not null)
                {
                    (network["sparsify"], network["density"]) = (sparsify, 0.2);
                }

                entry["network"] = network;
            }

            return entry.ToJsonString();
        });

    /// <summary>So many runs of so many epochs, the real record's over and over, an arm for every five of them; every epoch knows its losses.</summary>
    public static string Many(string target, int runs, int epochs)
    {
        Directory.CreateDirectory(target);
        var lines = File.ReadLines(Path.Combine(Methods, "events.jsonl")).Select(static line => JsonNode.Parse(line)!.AsObject()).ToArray();
        var seed1 = lines.Where(static entry => (string?)entry["arm"] == "infobatch:save=0.3" && (int)entry["seed"]! == 1).ToArray();
        using var writer = new StreamWriter(Path.Combine(target, "events.jsonl"));
        for (var run = 0; run < runs; run++)
        {
            var (arm, seed) = ($"infobatch:save={(run / 5 * 0.01) + 0.1:0.##}", (run % 5) + 1);
            Write(seed1.First(static entry => (string?)entry["event"] == "run_started"), static (entry, epochs) => entry["epochs"] = epochs);
            var planned = seed1.Where(static entry => (string?)entry["event"] == "epoch_planned").ToArray();
            var ended = seed1.Where(static entry => (string?)entry["event"] == "epoch_ended").ToArray();
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                var source = epoch * ended.Length / epochs;
                var at = epoch;
                Write(planned[source], (entry, _) => (entry["epoch"], entry["losses"]) = (at, Losses(at)));
                Write(ended[source], (entry, all) =>
                {
                    var report = entry["report"]!.AsObject();
                    (report["epoch"], report["epochs"]) = (at, all);
                    report["accuracy"] = 0.5 + (0.4 * at / (at + 10.0)) + (((run * 7919) + (at * 104729)) % 1000 / 1e5);
                });
            }

            Write(seed1.First(static entry => (string?)entry["event"] == "run_ended"), static (_, _) => { });

            void Write(JsonObject from, Action<JsonObject, int> change)
            {
                var entry = from.DeepClone().AsObject();
                (entry["arm"], entry["seed"]) = (arm, seed);
                change(entry, epochs);
                writer.WriteLine(entry.ToJsonString());
            }
        }

        return target;
    }

    /// <summary>A text as it stands in JSON, without its quotes.</summary>
    public static string InJson(string text) => JsonSerializer.Serialize(text)[1..^1];

    // A hill of losses that moves down.
    private static JsonObject Losses(int epoch)
    {
        int[] counts = [.. Enumerable.Range(0, 36).Select(bin => (int)(3000 * Math.Exp(-Math.Pow(bin - 26 + (8 * epoch / (epoch + 5.0)), 2) / 30)))];
        return new JsonObject
        {
            ["mean"] = 0.3,
            ["counts"] = new JsonArray([.. counts.Select(static count => (JsonNode)count)]),
            ["kept"] = new JsonArray([.. counts.Select(static (count, bin) => (JsonNode)(bin < 20 ? count / 2 : count))]),
        };
    }

    private static string Here([CallerFilePath] string path = "") => path;
}

/// <summary>A folder that goes away with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("winnow-report-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
