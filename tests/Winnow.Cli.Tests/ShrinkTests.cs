using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow shrink</c>: a trained run gets smaller, goes on training, and gets smaller again.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ShrinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_run_gets_smaller_trains_on_and_gets_smaller_again()
    {
        var images = _folder.Images();
        Train(images, "a");
        var first = Shrink("a", "one.safetensors", "--by", "taylor");
        Assert.True(first.GetProperty("after").GetProperty("macs").GetInt64() <= 0.5 * first.GetProperty("before").GetProperty("macs").GetInt64());
        Assert.InRange(first.GetProperty("difference").GetDouble(), 0, 1e-4);
        Assert.Equal([1, 128], first.GetProperty("after").GetProperty("milliseconds").EnumerateArray().Select(static speed => speed.GetProperty("batch").GetInt32()));

        // The same again is the same file.
        var bytes = File.ReadAllBytes(_folder.At("one.safetensors"));
        Assert.Contains("--force", Invocation.Fail(2, "shrink", _folder.At("a"), "--keep-macs", "50%", "--out", _folder.At("one.safetensors")), StringComparison.Ordinal);
        Shrink("a", "one.safetensors", "--by", "taylor", "--force");
        Assert.Equal(bytes, File.ReadAllBytes(_folder.At("one.safetensors")));

        // Recovery is training, and what it leaves is as small.
        Train(images, "b", "--weights", _folder.At("one.safetensors"));
        var shapes = Shapes(_folder.At("one.safetensors"));
        Assert.Equal(shapes, Shapes(_folder.At("b/weights/weights.safetensors")));
        var second = Shrink("b", "two.safetensors", "--by", "magnitude");
        Assert.Equal(first.GetProperty("after").GetProperty("parameters").GetInt64(), second.GetProperty("before").GetProperty("parameters").GetInt64());
        Assert.Equal(0, Invocation.Run("embed", "--from-run", _folder.At("b"), "--threads", "1", "--out", _folder.At("e.npy"), "--quiet").Code);

        // The network itself, made smaller: ONNX Runtime runs it.
        Assert.Equal(0, Invocation.Run("shrink", _folder.At("b"), "--keep-macs", "60%", "--threads", "1", "--out", _folder.At("four.onnx"), "--quiet").Code);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(_folder.At("four.onnx"));
        Assert.Equal("logits", session.OutputMetadata.Single().Key);

        // What it says to people.
        var text = Invocation.Run("shrink", _folder.At("b"), "--keep-macs", "60%", "--by", "random", "--threads", "1", "--out", _folder.At("three.safetensors"), "--quiet");
        Assert.Equal(0, text.Code);
        Assert.Contains("test accuracy, cut alone", text.Out, StringComparison.Ordinal);
        Assert.Contains("Recover: winnow train", text.Out, StringComparison.Ordinal);
        Assert.Empty(text.ErrorLines);
    }

    [TorchFact]
    public void Parameters_and_bytes_are_met_and_milliseconds_are_told_as_measured()
    {
        Train(_folder.Images(), "a");
        foreach (var (option, fact) in new[] { ("--keep-parameters", "parameters"), ("--keep-bytes", "bytes") })
        {
            var result = Shrunk("x.safetensors", option, "60%", "--force");
            Assert.InRange(result.GetProperty("after").GetProperty(fact).GetInt64(), 1, (long)(0.6 * result.GetProperty("before").GetProperty(fact).GetInt64()));
            Assert.Equal((fact, 0.6), (result.GetProperty("target").GetString(), result.GetProperty("keep").GetDouble()));
        }

        // On a machine that others use the clock can't be asked for more than that it is told.
        var timed = Shrunk("x.safetensors", "--keep-ms", "95%", "--ms-batch", "64", "--force").GetProperty("reached");
        Assert.Equal((64, 1), (timed.GetProperty("batch").GetInt32(), timed.GetProperty("threads").GetInt32()));
        Assert.InRange(timed.GetProperty("median").GetDouble(), timed.GetProperty("low").GetDouble(), timed.GetProperty("high").GetDouble());

        var rounded = Shrunk("x.safetensors", "--keep-macs", "60%", "--round-to", "auto", "--force");
        var roundings = rounded.GetProperty("roundings").EnumerateArray().ToArray();
        Assert.Equal(rounded.GetProperty("round_to").GetInt32(), roundings[0].GetProperty("round_to").GetInt32());
        Assert.Contains(roundings, static entry => entry.GetProperty("round_to").GetInt32() == 1);
        Assert.All(rounded.GetProperty("layers").EnumerateArray().Where(static group => group.GetProperty("after").GetInt32() < group.GetProperty("before").GetInt32()), group => Assert.Equal(0, group.GetProperty("after").GetInt32() % roundings[0].GetProperty("round_to").GetInt32()));
    }

    [TorchFact]
    public void What_is_left_is_trained_on_as_a_run_of_its_own_on_a_part_of_the_data()
    {
        Train(_folder.Images(), "a");
        var result = Shrunk("small.safetensors", "--keep-macs", "50%", "--recover", "2", "--method", "random:keep=0.25", "--run", _folder.At("r"));
        var recovery = result.GetProperty("recovery");
        Assert.Equal((2, "random:keep=0.25"), (recovery.GetProperty("epochs").GetInt32(), recovery.GetProperty("method").GetString()));
        Assert.Equal(0.2 * 0.2, recovery.GetProperty("learning_rate").GetDouble(), 12);
        Assert.Equal(result.GetProperty("after").GetProperty("parameters").GetInt64(), result.GetProperty("recovered").GetProperty("parameters").GetInt64());
        Assert.Equal(2, result.GetProperty("recovered").GetProperty("milliseconds").GetArrayLength());

        // What was written is what the run ended with, and the mean parameter count is by steps.
        Assert.Equal(Shapes(_folder.At("r/weights/weights.safetensors")), Shapes(_folder.At("small.safetensors")));
        var (dense, again) = (Result("a"), Result("r"));
        var (one, other) = (dense.GetProperty("steps").GetInt64(), again.GetProperty("steps").GetInt64());
        Assert.Equal(other, recovery.GetProperty("steps").GetInt64());
        var mean = ((one * (double)result.GetProperty("before").GetProperty("parameters").GetInt64()) + (other * (double)result.GetProperty("after").GetProperty("parameters").GetInt64())) / (one + other);
        Assert.Equal(mean, recovery.GetProperty("average_parameters").GetDouble(), 6);
        Assert.Equal(again.GetProperty("metrics").GetProperty("accuracy").GetProperty("value").GetDouble(), result.GetProperty("recovered").GetProperty("metrics").GetProperty("accuracy").GetDouble(), 3);
        Assert.True(again.GetProperty("visited").GetInt64() < 2 * dense.GetProperty("visited").GetInt64());

        // It is a run like any other: made smaller again, and told to people.
        var text = Invocation.Run("shrink", _folder.At("r"), "--keep-macs", "60%", "--recover", "1", "--lr", "0.01", "--run", _folder.At("q"), "--threads", "1", "--out", _folder.At("again.onnx"), "--quiet");
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.Contains("1 epochs trained on", text.Out, StringComparison.Ordinal);
        Assert.Contains("peak learning rate 0.01", text.Out, StringComparison.Ordinal);
        Assert.Contains("Network: ", text.Out, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Whole_layers_go_load_again_and_are_trained_on()
    {
        var images = _folder.Images();
        Train(images, "a");
        var result = Shrunk("small.safetensors", "--units", "layers", "--keep-macs", "70%", "--recover", "1", "--run", _folder.At("r"));
        Assert.Equal(("layers", "cosine"), (result.GetProperty("units").GetString(), result.GetProperty("by").GetString()));
        var (before, after) = (result.GetProperty("before"), result.GetProperty("after"));
        Assert.InRange(after.GetProperty("macs").GetInt64(), 1, (long)(0.7 * before.GetProperty("macs").GetInt64()));
        string[] gone = [.. result.GetProperty("layers").EnumerateArray().Where(static layer => layer.GetProperty("after").GetInt32() == 0).Select(static layer => layer.GetProperty("name").GetString()!)];
        Assert.NotEmpty(gone);
        var names = Safetensors.Read(_folder.At("small.safetensors")).Arrays.Select(static array => array.Name).ToArray();
        Assert.DoesNotContain(names, name => gone.Any(block => name.StartsWith(block + ".", StringComparison.Ordinal)));
        Assert.Equal(Shapes(_folder.At("r/weights/weights.safetensors")), Shapes(_folder.At("small.safetensors")));
        Assert.Equal(after.GetProperty("parameters").GetInt64(), result.GetProperty("recovered").GetProperty("parameters").GetInt64());

        // A run with fewer layers gets narrower, too, and is a network for programs without TorchSharp.
        Assert.Equal(0, Invocation.Run("shrink", _folder.At("r"), "--keep-macs", "60%", "--threads", "1", "--out", _folder.At("both.onnx"), "--quiet").Code);
        var text = Invocation.Run("shrink", _folder.At("a"), "--units", "layers", "--keep-parameters", "90%", "--by", "magnitude", "--threads", "1", "--out", _folder.At("two.onnx"), "--quiet");
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.Contains(" goes\n", text.Out, StringComparison.Ordinal);
        Assert.Contains("where those layers give what they are given", text.Out, StringComparison.Ordinal);
        Train(images, "b", "--weights", _folder.At("small.safetensors"));
    }

    [TorchTheory]
    [InlineData("--units layers --by taylor", "--by taylor says what channels are worth")]
    [InlineData("--units layers --round-to 8", "--round-to is about channels")]
    [InlineData("--units layers --spread uniform", "--spread is about channels")]
    [InlineData("--by cosine", "give --units layers, too")]
    [InlineData("--units blocks", "is not channels or layers")]
    public void Layers_and_channels_are_asked_for_by_what_is_theirs(string options, string problem) =>
        Assert.Contains(problem, Invocation.Fail(2, ["shrink", _folder.At("a"), "--keep-macs", "50%", .. options.Split(' ')]), StringComparison.Ordinal);

    [TorchFact]
    public void Running_statistics_are_estimated_anew_unless_that_is_refused()
    {
        Train(_folder.Images(), "a");
        var anew = Shrunk("one.safetensors", "--keep-macs", "50%");
        var asCut = Shrunk("two.safetensors", "--keep-macs", "50%", "--recalibrate", "off");
        Assert.Equal(anew.GetProperty("cut_accuracy").GetDouble(), asCut.GetProperty("after").GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.False(asCut.TryGetProperty("cut_accuracy", out _));
        var (one, two) = (Safetensors.Read(_folder.At("one.safetensors")).Arrays, Safetensors.Read(_folder.At("two.safetensors")).Arrays);
        Assert.All(one.Zip(two), static pair => Assert.Equal(!pair.First.Name.Contains("running_", StringComparison.Ordinal) && !pair.First.Name.Contains("num_batches", StringComparison.Ordinal), pair.First.Data.Span.SequenceEqual(pair.Second.Data.Span)));
    }

    [TorchFact]
    public void What_cannot_be_meant_is_one_sentence_and_leaves_no_file()
    {
        Train(_folder.Images(), "a");
        var run = _folder.At("a");
        Assert.Contains("needs --keep-macs", Invocation.Fail(2, "shrink", run), StringComparison.Ordinal);
        Assert.Contains("--keep-macs and --keep-ms can't both be given", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--keep-ms", "50%"), StringComparison.Ordinal);
        Assert.Contains("--method means nothing without --recover", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--method", "full"), StringComparison.Ordinal);
        Assert.Contains("--ms-batch means nothing", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--ms-batch", "2"), StringComparison.Ordinal);
        Assert.Contains("--round-to auto doesn't go with --keep-ms", Invocation.Fail(2, "shrink", run, "--keep-ms", "50%", "--round-to", "auto"), StringComparison.Ordinal);
        Assert.Contains("--round-to many is not a", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--round-to", "many", "--out", _folder.At("s.safetensors")), StringComparison.Ordinal);
        Assert.Contains("infobach", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--recover", "1", "--method", "infobach", "--out", _folder.At("s.safetensors"), "--quiet"), StringComparison.Ordinal);
        Assert.Contains("can't be met", Invocation.Fail(2, "shrink", run, "--keep-macs", "1%", "--least-keep", "50%", "--threads", "1", "--out", _folder.At("s.safetensors"), "--quiet"), StringComparison.Ordinal);
        Assert.Contains("ends neither in .safetensors nor in .onnx", Invocation.Fail(2, "shrink", run, "--keep-macs", "50%", "--out", _folder.At("s.npz")), StringComparison.Ordinal);
        Assert.Contains("no folder", Invocation.Fail(2, "shrink", _folder.At("none"), "--keep-macs", "50%", "--out", _folder.At("s.safetensors")), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("s.safetensors")));

        // A smaller network of another model.
        Assert.Equal(0, Invocation.Run("shrink", run, "--keep-macs", "50%", "--by", "magnitude", "--threads", "1", "--out", _folder.At("s.safetensors"), "--quiet").Code);
        Assert.Contains("is of another network", Invocation.Fail(2, "train", _folder.At("images"), "--model", "mlp", "--epochs", "1", "--weights", _folder.At("s.safetensors"), "--run", _folder.At("c")), StringComparison.Ordinal);
    }

    private static string[] Shapes(string path) => [.. Safetensors.Read(path).Arrays.Select(static array => array.Name + array.Description).Order(StringComparer.Ordinal)];

    private void Train(string images, string run, params string[] more) =>
        Assert.Equal(0, Invocation.Run(["train", images, "--model", "resnet-small", "--width", "4", "--epochs", "1", "--batch-size", "32", "--threads", "1", "--precision", "fp32", "--layout", "contiguous", "--run", _folder.At(run), "--quiet", .. more]).Code);

    private JsonElement Result(string run) => JsonDocument.Parse(File.ReadAllText(_folder.At(run + "/result.json"))).RootElement;

    private JsonElement Shrunk(string file, params string[] more)
    {
        var result = Invocation.Run(["shrink", _folder.At("a"), "--threads", "1", "--out", _folder.At(file), "--json", "--quiet", .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return JsonDocument.Parse(result.Out).RootElement;
    }

    private JsonElement Shrink(string run, string file, params string[] more)
    {
        var result = Invocation.Run(["shrink", _folder.At(run), "--keep-macs", "50%", "--threads", "1", "--out", _folder.At(file), "--json", "--quiet", .. more]);
        Assert.Equal(0, result.Code);
        return JsonDocument.Parse(result.Out).RootElement;
    }
}
