using System.Globalization;
using System.Runtime.InteropServices;
using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models;

/// <summary>Whole training steps against Python PyTorch from the same weights: networks, losses, optimisers and evaluation at once.</summary>
[Collection(TrainingCollection.Name)]
public sealed class PythonCrossCheckTests : IDisposable
{
    private const int Batch = 32, Steps = 4;
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PythonTorchFact]
    public void ResNet9_with_sgd() => Compare("resnet9", "sgd");

    [PythonTorchFact]
    public void ResNetSmall_with_adamw() => Compare("resnet-small", "adamw");

    private void Compare(string name, string optimizerName)
    {
        manual_seed((long)3);
        using var scope = NewDisposeScope();
        using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 16);
        var images = ((rand(Batch * 28 * 28) * 2) - 1).ToArray<float>();
        var labels = Enumerable.Range(0, Batch).Select(i => (long)(i % 10)).ToArray();
        var start = new[]
        {
            Write("weights", model.parameters().SelectMany(parameter => parameter.ToArray<float>()).ToArray()), Write("images", images),
            Write("labels", labels),
        };
        model.ToChannelsLast();
        using IOptimizer optimizer = optimizerName == "sgd"
            ? new FusedSgd(model.parameters(), new SgdOptions { WeightDecay = 5e-4 })
            : new FusedAdamW(model.parameters());
        var x = TensorData.FromSpan<float>(images, Batch, 1, 28, 28).ToChannelsLast();
        var y = TensorData.FromSpan<long>(labels);
        var ours = new List<double>();
        for (var i = 0; i < Steps; i++)
        {
            var loss = nn.functional.cross_entropy(model.forward(x), y, label_smoothing: 0.1);
            loss.backward();
            optimizer.Step(optimizerName == "sgd" ? 0.002 : 1e-3);
            optimizer.ZeroGrad();
            ours.Add(loss.item<float>());
        }

        model.eval();
        ours.Add(model.forward(x).detach().to(ScalarType.Float64).ToArray<double>().Sum(Math.Abs));

        var script = Path.Combine(Root(), "tests", "Winnow.Training.Tests", "Models", "peer_steps.py");
        var (code, output) = PythonTorch.Run(
            [script, Path.Combine(Root(), "bench", "peers"), name, optimizerName, .. start, Steps.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(code == 0, output);
        var theirs = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(theirs.Length, ours.Count);
        Assert.All(theirs.Zip(ours), static pair => Assert.Equal(pair.First, pair.Second, 2e-3 * Math.Max(1, Math.Abs(pair.First))));
        Assert.Equal(theirs[0], ours[0], 1e-5);
    }

    private string Write<T>(string name, T[] values)
        where T : unmanaged
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<T>(values));
        return path;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Winnow.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the source tree.");
        }

        return folder.FullName;
    }
}
