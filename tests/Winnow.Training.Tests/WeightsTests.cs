using System.Globalization;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Models;
using Winnow.Training.Tests.Models;
using static TorchSharp.PyBridge.PyBridgeModuleExtensions;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

/// <summary>The files that a run leaves its weights in, and runs that begin with such a file.</summary>
[Collection(TrainingCollection.Name)]
public sealed class WeightsTests : IDisposable
{
    private static readonly TrainingRecipe s_resnet18 = Small.Recipe with { Model = "resnet18", Width = 8, Epochs = 1, BatchSize = 64, Augmentation = Augmentation.None };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-weights-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Every_type_is_written_to_both_files_and_read_back()
    {
        WeightArray[] weights =
        [
            new("f", [2], "F32", Bytes(1.5f, -2f)), new("d", [1, 1], "F64", Bytes(0.1)), new("h", [2], "F16", Bytes((Half)1, (Half)2)), new("l", [], "I64", Bytes(7L)), new("i", [1], "I32", Bytes(3)),
            new("s", [1], "I16", Bytes((short)-1)), new("c", [2], "I8", [255, 1]), new("u", [2], "U8", [255, 1]), new("b", [3], "BOOL", [1, 0, 1]), new("none", [0, 3], "F32", []),
        ];
        foreach (var (ending, write) in WeightsFile.Forms(null))
        {
            var stream = new MemoryStream();
            write(stream, weights);
            stream.Position = 0;
            var read = WeightsFile.Read(stream, "w" + ending);
            Assert.Equal(weights.Select(Text).Order(StringComparer.Ordinal), read.Select(Text).Order(StringComparer.Ordinal));
        }

        // 1.5 in the upper half of a float32.
        WeightArray[] brain = [new("w", [2], "BF16", Bytes((ushort)0x3FC0, (ushort)0xC000))];
        Assert.Equal("w F32[2] 0000C03F000000C0", Text(Assert.Single(Reread(brain, WeightsFile.WriteNpz, ".npz"))));
        Assert.Equal(Text(brain[0]), Text(Assert.Single(Reread(brain, WeightsFile.WriteSafetensors, ".safetensors"))));

        static string Text(WeightArray weight) => $"{weight.Name} {weight.Description} {Convert.ToHexString(weight.Bytes)}";
        static byte[] Bytes<T>(params T[] values)
            where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();
    }

