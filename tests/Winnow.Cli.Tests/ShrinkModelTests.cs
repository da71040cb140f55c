using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Onnx;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow shrink</c> with a network from an ONNX file: smaller without training.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ShrinkModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_network_from_a_file_gets_smaller_and_tells_classes()
    {
        var images = Export("net.onnx");
        string[] more = ["--data", images, "--by", "obs", "--samples", "32"];
        var result = Shrink("net.onnx", "small.onnx", more);
        Assert.True(result.GetProperty("after").GetProperty("macs").GetInt64() <= 0.5 * result.GetProperty("before").GetProperty("macs").GetInt64());
        Assert.InRange(result.GetProperty("difference").GetDouble(), 0, 1e-4);
        Assert.Equal([1, 128], result.GetProperty("after").GetProperty("milliseconds").EnumerateArray().Select(static speed => speed.GetProperty("batch").GetInt32()));
        var calibration = result.GetProperty("calibration");
        Assert.Equal(("weights", 32), (calibration.GetProperty("compensation").GetString(), calibration.GetProperty("samples").GetInt32()));

        // The same accuracy as the run's own, since the file holds its network.
        var run = JsonDocument.Parse(File.ReadAllText(_folder.At("a/result.json"))).RootElement;
        Assert.Equal(run.GetProperty("metrics").GetProperty("accuracy").GetProperty("value").GetDouble(), result.GetProperty("before").GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.02);

        // The same again is the same file, and that can be made smaller again.
        var bytes = File.ReadAllBytes(_folder.At("small.onnx"));
        Assert.Equal(result.GetProperty("after").GetProperty("bytes").GetInt64(), bytes.Length);
        Assert.Contains("--force", Invocation.Fail(2, "shrink", _folder.At("net.onnx"), "--keep-macs", "50%", "--out", _folder.At("small.onnx")), StringComparison.Ordinal);
        Shrink("net.onnx", "small.onnx", ["--force", .. more]);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.At("small.onnx")));
        Assert.Equal(result.GetProperty("after").GetProperty("macs").GetInt64(), Shrink("small.onnx", "smaller.onnx").GetProperty("before").GetProperty("macs").GetInt64());
        Assert.Equal(OnnxNetwork.Load(_folder.At("net.onnx")).Inputs.Select(static port => port.ToString()), OnnxNetwork.Load(_folder.At("smaller.onnx")).Inputs.Select(static port => port.ToString()));
    }

    [TorchFact]
    public void Without_data_it_says_that_inputs_are_random()
    {
        Export("net.onnx");
        var text = Invocation.Run("shrink", _folder.At("net.onnx"), "--keep-macs", "60%", "--compensate", "weights", "--threads", "1", "--out", _folder.At("small.onnx"));
        Assert.Equal(0, text.Code);
        Assert.Contains("fitted on random inputs; --data names samples", text.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", text.Out, StringComparison.Ordinal);
        Assert.Contains("on random inputs", text.Error, StringComparison.Ordinal);
        var none = Shrink("net.onnx", "none.onnx");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (none.GetProperty("calibration").ValueKind, none.GetProperty("after").GetProperty("metrics").ValueKind));
    }

    [TorchFact]
    public void A_manifest_beside_the_file_says_how_bytes_come_in()
    {
        var images = Export("net.onnx", "--inputs", "scaled");
        string[] args = ["shrink", _folder.At("net.onnx"), "--keep-macs", "50%", "--data", images, "--threads", "1", "--out", _folder.At("small.onnx"), "--quiet"];
        var line = Invocation.Fail(2, args);
        Assert.Contains("are bytes from 0 to 255: say in ", line, StringComparison.Ordinal);
        Assert.Contains("net.json", line, StringComparison.Ordinal);
        File.WriteAllText(_folder.At("net.json"), """{"kind": "images", "channels": "grey", "scale": 0.00392157, "mean": [0.5], "std": [0.5]}""");
        Assert.Equal(0, Invocation.Run(args).Code);
    }

    [TorchFact]
    public void What_cannot_be_meant_is_one_sentence_and_leaves_no_file()
    {
        Export("net.onnx");
        Refused("needs gradients", "net.onnx", "--by", "taylor");
        Refused("doesn't end in .onnx", "net.onnx", "--out", _folder.At("small.safetensors"));
        Refused("--by obs is for networks from files that end in .onnx", "a", "--by", "obs");
        Refused("--samples is for networks from files", "a", "--samples", "8");
        Refused("--compensate is for networks from files", "a", "--compensate", "bias");
        Refused("can't be read", "none.onnx");
        Refused("can't be met", "net.onnx", "--least-keep", "90%");
        File.WriteAllText(_folder.At("b.onnx"), "nothing of the kind");
        Refused("isn't an ONNX model", "b.onnx");
        Directory.CreateDirectory(_folder.At("others"));
        _folder.Array<byte>("others/x.npy", new byte[30 * 100], 30, 1, 10, 10);
        _folder.Array<int>("others/y.npy", [.. Enumerable.Range(0, 30).Select(static k => k % 3)], 30);
        Refused("and a sample is [1, 10, 10]; give samples as it takes them", "net.onnx", "--data", _folder.At("others"));
        Assert.False(File.Exists(_folder.At("s.onnx")));

        void Refused(string part, string network, params string[] more) =>
            Assert.Contains(part, Invocation.Fail(2, ["shrink", _folder.At(network), "--keep-macs", "50%", "--threads", "1", "--quiet", .. more.Contains("--out") ? [] : new[] { "--out", _folder.At("s.onnx") }, .. more]), StringComparison.Ordinal);
    }

    /// <summary>Trains a network and writes it as a file.</summary>
    /// <returns>Where its data are.</returns>
    private string Export(string file, params string[] more)
    {
        var images = _folder.Images();
        Assert.Equal(0, Invocation.Run(["train", images, "--model", "resnet-small", "--width", "4", "--epochs", "1", "--batch-size", "32", "--threads", "1", "--precision", "fp32", "--layout", "contiguous", "--run", _folder.At("a"), "--quiet"]).Code);
        Assert.Equal(0, Invocation.Run(["export", _folder.At("a"), "--out", _folder.At(file), "--quiet", .. more]).Code);
        return images;
    }

    private JsonElement Shrink(string network, string file, params string[] more)
    {
        var result = Invocation.Run(["shrink", _folder.At(network), "--keep-macs", "50%", "--threads", "1", "--out", _folder.At(file), "--json", "--quiet", .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return result.Json;
    }
}
