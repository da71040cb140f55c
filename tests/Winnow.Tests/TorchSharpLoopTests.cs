using System.Collections;
using Winnow.Policies;

namespace Winnow.Tests;

/// <summary>The loop of docs/torchsharp.md with a loader that asks for its order as TorchSharp's does.</summary>
public class TorchSharpLoopTests
{
    private const int Count = 500, Epochs = 6, BatchSize = 64;

    [Theory]
    [InlineData("infobatch")]
    [InlineData("random:keep=0.4")]
    [InlineData("infobatch:save=0.3")]
    public void The_loop_visits_and_learns_what_a_loop_over_plans_does(string spec)
    {
        Pruner pruner = Make(spec), plain = Make(spec);
        var loader = new Loader(Count, BatchSize, new EpochShuffler(pruner), workers: 4);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var plan = plain.Plan(epoch);
            var visited = new List<long>();
            double total = 0;
            foreach (var ids in loader)
            {
                var weights = new float[ids.Length];
                var sum = pruner.Current!.CopyWeights(ids, weights);
                Assert.Equal(weights.Sum(static weight => (double)weight), sum, 6);
                Assert.DoesNotContain(0f, weights);
                pruner.Observe(ids, Losses(ids, epoch));
                visited.AddRange(ids);
                total += sum;
            }

            Assert.Equal(plan.Order.ToArray().Select(static id => (long)id), visited);
            Assert.Equal(plan.WeightSum, total, 3);
            plain.Observe(plan.All, Losses([.. visited], epoch));
        }

        Assert.Equal(plain.Statistics.Saved, pruner.Statistics.Saved);
        Assert.Equal(Epochs, pruner.Statistics.Epochs);
        if (spec.Contains("save", StringComparison.Ordinal))
        {
            Assert.Equal(0.3, pruner.Statistics.Saved, 2);
        }
    }

    [Fact]
    public void Enumerations_by_accident_eat_no_epoch()
    {
        var pruner = Make("infobatch");
        var loader = new Loader(Count, BatchSize, new EpochShuffler(pruner), workers: 1);
        Assert.Equal(BatchSize, loader.First().Length);
        foreach (var accident in new Action[] { () => _ = loader.First(), () => _ = loader.Count(), () => loader.GetEnumerator().Dispose(), () => _ = loader.ToList() })
        {
            Assert.Contains("a second enumeration was begun though no loss of epoch 0 was observed", Assert.Throws<InvalidOperationException>(accident).Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 1), (pruner.Current!.Epoch, pruner.Statistics.Epochs));
    }

    [Fact]
    public void The_next_epoch_waits_for_losses_that_a_loader_dropped_or_runs_ahead_of()
    {
        var pruner = Make("infobatch");
        var loader = new Loader(Count, BatchSize, new EpochShuffler(pruner), workers: 2, dropLast: true);
        foreach (var ids in loader)
        {
            pruner.Observe(ids, Losses(ids, 0));
        }

        var dropped = Count % BatchSize;
        Assert.Contains($"{dropped} of the {Count} samples of epoch 0 have no loss yet", Assert.Throws<InvalidOperationException>(loader.GetEnumerator).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_crash_the_first_enumeration_is_the_rest_of_the_epoch()
    {
        var pruner = Make("infobatch");
        var seen = new List<long>();
        var saved = new MemoryStream();
        // Three batches are fetched, two came back.
        foreach (var ids in new Loader(Count, BatchSize, new EpochShuffler(pruner), workers: 2).Take(3))
        {
            if (seen.Count == 2 * BatchSize)
            {
                pruner.Save(saved);
            }
            else
            {
                pruner.Observe(ids, Losses(ids, 0));
            }

            if (saved.Length == 0)
            {
                seen.AddRange(ids);
            }
        }

        var restored = Pruner.Restore(saved, Count, PolicyCatalog.Parse("infobatch"), new PrunerOptions { Epochs = Epochs, Seed = 4 });
        var loader = new Loader(Count, BatchSize, new EpochShuffler(restored), workers: 2);
        foreach (var ids in loader)
        {
            restored.Observe(ids, Losses(ids, 0));
            seen.AddRange(ids);
        }

        Assert.Equal(restored.Current!.Order.ToArray().Select(static id => (long)id), seen);
        pruner.Observe(pruner.Current!.All, Losses([.. pruner.Current.Order.ToArray().Select(static id => (long)id)], 0));
        Assert.Equal(pruner.Plan(1).Order.ToArray().Select(static id => (long)id), loader.SelectMany(static ids => ids));
    }

    [Fact]
    public void Weights_by_id_are_refused_whole_where_an_id_is_none()
    {
        var plan = Make("infobatch").Plan(0);
        float[] weights = [7, 7];
        Assert.Contains("there is no sample 500; ids are 0-based, in [0, 500)", Assert.Throws<ArgumentException>(() => plan.CopyWeights([1, 500], weights)).Message, StringComparison.Ordinal);
        Assert.Contains("2 ids and room for 1 weights", Assert.Throws<ArgumentException>(() => plan.CopyWeights([1, 2], weights.AsSpan(1))).Message, StringComparison.Ordinal);
        Assert.Equal([7, 7], weights);
        Assert.Equal(2, plan.SumWeights([3, 4]));
    }

    private static Pruner Make(string spec) => new(Count, PolicyCatalog.Parse(spec), new PrunerOptions { Epochs = Epochs, Seed = 4 });

    private static float[] Losses(ReadOnlySpan<long> ids, int epoch)
    {
        var losses = new float[ids.Length];
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = 3f / (1 + (ids[i] % 23)) / (epoch + 1);
        }

        return losses;
    }

    // As torch.utils.data.DataLoader: an enumerator takes one of the shuffler's as soon as it is made, asks for a full batch also past its end, fetches items
    // on several threads, and counts what the data set has. Batches are the indices that the items' data set wrote into them.
    private sealed class Loader(int samples, int batchSize, IEnumerable<long> shuffler, int workers, bool dropLast = false) : IEnumerable<long[]>
    {
        public IEnumerator<long[]> GetEnumerator() => new Batches(this);

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private long Item(long index) => index >= 0 && index < samples ? index : throw new ArgumentOutOfRangeException(nameof(index));

        private IEnumerator<long> Order() => shuffler.GetEnumerator();

        private long[] Fetch(long[] indices)
        {
            var items = new long[indices.Length];
            Enumerable.Range(0, indices.Length).AsParallel().WithDegreeOfParallelism(workers).ForAll(i => items[i] = Item(indices[i]));
            return items;
        }

        private sealed class Batches(Loader loader) : IEnumerator<long[]>
        {
            private IEnumerator<long> _order = loader.Order();
            private long[]? _current;

            public long[] Current => _current!;

            object IEnumerator.Current => Current;

            public bool MoveNext()
            {
                long[] indices = [.. Enumerable.Range(0, loader.Size).Select(_ => _order.MoveNext() ? _order.Current : (long?)null).Where(static id => id.HasValue).Select(static id => id!.Value)];
                if (indices.Length == 0 || (loader.Drops && indices.Length < loader.Size))
                {
                    return false;
                }

                _current = loader.Fetch(indices);
                return true;
            }

            public void Reset()
            {
                _order.Dispose();
                _order = loader.Order();
            }

            public void Dispose() => _order.Dispose();
        }

        private int Size => batchSize;

        private bool Drops => dropLast;
    }
}
