using System.Text.Json;
using Winnow.Policies;

namespace Winnow.Records.Tests;

public sealed class StoredLossesTests
{
    [Fact]
    public void Every_loss_lies_between_the_edges_of_the_bin_it_is_counted_in()
    {
        float[] losses = [0, 1e-30f, 2.44e-4f, 2.45e-4f, 0.5f, 0.70710f, 0.70711f, 1, 1.41421f, 1.41422f, 31.9f, 32, 1e30f];
        foreach (var loss in losses)
        {
            var stored = Of([loss], "infobatch");
            var bin = Assert.Single(Enumerable.Range(0, StoredLosses.Bins), b => stored.Counts[b] == 1);
            Assert.True(StoredLosses.LowerEdge(bin) <= loss && loss < StoredLosses.LowerEdge(bin + 1), $"{loss} in bin {bin}");
            Assert.Equal(loss, stored.Mean);
        }
    }

    [Fact]
    public void What_the_plan_visits_is_counted_beside_what_is_there()
    {
        // InfoBatch leaves out only what lies below the mean, and orderdp what isn't among the largest.
        var losses = Enumerable.Range(1, 1000).Select(static k => k / 500f).ToArray();
        var stored = Of(losses, "infobatch:keep=0.2");
        Assert.Equal(1000, stored.Counts.Sum());
        Assert.Equal(losses.Average(static loss => (double)loss), stored.Mean, 1e-6);
        for (var bin = 0; bin < StoredLosses.Bins; bin++)
        {
            if (StoredLosses.LowerEdge(bin) >= stored.Mean)
            {
                Assert.Equal(stored.Counts[bin], stored.Kept[bin]);
            }
        }

        Assert.InRange(stored.Kept.Sum(), 500, 700);
    }

    [Fact]
    public void Samples_never_seen_and_losses_that_are_not_finite_are_left_out()
    {
        var stored = Of([1, float.NaN, 3, float.PositiveInfinity], "infobatch", count: 10);
        Assert.Equal((2, 2.0), (stored.Counts.Sum(), stored.Mean));
    }

    [Fact]
    public void A_method_that_keeps_no_losses_and_one_that_has_seen_none_have_none()
    {
        foreach (var method in new[] { "full", "infobatch" })
        {
            var pruner = new Pruner(4, PolicyCatalog.Parse(method), new PrunerOptions { Epochs = 2 });
            Assert.Null(StoredLosses.Of(pruner.Samples, pruner.Plan(0)));
        }
    }

    [Fact]
    public void Lines_written_before_there_were_any_are_read()
    {
        const string Old = """{"event":"epoch_planned","epoch":0,"planned":1,"total":1,"weight_sum":1,"at":"2026-11-21T08:54:19+00:00","arm":"full","seed":1}""";
        Assert.Null(Assert.IsType<EpochPlanned>(JsonSerializer.Deserialize(Old, RunJson.Line.IRunEvent)).Losses);
    }

    private static StoredLosses Of(float[] losses, string method, int? count = null)
    {
        var pruner = new Pruner(count ?? losses.Length, PolicyCatalog.Parse(method), new PrunerOptions { Epochs = 8, AllowUnobserved = true });
        pruner.Plan(0);
        var ids = Enumerable.Range(0, losses.Length).Select(static id => (long)id).ToArray();
        pruner.Observe(ids, losses);
        return StoredLosses.Of(pruner.Samples, pruner.Plan(1))!;
    }
}
