using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow export</c>: a trained run as an ONNX file that ONNX Runtime runs.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_file_takes_what_the_data_holds_and_tells_classes_as_the_run_did()
    {
        var images = _folder.Images();
        Train(images, "resnet-small", "4");
        var file = _folder.At("model.onnx");
        var result = Invocation.Run("export", _folder.At("a"), "--out", file, "--quiet", "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var json = JsonDocument.Parse(result.Out).RootElement;
        Assert.InRange(json.GetProperty("difference").GetDouble(), 0, 1e-4);
        Assert.InRange(json.GetProperty("test_samples").GetInt32(), 1, 256);
        Assert.Equal(new FileInfo(file).Length, json.GetProperty("bytes").GetInt64());
        var input = json.GetProperty("inputs")[0];
        Assert.Equal(("pixels", "uint8"), (input.GetProperty("name").GetString(), input.GetProperty("type").GetString()));
        Assert.Equal(JsonValueKind.Null, input.GetProperty("shape")[0].ValueKind);

        // Another program, which knows nothing of the run, gets the run's test accuracy out of it.
        using var session = new InferenceSession(file);
        var data = Winnow.Data.DataSources.Open(images);
        var test = ((Winnow.Data.LoadedData)data).Test;
        using var pixels = OrtValue.CreateTensorValueFromMemory(test.Bytes.ToArray(), [test.Count, .. test.Shape.ToArray().Select(static extent => (long)extent)]);
        using var outputs = session.Run(new(), ["pixels"], [pixels], ["logits"]);
        var logits = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        var right = Enumerable.Range(0, test.Count).Count(k => Array.IndexOf(logits, logits.Skip(k * test.Classes).Take(test.Classes).Max(), k * test.Classes, test.Classes) - (k * test.Classes) == test.Labels[k]);
        var run = JsonDocument.Parse(File.ReadAllText(_folder.At("a/result.json"))).RootElement;
        Assert.Equal(run.GetProperty("metrics").GetProperty("accuracy").GetProperty("value").GetDouble(), (double)right / test.Count, 0.5 / test.Count);
        Assert.Contains("bytes from 0 to 255", session.ModelMetadata.CustomMetadataMap["inputs"], StringComparison.Ordinal);

        // Nothing is overwritten unasked, and the same is the same file.
        Assert.Contains("--force", Invocation.Fail(2, "export", _folder.At("a"), "--out", file), StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(file);
        var words = Invocation.Run("export", _folder.At("a"), "--out", file, "--force", "--quiet");
        Assert.Equal((0, ""), (words.Code, words.Error));
        Assert.Equal(bytes, File.ReadAllBytes(file));
        Assert.Contains("takes pixels (uint8 [?, ", words.Out, StringComparison.Ordinal);
        Assert.Contains("In ONNX Runtime its outputs differ from the network's by ", words.Out, StringComparison.Ordinal);

        Assert.Equal(0, Invocation.Run("export", _folder.At("a"), "--out", _folder.At("scaled.onnx"), "--inputs", "scaled", "--quiet").Code);
        using var scaled = new InferenceSession(_folder.At("scaled.onnx"));
        Assert.Equal(typeof(float), scaled.InputMetadata["pixels"].ElementType);
    }

    [TorchFact]
    public void What_cannot_be_meant_is_one_sentence()
    {
        Assert.Contains("needs <run>", Invocation.Fail(2, "export"), StringComparison.Ordinal);
        Assert.Contains("doesn't end in .onnx", Invocation.Fail(2, "export", _folder.At("none"), "--out", _folder.At("x.pt")), StringComparison.Ordinal);
        Assert.Contains("there is no folder", Invocation.Fail(2, "export", _folder.At("none"), "--out", _folder.At("x.onnx")), StringComparison.Ordinal);
        Assert.Contains("is not data or scaled", Invocation.Fail(2, "export", _folder.At("none"), "--inputs", "raw"), StringComparison.Ordinal);
    }

    private void Train(string images, string model, string width) =>
        Assert.Equal(0, Invocation.Run("train", images, "--model", model, "--width", width, "--epochs", "2", "--batch-size", "32", "--threads", "1", "--precision", "fp32", "--layout", "contiguous", "--run", _folder.At("a"), "--quiet").Code);
}
