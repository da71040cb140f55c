using System.Globalization;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary>Data that stay in their files, on the command line.</summary>
[Collection(TrainingCollection.Name)]
public sealed class StreamingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.At("data");

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void The_same_weights_come_of_both_and_a_run_goes_on_either_way()
    {
        Write(pieces: 3, samples: 100, side: 8);
        var files = Invocation.Run([.. Train("files"), "--stream", "on"]);
        Assert.Contains("1 MB of samples are read from their files while they are used.", files.Error, StringComparison.Ordinal);
        var memory = Invocation.Run(Train("memory"));
        Assert.DoesNotContain("read from their files", memory.Error, StringComparison.Ordinal);
        var weights = memory.Json.GetProperty("weights_sha256").GetString();
        Assert.Equal(weights, files.Json.GetProperty("weights_sha256").GetString());

        // Begun again from its plan alone.
        File.Delete(_folder.At("memory/result.json"));
        var again = Invocation.Run("train", "--resume", _folder.At("memory"), "--stream", "on", "--json");
        Assert.Equal(weights, again.Json.GetProperty("weights_sha256").GetString());
        Assert.Contains("--stream maybe is not auto or on or off", Invocation.Fail(2, [.. Train("other"), "--stream", "maybe"]), StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_file_that_shrinks_ends_the_run_with_one_sentence_and_nothing_half_written()
    {
        Write(pieces: 2, samples: 2000, side: 8);
        var x = Path.Combine(Data, "x-00001.npy");
        using var program = new RunningProgram(null, [.. Train("run", epochs: "500"), "--stream", "on", "--checkpoint-every", "1epochs"]);
        program.WaitFor("epoch 1/500");
        using (var file = new FileStream(x, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(1000);
        }

        Assert.Equal(2, program.Code());
        var line = Assert.Single(program.Failures);
        Assert.StartsWith($"winnow: {x}: expected ", line, StringComparison.Ordinal);
        Assert.EndsWith(" A data set mustn't change while it is read; begin anew once it is at rest.", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", program.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("run/result.json")));
        Assert.Empty(Directory.GetFiles(_folder.At("run"), "*.tmp", SearchOption.AllDirectories));
    }

    // Ten times as many bytes as the process may use, of which none is on the disk; every visited sample is drawn from all of them.
    [MemoryGroupFact]
    public void Ten_times_the_memory_trains_within_it()
    {
        const long Cap = 400L << 20;
        Directory.CreateDirectory(Data);
        const int Pieces = 4, Samples = 86_000;
        for (var k = 0; k < Pieces; k++)
        {
            using (var file = new FileStream(Name("x", k), FileMode.Create))
            {
                Npy.WriteHeader(file, NpyType.UInt8, Samples, 3, 64, 64);
                file.SetLength(file.Position + (Samples * 12_288L));
            }

            Npy.Write(Name("y", k), NpyArray.Create<byte>([.. Enumerable.Range(0, Samples).Select(static i => (byte)(i % 2))]));
        }

        Npy.Write(Name("x_test", 0), NpyArray.Create<byte>(new byte[20 * 12_288], 20, 3, 64, 64));
        Npy.Write(Name("y_test", 0), NpyArray.Create<byte>(new byte[20]));
        Assert.InRange(Pieces * Samples * 12_288L, 10 * Cap, long.MaxValue);
        using var group = new MemoryGroup(Cap);
        using var program = RunningProgram.Within(
            group, new Dictionary<string, string> { ["WINNOW_PROBE"] = "0", ["XDG_CACHE_HOME"] = _folder.At("cache") },
            "train", Data, "--run", _folder.At("run"), "--json", "--method", "random:keep=0.01", "--model", "mlp", "--width", "1", "--epochs", "1", "--threads", "1");
        Assert.Equal(0, program.Code(seconds: 300));
        Assert.Contains("4.2 GB of samples are read from their files while they are used, not taken into the ", program.Error, StringComparison.Ordinal);
        Assert.Contains("\"weights_sha256\"", program.Out, StringComparison.Ordinal);
        Assert.InRange(group.Peak ?? 1, 1, Cap);
    }

    private string[] Train(string run, string epochs = "2") => ["train", Data, "--run", _folder.At(run), "--json", "--model", "mlp", "--width", "1", "--epochs", epochs, "--threads", "1", "--precision", "fp32"];

    private string Name(string part, int number) => Path.Combine(Data, string.Create(CultureInfo.InvariantCulture, $"{part}-{number:00000}.npy"));

    private void Write(int pieces, int samples, int side)
    {
        Directory.CreateDirectory(Data);
        var random = new Random(1);
        for (var k = 0; k < pieces; k++)
        {
            var pixels = new byte[samples * side * side];
            random.NextBytes(pixels);
            Npy.Write(Name("x", k), NpyArray.Create<byte>(pixels, samples, side, side));
            Npy.Write(Name("y", k), NpyArray.Create<int>([.. Enumerable.Range(0, samples).Select(i => (pixels[i * side * side] > 127 ? 1 : 0))]));
        }
    }
}
