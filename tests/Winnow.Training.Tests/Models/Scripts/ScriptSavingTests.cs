using System.IO.Compression;
using Winnow.Records;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models.Scripts;

/// <summary>A trained network is saved as the file that it came from, with other numbers.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ScriptSavingTests : IDisposable
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Augmentation = Augmentation.None, Epochs = 2, Layout = MemoryLayout.ChannelsLast };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-script-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("scripted.pt")]
    [InlineData("moving.pt")]
    public void What_is_saved_has_the_trained_numbers_and_can_be_trained_on(string file)
    {
        var outcome = Small.Run(Small.Images(), s_recipe.With(ScriptFiles.At(file)), "infobatch");
        var saved = Save(ScriptFiles.At(file), outcome, "saved.pt");
        using (var scope = NewDisposeScope())
        {
            using var network = new Network(ScriptFiles.Open(saved).Load(CPU));
            AssertSame(outcome.Weights, network.Weights());
        }

        // From where the first one ended: its accuracy is kept by a run that learns nothing.
        var after = Small.Run(Small.Images(), s_recipe.With(saved) with { Epochs = 1, LearningRate = 1e-30 }, "full", 1, 1);
        Assert.Equal(outcome.Weights.Single(static weight => weight.Name == "fc.weight").Bytes, after.Weights.Single(static weight => weight.Name == "fc.weight").Bytes);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Nothing_else_in_the_file_changes_and_the_same_numbers_give_the_same_bytes()
    {
        var path = ScriptFiles.At("scripted.pt");
        using var scope = NewDisposeScope();
        using var network = new Network(ScriptFiles.Open(path).Load(CPU));
        var same = Written(path, network.Weights());
        Assert.Equal(Contents(File.ReadAllBytes(path)), Contents(same));
        Assert.Equal(same, Written(path, network.Weights()));
        var outcome = Small.Run(Small.Images(), s_recipe.With(path), "full");
        var (before, after) = (Contents(same), Contents(Written(path, outcome.Weights)));
        Assert.Equal(before.Select(static entry => entry.Name), after.Select(static entry => entry.Name));
        Assert.All(before.Zip(after).Where(static pair => pair.First.Content != pair.Second.Content), static pair => Assert.StartsWith("scripted/data/", pair.First.Name, StringComparison.Ordinal));
    }

    [PythonTorchFact]
    public void Python_loads_it_and_computes_with_it_what_we_do()
    {
        foreach (var name in new[] { "scripted.pt", "channels-last.pt", "point.pt", "moving.pt" })
        {
            var path = ScriptFiles.Write(_root, name);
            var recipe = s_recipe.With(path);
            recipe = recipe with { Layout = ClassificationTask.FittingLayout(Small.Images(), recipe, CPU) };
            var saved = Save(path, Small.Run(Small.Images(), recipe, "full"), "saved.pt");
            using var scope = NewDisposeScope();
            using var network = new Network(ScriptFiles.Open(saved).Load(CPU));
            network.Eval();
            manual_seed(5L);
            var x = randn(6, 1, 16, 16);
            var ours = network.Forward(x).detach().data<float>().ToArray();
            File.WriteAllBytes(Path.Combine(_root, "x"), x.bytes.ToArray());
            const string Script = """
                import sys, numpy, torch
                torch.set_num_threads(1)
                folder = sys.argv[1]
                model, first = torch.jit.load(folder + '/saved.pt').eval(), torch.jit.load(folder + '/' + sys.argv[2])
                assert list(model.state_dict()) == list(first.state_dict())
                for (name, tensor), other in zip(model.state_dict().items(), first.state_dict().values()):
                    assert tensor.dtype == other.dtype and tensor.shape == other.shape and tensor.stride() == other.stride(), name
                    assert not tensor.is_floating_point() or name.startswith('unused') or not torch.equal(tensor, other), name
                x = torch.from_numpy(numpy.fromfile(folder + '/x', dtype='float32')).view(6, 1, 16, 16)
                print(*[repr(v) for v in model(x).flatten().tolist()])
                model.train()
                torch.nn.functional.cross_entropy(model(x), torch.tensor([0, 1, 2, 3, 0, 1])).backward()
                assert next(model.parameters()).grad is not None
                """;
            var (code, output) = PythonTorch.Run("-c", Script, _root, name);
            Assert.True(code == 0, output);
            var theirs = output.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => float.Parse(word, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(theirs.Length, ours.Length);
            Assert.All(theirs.Zip(ours), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }

    private string Save(string source, TrainingOutcome outcome, string name)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllBytes(path, Written(source, outcome.Weights));
        return path;
    }

    private static byte[] Written(string source, IReadOnlyList<WeightArray> weights)
    {
        var stream = new MemoryStream();
        ScriptFiles.Open(source).Write(stream, weights);
        return stream.ToArray();
    }

    private static void AssertSame(IReadOnlyList<WeightArray> expected, IReadOnlyList<WeightArray> actual)
    {
        Assert.Equal(expected.Select(static weight => $"{weight.Name}: {weight.Description}"), actual.Select(static weight => $"{weight.Name}: {weight.Description}"));
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First.Bytes, pair.Second.Bytes));
    }

    private static List<(string Name, string Content)> Contents(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        return [.. archive.Entries.Select(static entry =>
        {
            using var stream = entry.Open();
            var content = new MemoryStream();
            stream.CopyTo(content);
            return (entry.FullName, Convert.ToHexString(content.ToArray()));
        })];
    }
}
