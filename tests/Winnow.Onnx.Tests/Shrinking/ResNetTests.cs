using Winnow.Networks.Shrinking;
using Winnow.Onnx.Shrinking;

namespace Winnow.Onnx.Tests.Shrinking;

/// <summary>A real network: ResNet-18 for ImageNet, out of the package that Winnow.Embedding takes it from.</summary>
public class ResNetTests
{
    internal static string Path => System.IO.Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        "microsoft.ml.dnnimagefeaturizer.resnet18", "0.23.1", "tools", "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    [Fact]
    public void Half_of_its_multiplications_go()
    {
        var trace = OnnxTrace.Of(OnnxNetwork.Load(Path));
        Assert.Equal(12, trace.Groups.Count);

        // What it gives is what the last stage adds up.
        Assert.Equal(4, trace.Fixed.Count);
        var outcome = OnnxShrinker.Shrink(trace, ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), 0.5)).Outcome;
        Assert.Equal(2_044_772_352, outcome.Before.Macs);
        Assert.InRange(outcome.After.Macs, 0.49 * outcome.Before.Macs, 0.5 * outcome.Before.Macs);
        Assert.InRange(outcome.Difference, 0, 1e-4);
    }
}
