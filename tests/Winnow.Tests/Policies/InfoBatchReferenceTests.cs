using System.Globalization;
using System.Text.Json;
using Winnow.Policies;

namespace Winnow.Tests.Policies;

public class InfoBatchReferenceTests
{
    [Fact]
    public void Agrees_with_the_published_program()
    {
        using var golden = JsonDocument.Parse(Repository.File("tests/Golden/infobatch/reference.json"));
        Assert.StartsWith("8bbb012", golden.RootElement.GetProperty("source").GetProperty("commit").GetString(), StringComparison.Ordinal);
        var cases = 0;
        foreach (var element in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            float[] scores = [.. element.GetProperty("bits").EnumerateArray().Select(static b => BitConverter.UInt32BitsToSingle(b.GetUInt32()))];
            var keep = element.GetProperty("keep").GetDouble().ToString("R", CultureInfo.InvariantCulture);
            var until = element.GetProperty("until").GetDouble().ToString("R", CultureInfo.InvariantCulture);
            var policy = PolicyCatalog.Parse($"infobatch:keep={keep},until={until},rule=reference");
            var table = Tables.Seen(policy, scores);

            var threshold = double.Parse(element.GetProperty("threshold").GetString()!.Replace("inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            var ours = InfoBatchReferencePolicy.Threshold(scores, 1);
            Assert.True(double.IsFinite(threshold) ? Math.Abs(ours - threshold) <= 1e-6 * (1 + Math.Abs(threshold)) : threshold.Equals(ours), $"threshold {threshold}, ours {ours}");

            int epochs = element.GetProperty("epochs").GetInt32(), easy = element.GetProperty("easy").GetInt32(), kept = element.GetProperty("kept").GetInt32();
            int[] visited = [.. element.GetProperty("visited").EnumerateArray().Select(static v => v.GetInt32())];
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                var weights = Tables.Plan(policy, table, epoch, epochs);
                Assert.Equal(visited[epoch], weights.Count(static w => w > 0));
                if (visited[epoch] == scores.Length && easy != kept)
                {
                    continue;
                }

                Assert.Equal(easy, scores.Count(s => s < ours));
                Assert.All(scores.Zip(weights).Where(p => !(p.First < ours)), static p => Assert.Equal(1f, p.Second));
                float[] drawn = [.. scores.Zip(weights).Where(p => p.First < ours && p.Second > 0).Select(static p => p.Second)];
                Assert.Equal(kept, drawn.Length);
                if (kept > 0)
                {
                    Assert.All(drawn, w => Assert.Equal((float)element.GetProperty("weight").GetDouble(), w));
                }
            }

            cases++;
        }

        Assert.True(cases > 100);
    }

    [Fact]
    public void Does_not_repeat_the_stale_weights_of_annealing_epochs()
    {
        // The program's own record says that it ends with them where until·C isn't whole.
        Assert.Contains("\"stale_weights_at_the_end\": true", Repository.File("tests/Golden/infobatch/reference.json"), StringComparison.Ordinal);
        var policy = new InfoBatchReferencePolicy();
        var table = Tables.Seen(policy, Tables.Skewed(50));
        Assert.Contains(2f, Tables.Plan(policy, table, 7));
        foreach (var epoch in new[] { 8, 9 })
        {
            Assert.All(Tables.Plan(policy, table, epoch), static w => Assert.Equal(1f, w));
        }
    }

    [Fact]
    public void Does_not_repeat_the_rounded_mean()
    {
        var threes = new float[6_000_000];
        Array.Fill(threes, 3f);
        Assert.Equal(3f, InfoBatchReferencePolicy.Threshold(threes, 0));
    }

    [Fact]
    public void Counts_samples_never_seen_as_a_loss_of_3()
    {
        var policy = new InfoBatchReferencePolicy();
        var table = new Winnow.Samples.SampleTable(10, policy.Columns);
        Tables.Observe(policy, table, [0, 1, 2, 3], [8f, 8f, 8f, 8f]);
        // Mean (4·8 + 6·3) / 10 = 5: the six unseen are the easy ones, three stay.
        var weights = Tables.Plan(policy, table);
        Assert.Equal([1f, 1f, 1f, 1f], weights[..4]);
        Assert.Equal(3, weights[4..].Count(static w => w == 2f));
    }

    [Fact]
    public void Stops_pruning_at_one_NaN_and_finds_everything_easy_at_one_infinity()
    {
        var policy = new InfoBatchReferencePolicy();
        var losses = Tables.Skewed(21);
        losses[4] = float.NaN;
        Assert.All(Tables.Plan(policy, Tables.Seen(policy, losses)), static w => Assert.Equal(1f, w));
        losses[4] = float.PositiveInfinity;
        var weights = Tables.Plan(policy, Tables.Seen(policy, losses));
        Assert.Equal(1f, weights[4]);
        Assert.Equal(10, weights.Count(static w => w == 2f));
    }
}
