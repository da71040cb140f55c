
namespace Winnow.Tests;

public class EpochShufflerTests
{
    [Fact]
    public void Gives_each_enumeration_the_next_epochs_order()
    {
        var pruner = PrunerTests.Make();
        var shuffler = new EpochShuffler(pruner);
        for (var epoch = 0; epoch < 8; epoch++)
        {
            long[] ids = [.. shuffler];
            var plan = pruner.Current!;
            Assert.Equal(epoch, plan.Epoch);
            Assert.Equal(plan.Order.ToArray().Select(static i => (long)i), ids);
            pruner.Observe(ids, [.. ids.Select(PrunerTests.Loss)]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => shuffler.ToArray());
    }

    [Fact]
    public void Refuses_a_second_enumeration_when_nothing_was_observed()
    {
        foreach (var allow in new[] { false, true })
        {
            var shuffler = new EpochShuffler(PrunerTests.Make(allow: allow));
            Assert.Equal(100, shuffler.Count());
            var error = Assert.Throws<InvalidOperationException>(() => shuffler.Count());
            Assert.Contains("a second enumeration was begun though no loss of epoch 0 was observed", error.Message, StringComparison.Ordinal);
        }
    }
}
