using System.Text.Json;
using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Onnx;
using Winnow.Onnx.Export;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary>A run's network as an ONNX file.</summary>
/// <param name="Network">The file's content.</param>
/// <param name="Difference">How far its outputs in ONNX Runtime are from the network's, as a share of the largest.</param>
/// <param name="TestSamples">How many test samples that was found out on, beside random ones.</param>
internal sealed record ExportedClassifier(OnnxNetwork Network, double Difference, int TestSamples)
{
    /// <summary>What its names end in.</summary>
    public const string Extension = ".onnx";

    private const int MostTestSamples = 256;

    /// <summary>Makes the file's content and runs it in ONNX Runtime, against the network.</summary>
    /// <param name="run">The run.</param>
    /// <param name="classifier">Its network, or what was made of it.</param>
    /// <param name="scaled">Whether the file takes what the network takes, in place of what the data files hold.</param>
    public static ExportedClassifier Of(TrainedRun run, TrainedClassifier classifier, bool scaled = false)
    {
        using var scope = torch.NewDisposeScope();
        using var silent = torch.no_grad();
        var test = run.Task.Data.Test;
        var sample = scaled ? classifier.Inputs(1) : classifier.DataInputs(1);
        var metadata = new Dictionary<string, string>
        {
            ["model"] = run.Task.ModelName,
            ["data"] = run.Task.Dataset.Name,
            ["inputs"] = scaled ? "scaled to mean 0 and variance 1 in each channel over the training samples" : test.ElementType == Data.ElementType.UInt8 ? "bytes from 0 to 255, as the data set holds them" : "as the data set holds them",
        };
        if (test.ClassNames is { } names)
        {
            metadata.Add("classes", JsonSerializer.Serialize(names.ToArray(), CliJson.Default.StringArray));
        }

        Func<torch.Tensor, torch.Tensor> forward = scaled ? classifier.Module.call : classifier.Forward;
        var network = OnnxExport.Of(classifier.Module, sample, forward(sample).shape, new() { InputName = test.IsImage ? "pixels" : "features", OutputName = "logits", Prepare = scaled ? null : classifier.Scale, Metadata = metadata });
        var count = scaled ? 0 : Math.Min(MostTestSamples, test.Count);
        return new(network, OnnxExport.Check(network, OnnxExport.RandomBatches(sample, forward).Concat(classifier.TestInputs(count).Select(batch => (batch, forward(batch))))), count);
    }
}
