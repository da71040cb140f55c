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
        Assert.Contains("test accuracy, unrecovered", text.Out, StringComparison.Ordinal);
        Assert.Contains("Recover: winnow train", text.Out, StringComparison.Ordinal);
        Assert.Empty(text.ErrorLines);
    }

    [TorchFact]
    public void What_cannot_be_meant_is_one_sentence_and_leaves_no_file()
    {
        Train(_folder.Images(), "a");
        var run = _folder.At("a");
        Assert.Contains("needs --keep-macs", Invocation.Fail(2, "shrink", run), StringComparison.Ordinal);
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

    private JsonElement Shrink(string run, string file, params string[] more)
    {
        var result = Invocation.Run(["shrink", _folder.At(run), "--keep-macs", "50%", "--threads", "1", "--out", _folder.At(file), "--json", "--quiet", .. more]);
        Assert.Equal(0, result.Code);
        return JsonDocument.Parse(result.Out).RootElement;
    }
}