    [Fact]
    public void A_run_leaves_both_and_each_has_all_that_the_model_has()
    {
        var outcome = Small.Run(Small.Images(), Small.Recipe with { Epochs = 1 }, "full");
        using var folder = RunFolder.Create(Path.Combine(_root, "run"));
        Assert.False(folder.HasWeights("a"));
        folder.WriteWeights("a", outcome.Weights);
        Assert.True(folder.HasWeights("a"));
        Assert.Equal(["a.npz", "a.safetensors"], Directory.GetFiles(Path.Combine(folder.Path, "weights")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var content = Safetensors.Read(Path.Combine(folder.Path, "weights", "a.safetensors"));
        Assert.Equal([new("format", "pt")], content.Metadata);
        Assert.Equal(outcome.Weights.Count, content.Arrays.Count);
        Assert.All(outcome.Weights, weight => Assert.Equal(weight.Bytes, content.Find(weight.Name)!.Data.ToArray()));
        Assert.Equal("I64[]", content.Arrays.First(static array => array.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Description);
        File.Delete(Path.Combine(folder.Path, "weights", "a.npz"));
        Assert.False(folder.HasWeights("a"));
    }

    [Theory]
    [InlineData(".npz", MemoryLayout.Contiguous)]
    [InlineData(".safetensors", MemoryLayout.ChannelsLast)]
    public void A_run_begins_with_the_weights_of_a_file_in_place_of_drawn_ones(string ending, MemoryLayout layout)
    {
        var recipe = s_resnet18 with { Layout = layout };
        var (path, outcome) = Trained(recipe, ending);
        var again = Small.Run(Small.Images(), recipe with { InitialWeights = FileIdentity.Of(path), LearningRate = 1e-30, WeightDecay = 0 }, "full", seed: 9, steps: 1);
        var parameters = outcome.Weights.Where(static weight => !weight.Name.Contains("running", StringComparison.Ordinal) && !weight.Name.Contains("num_batches", StringComparison.Ordinal)).ToArray();
        Assert.All(parameters, weight => Assert.Equal(weight.Bytes, again.Weights.Single(other => other.Name == weight.Name).Bytes));

        // Running statistics come with them: what a step adds to the counter is added to the file's.
        Assert.Equal(Counter(outcome) + 1, Counter(again));
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static long Counter(TrainingOutcome outcome) => BitConverter.ToInt64(outcome.Weights.Single(static weight => weight.Name == "bn1.num_batches_tracked").Bytes);
    }

    [Fact]
    public void Such_a_run_is_another_than_one_with_drawn_weights_and_the_same_wherever_the_file_lies()
    {
        var (path, _) = Trained(s_resnet18, ".safetensors");
        var recipe = s_resnet18 with { InitialWeights = FileIdentity.Of(path) };
        var moved = Path.Combine(_root, "moved.safetensors");
        File.Copy(path, moved);
        Assert.Equal(recipe.Settings(), (recipe with { InitialWeights = FileIdentity.Of(moved) }).Settings());
        Assert.NotEqual(recipe.Settings(), s_resnet18.Settings());
        Assert.Contains(new("initial_weights", recipe.InitialWeights.Sha256), recipe.Settings());
        Assert.NotEqual(Small.Run(Small.Images(), recipe, "full", 1, 1).WeightsSha256(), Small.Run(Small.Images(), s_resnet18, "full", 1, 1).WeightsSha256());
    }

    [Fact]
    public void All_that_doesnt_fit_is_listed_at_once()
    {
        WeightArray[] weights =
        [
            new("hidden1.weight", [32, 4], "F32", new byte[512]), new("hidden1.bias", [33], "F32", new byte[132]), new("hidden2.weight", [32, 32], "F64", new byte[8192]),
            new("head.weight", [2, 32], "F32", new byte[256]), new("head.bias", [2], "F32", new byte[8]), new("fc.weight", [1], "F32", new byte[4]),
        ];
        var path = Written(weights, "w.safetensors");
        var recipe = new TrainingRecipe { Model = "mlp", Width = 1, InitialWeights = FileIdentity.Of(path) };
        Assert.Equal($"the weights in {path} don't fit mlp: \"hidden2.bias\" is missing; \"fc.weight\" is none of the model's; \"hidden1.bias\" is F32[33] in the file and F32[32] in the model; "
            + "\"hidden2.weight\" is F64[32, 32] in the file and F32[32, 32] in the model. Give the model and the width that they were saved from.",
            Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Vectors(), CPU)).Message);
        Assert.EndsWith("; and 107 more. Give the model and the width that they were saved from.",
            Assert.Throws<RecipeException>(() => (s_resnet18 with { InitialWeights = recipe.InitialWeights }).CreateTrainer(Small.Images(), CPU)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_none_or_another_than_before_is_refused()
    {
        foreach (var (name, content, message) in new (string, string, string)[]
        {
            ("w.bin", "", "InitialWeights {0} ends neither in .safetensors nor in .npz; in Python, safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\") writes such a file."),
            ("w.safetensors", "no such thing", "{0}: at byte 0: expected a header of 2 to 100000000 bytes, found one that would be 2335225762885431150 bytes long. This is another kind of file, or a damaged one; weights are read from safetensors and npz files."),
            ("w.npz", "no such thing", "{0}: at byte 13: expected an intact zip archive, found a damaged one or another kind of file."),
        })
        {
            var path = Path.Combine(_root, name);
            File.WriteAllText(path, content);
            Assert.StartsWith(string.Format(CultureInfo.InvariantCulture, message, path), Refused(path), StringComparison.Ordinal);
        }

        var (weights, _) = Trained(s_resnet18, ".safetensors");
        var recipe = s_resnet18 with { InitialWeights = FileIdentity.Of(weights) };
        File.AppendAllText(weights, "!");
        Assert.Contains("isn't the file that the run was begun with", Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), CPU)).Message, StringComparison.Ordinal);

        string Refused(string path)
        {
            var error = Record.Exception(() => (s_resnet18 with { InitialWeights = FileIdentity.Of(path) }).CreateTrainer(Small.Images(), CPU));
            Assert.True(error is RecipeException or DataException, $"{error}");
            return error.Message;
        }
    }

    // Another reader of the format, which the .NET world uses.
    [Fact]
    public void PyBridge_reads_what_a_run_leaves()
    {
        var (path, outcome) = Trained(s_resnet18, ".safetensors");
        using var scope = NewDisposeScope();
        using var model = ModelCatalog.Create("resnet18", new ModelShape(1, 16, 16, 4), 8);
        model.load_safetensors(path, strict: true);
        using var network = new Network(model);
        Assert.All(network.Weights(), weight => Assert.Equal(weight.Bytes, outcome.Weights.Single(other => other.Name == weight.Name).Bytes));
    }

    [Fact]
    public void What_PyBridge_writes_is_trained_on()
    {
        var path = Path.Combine(_root, "bridge.safetensors");
        using (var scope = NewDisposeScope())
        {
            using var model = ModelCatalog.Create("resnet18", new ModelShape(1, 16, 16, 4), 8);
            model.save_safetensors(path);
        }

        _ = Small.Run(Small.Images(), s_resnet18 with { InitialWeights = FileIdentity.Of(path) }, "full", 1, 1);
    }

    // The network is written in Python as torchvision writes it; its state dict takes ours with strict=True.
    [PythonTorchFact]
    public void PyTorch_takes_them_into_the_same_network_and_computes_the_same()
    {
        var (path, _) = Trained(s_resnet18, ".safetensors");
        using var scope = NewDisposeScope();
        using var network = new Network(ModelCatalog.Create("resnet18", new ModelShape(1, 16, 16, 4), 8));
        network.Load(WeightsFile.Read(File.OpenRead(path), path), "resnet18");
        network.Eval();
        manual_seed(5L);
        var x = randn(6, 1, 16, 16);
        File.WriteAllBytes(Path.Combine(_root, "x"), x.bytes.ToArray());
        var ours = network.Forward(x).ToArray<float>();
        const string Script = """
            import json, sys, numpy, torch
            import torch.nn as nn
            torch.set_num_threads(1)
            class BasicBlock(nn.Module):
                def __init__(self, inputs, outputs, stride):
                    super().__init__()
                    self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
                    self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
                    self.downsample = None
                    if stride != 1 or inputs != outputs:
                        self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
                def forward(self, x):
                    y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
                    return (y + (x if self.downsample is None else self.downsample(x))).relu()
            class ResNet(nn.Module):
                def __init__(self, w, classes):
                    super().__init__()
                    self.conv1, self.bn1 = nn.Conv2d(1, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w)
                    for k, (inputs, outputs, stride) in enumerate([(w, w, 1), (w, 2 * w, 2), (2 * w, 4 * w, 2), (4 * w, 8 * w, 2)]):
                        setattr(self, f'layer{k + 1}', nn.Sequential(BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)))
                    self.fc = nn.Linear(8 * w, classes)
                def forward(self, x):
                    x = self.bn1(self.conv1(x)).relu()
                    for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
                        x = layer(x)
                    return self.fc(x.mean((2, 3)))
            data = open(sys.argv[1] + '/w.safetensors', 'rb').read()
            start = 8 + int.from_bytes(data[:8], 'little')
            header, types, state = json.loads(data[8:start]), {'F32': ('<f4', torch.float32), 'I64': ('<i8', torch.int64)}, {}
            for name, entry in header.items():
                if name != '__metadata__':
                    first, end = entry['data_offsets']
                    state[name] = torch.from_numpy(numpy.frombuffer(data[start + first:start + end], types[entry['dtype']][0]).copy()).view(entry['shape'])
            model = ResNet(8, 4)
            assert {name: (t.dtype, t.shape) for name, t in model.state_dict().items()} == {name: (t.dtype, t.shape) for name, t in state.items()}
            print(model.load_state_dict(state, strict=True), file=sys.stderr)
            model.eval()
            x = torch.from_numpy(numpy.fromfile(sys.argv[1] + '/x', dtype='float32')).view(6, 1, 16, 16)
            print(*[repr(v) for v in model(x).flatten().tolist()])
            """;
        var (code, output) = PythonTorch.Run("-c", Script, _root);
        Assert.True(code == 0, output);
        var theirs = output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => float.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(theirs.Length, ours.Length);
        Assert.All(theirs.Zip(ours), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f * Math.Max(1, Math.Abs(pair.First))));
    }

    private (string Path, TrainingOutcome Outcome) Trained(TrainingRecipe recipe, string ending)
    {
        var outcome = Small.Run(Small.Images(128, 32), recipe, "full");
        return (Written(outcome.Weights, "w" + ending), outcome);
    }

    private string Written(IReadOnlyList<WeightArray> weights, string name)
    {
        var path = Path.Combine(_root, name);
        using var stream = File.Create(path);
        WeightsFile.Forms(null).Single(form => form.Ending == Path.GetExtension(name)).Write(stream, weights);
        return path;
    }

    private static IReadOnlyList<WeightArray> Reread(WeightArray[] weights, Action<Stream, IReadOnlyList<WeightArray>> write, string ending)
    {
        var stream = new MemoryStream();
        write(stream, weights);
        stream.Position = 0;
        return WeightsFile.Read(stream, "w" + ending);
    }
}
