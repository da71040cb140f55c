using System.Text.RegularExpressions;
using Winnow.Policies;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

/// <summary>docs/torchsharp.md with the real TorchSharp: its loader, its workers, its optimiser.</summary>
[Collection(TrainingCollection.Name)]
public sealed class TorchSharpLoopTests : IDisposable
{
    private const int Count = 300, BatchSize = 64, Epochs = 4;

    /// <summary>A loader's workers make tensors on threads of their own, which this thread disposes of: its count of live ones would be wrong for all tests that follow.</summary>
    public void Dispose() => DisposeScopeManager.Statistics.Reset();

    [Fact]
    public void The_page_shows_the_code_that_is_run()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Winnow.slnx")))
        {
            root = root.Parent!;
        }

        var page = File.ReadAllText(Path.Combine(root.FullName, "docs", "torchsharp.md"));
        var source = File.ReadAllText(Path.Combine(root.FullName, "examples", "OwnLoop", "Loop.cs"));
        var parts = Regex.Matches(source, @"^( *)// page: (\w+)\n(.*?)^ *// page end\n", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.Equal(["loop", "dataset"], parts.Select(static part => part.Groups[2].Value));
        Assert.All(parts, part => Assert.Contains(string.Join('\n', part.Groups[3].Value.Split('\n').Select(line => line.StartsWith(part.Groups[1].Value, StringComparison.Ordinal) ? line[part.Groups[1].Length..] : line)), page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_loop_trains_and_saves()
    {
        random.manual_seed(1);
        using var model = nn.Sequential(("a", nn.Linear(Rows.Features, 16)), ("b", nn.ReLU()), ("c", nn.Linear(16, 3)));
        using var optimizer = optim.Adam(model.parameters(), 0.01);
        using var data = new Rows(Count);
        var pruner = Loop.Train(data, model, optimizer, CPU, 30);
        Assert.Equal(30, pruner.Statistics.Epochs);
        Assert.InRange(pruner.Statistics.Saved, 0.05, 0.6);
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            var right = Enumerable.Range(0, Count).Count(i => model.forward(data.GetTensor(i)["data"].unsqueeze(0)).argmax(1).item<long>() == i % 3);
            Assert.InRange(right, Count * 9 / 10, Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Workers_bring_what_was_planned_in_its_order(int workers)
    {
        var (pruner, plain) = (Make(), Make());
        using var loader = Loader(pruner, workers);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var plan = plain.Plan(epoch);
            var visited = new List<long>();
            foreach (var batch in loader)
            {
                var ids = Ids(batch);
                Assert.Equal(ids.Select(static id => id * 0.001f), batch["data"][TensorIndex.Colon, 0].data<float>().ToArray());
                pruner.Observe(ids, Losses(ids, epoch));
                visited.AddRange(ids);
            }

            Assert.Equal(plan.Order.ToArray().Select(static id => (long)id), visited);
            plain.Observe(plan.All, Losses([.. visited], epoch));
        }
    }

    [Fact]
    public void Enumerations_by_accident_eat_no_epoch()
    {
        var pruner = Make();
        using var loader = Loader(pruner, 1);
        using (var first = loader.GetEnumerator())
        {
            Assert.True(first.MoveNext());
            Assert.Equal(BatchSize, Ids(first.Current).Length);
        }

        foreach (var accident in new Action[] { () => _ = loader.First(), () => _ = loader.ToList() })
        {
            Assert.Contains("a second enumeration was begun though no loss of epoch 0 was observed", Assert.Throws<InvalidOperationException>(accident).Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 1), (pruner.Current!.Epoch, pruner.Statistics.Epochs));
    }

    [Fact]
    public void Samples_that_a_loader_drops_hold_up_the_next_epoch()
    {
        var pruner = Make();
        using var loader = Loader(pruner, 2, dropLast: true);
        foreach (var batch in loader)
        {
            pruner.Observe(Ids(batch), Losses(Ids(batch), 0));
        }

        Assert.Contains($"{Count % BatchSize} of the {Count} samples of epoch 0 have no loss yet", Assert.Throws<InvalidOperationException>(() => loader.First()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_crash_the_first_enumeration_is_the_rest_of_the_epoch()
    {
        var pruner = Make();
        var seen = new List<long>();
        var saved = new MemoryStream();
        using (var loader = Loader(pruner, 2))
        {
            foreach (var batch in loader.Take(2))
            {
                pruner.Observe(Ids(batch), Losses(Ids(batch), 0));
                seen.AddRange(Ids(batch));
            }

            pruner.Save(saved);
        }

        var restored = Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch:keep=0.5"), new PrunerOptions { Epochs = Epochs, Seed = 4 });
        using var rest = Loader(restored, 4);
        foreach (var batch in rest)
        {
            restored.Observe(Ids(batch), Losses(Ids(batch), 0));
            seen.AddRange(Ids(batch));
        }

        Assert.Equal(restored.Current!.Order.ToArray().Select(static id => (long)id), seen);
        Assert.Equal(Count, seen.Distinct().Count());
    }

    private static Pruner Make() => new(Count, PolicyCatalog.Parse("infobatch:keep=0.5"), new PrunerOptions { Epochs = Epochs, Seed = 4 });

    private static TorchSharp.Modules.DataLoader Loader(Pruner pruner, int workers, bool dropLast = false) =>
        utils.data.DataLoader(new Loop.Indexed(new Rows(Count)), BatchSize, new EpochShuffler(pruner), CPU, num_worker: workers, drop_last: dropLast);

    private static long[] Ids(Dictionary<string, Tensor> batch) => batch["index"].data<long>().ToArray();

    private static float[] Losses(ReadOnlySpan<long> ids, int epoch)
    {
        var losses = new float[ids.Length];
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = 3f / (1 + (ids[i] % 23)) / (epoch + 1);
        }

        return losses;
    }

    /// <summary>Rows of numbers of three classes that are easy to tell apart; the first number is the row's own.</summary>
    private sealed class Rows(int count) : utils.data.Dataset
    {
        public const int Features = 5;

        public override long Count => count;

        public override Dictionary<string, Tensor> GetTensor(long index)
        {
            var row = new float[Features];
            row[0] = index * 0.001f;
            row[1 + (int)(index % 3)] = 3;
            return new Dictionary<string, Tensor> { ["data"] = tensor(row), ["label"] = tensor(index % 3) };
        }
    }
}
