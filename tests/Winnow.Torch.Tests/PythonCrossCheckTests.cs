using System.Globalization;
using System.Runtime.InteropServices;
using Winnow.Torch.Models;
using Winnow.Torch.Optimizers;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Whole training steps against Python PyTorch from the same weights: networks, losses, optimisers and evaluation at once.</summary>
public sealed class PythonCrossCheckTests : IDisposable
{
    const int Batch = 32, Steps = 4;
    readonly string _folder = Directory.CreateTempSubdirectory("winnow-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PythonTorchFact]
    public void ResNet9_with_sgd() => Compare("resnet9", "sgd");

    [PythonTorchFact]
    public void ResNetSmall_with_adamw() => Compare("resnet-small", "adamw");

    void Compare(string name, string optimizerName)
    {
        TorchRuntime.ManualSeed(3);
        using var scope = new TensorScope();
        using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 16);
        var images = Numbers.Floats(Batch * 28 * 28, 1);
        var labels = Enumerable.Range(0, Batch).Select(i => (long)(i % 10)).ToArray();
        var start = new[]
        {
            Write("weights", model.Parameters.SelectMany(parameter => parameter.ToArray<float>()).ToArray()), Write("images", images),
            Write("labels", labels),
        };
        model.ChannelsLast();
        using IOptimizer optimizer = optimizerName == "sgd"
            ? new Sgd(model.Parameters, new SgdOptions { WeightDecay = 5e-4 })
            : new AdamW(model.Parameters);
        var x = Tensor.FromSpan<float>(images, [Batch, 1, 28, 28]).Contiguous(MemoryFormat.ChannelsLast);
        var y = Tensor.FromSpan<long>(labels);
        var ours = new List<double>();
        for (var i = 0; i < Steps; i++)
        {
            var loss = Ops.CrossEntropy(model.Forward(x), y, labelSmoothing: 0.1);
            loss.Backward();
            optimizer.Step(optimizerName == "sgd" ? 0.02 : 1e-3);
            optimizer.ZeroGrad();
            ours.Add(loss.ToDouble());
        }

        model.Eval();
        ours.Add(model.Forward(x).Detach().To(ScalarType.Float64).ToArray<double>().Sum(Math.Abs));

        var script = Path.Combine(Root(), "tests", "Winnow.Torch.Tests", "Support", "peer_steps.py");
        var (code, output) = PythonTorch.Run(
            [script, Path.Combine(Root(), "bench", "peers"), name, optimizerName, .. start, Steps.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(code == 0, output);
        var theirs = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Numbers.Close(theirs, ours.ToArray(), 2e-3);
        Assert.Equal(theirs[0], ours[0], 1e-5);
    }

    string Write<T>(string name, T[] values)
        where T : unmanaged
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<T>(values));
        return path;
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Winnow.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the source tree.");
        }

        return folder.FullName;
    }
}
