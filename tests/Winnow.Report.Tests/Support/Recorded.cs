using System.Text.Json;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;

namespace Winnow.Report.Tests.Support;

/// <summary>Run folders that recorded their samples, with the data set beside them.</summary>
public static class Recorded
{
    public const int Count = 60, Epochs = 3;

    /// <summary>
    /// Makes <c>run</c> and <c>data</c> of 60 samples in three classes. Sample k has the label k % 3; every fifth is always taken for the next class,
    /// at a loss of 3 and more; every seventh is visited in the first epoch only; all else is right at a falling loss.
    /// </summary>
    /// <param name="folder">Where to.</param>
    /// <param name="names">What the classes are called.</param>
    /// <param name="table">Rows of nine numbers in place of images.</param>
    /// <param name="ids">Writes the samples' rows, as versions before this one didn't.</param>
    /// <param name="heldOut">Every sixth sample of a class, of 72, is the test part.</param>
    public static string Run(TemporaryFolder folder, IReadOnlyList<string>? names = null, bool table = false, bool ids = true, bool heldOut = false)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Directory.CreateDirectory(folder.At("data"));
        var labels = Enumerable.Range(0, Count).Select(static k => k % 3).ToArray();
        var rows = heldOut ? Count * 6 / 5 : Count;
        foreach (var part in heldOut ? new[] { "" } : ["", "_test"])
        {
            Npy.Write(folder.At($"data/x{part}.npy"), table
                ? NpyArray.Create<float>([.. Enumerable.Range(0, rows * 9).Select(static k => k / 4f)], rows, 9)
                : NpyArray.Create<byte>([.. Enumerable.Range(0, rows * 64).Select(static k => (byte)((k * 7) ^ (k >> 4)))], rows, 8, 8));
            Npy.Write(folder.At($"data/y{part}.npy"), NpyArray.Create<int>([.. Enumerable.Range(0, rows).Select(static k => k % 3)]));
        }

        var (losses, predictions) = (new float[Epochs * Count], new int[Epochs * Count]);
        for (var k = 0; k < losses.Length; k++)
        {
            var (epoch, id) = (k / Count, k % Count);
            (losses[k], predictions[k]) = (epoch > 0 && id % 7 == 0) ? (float.NaN, -1)
                : id % 5 == 0 ? (3 + (id / 100f), (labels[id] + 1) % 3)
                : ((1 + (id / 100f)) / (epoch + 1), labels[id]);
        }

        var run = RecordedRuns.Train(folder.At("run"));
        Directory.CreateDirectory(Path.Combine(run, "samples"));
        Npy.Write(Path.Combine(run, "samples", "losses.npy"), NpyArray.Create<float>(losses, Epochs, Count));
        Npy.Write(Path.Combine(run, "samples", "predictions.npy"), NpyArray.Create<int>(predictions, Epochs, Count));
        Npy.Write(Path.Combine(run, "samples", "labels.npy"), NpyArray.Create<int>(labels));
        var train = DataSources.Open(folder.At("data")).Train;
        if (ids)
        {
            Npy.Write(Path.Combine(run, "samples", "ids.npy"), NpyArray.Create<long>([.. Enumerable.Range(0, Count).Select(place => (long)train.Row(place))]));
        }

        using var stream = File.Create(Path.Combine(run, "run.json"));
        JsonSerializer.Serialize(stream, new RunPlan
        {
            Kind = "train",
            Data = folder.At("data"),
            Dataset = new DataInfo(train.Name, Count, Count, 3, train.Fingerprint) { ClassNames = names },
            Recipe = new RecordedRecipe(JsonSerializer.SerializeToElement(new { model = "mlp", epochs = Epochs })),
            Method = "infobatch",
            Seeds = [1],
            CheckpointEvery = "600s",
            Checkpoints = 2,
            Samples = true,
            Environment = new RunEnvironment { Winnow = "0", Libtorch = "0", Runtime = "0", Device = "cpu", Threads = 1, Processor = "0", Command = ["winnow"] },
        }, RunJson.Indented.RunPlan);
        return run;
    }
}
