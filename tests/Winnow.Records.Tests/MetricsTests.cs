using System.Text.Json;
using Winnow.Records.Comparisons;

namespace Winnow.Records.Tests;

public sealed class MetricsTests
{
    private static readonly Metrics s_metrics = new(
    [
        new("perplexity", new MetricValue(12.5, HigherIsBetter: false, Decides: true)),
        new("exact_match", new MetricValue(null, HigherIsBetter: true, Decides: false) { IsShare = true }),
    ]);

    [Fact]
    public void They_are_an_object_with_a_metric_a_property_in_the_tasks_order()
    {
        var result = new RunEnded { At = default, Arm = "full", Seed = 1, Visited = 1, Steps = 1, Seconds = new PhaseSeconds(), WeightsSha256 = "", Metrics = s_metrics };
        var json = JsonSerializer.Serialize(result, RunJson.Line.RunEnded);
        Assert.Contains(
            """
            "metrics":{"perplexity":{"value":12.5,"higher_is_better":false,"decides":true},"exact_match":{"value":null,"higher_is_better":true,"decides":false,"is_share":true}}
            """.Trim(),
            json,
            StringComparison.Ordinal);
        Assert.Equal(s_metrics, JsonSerializer.Deserialize(json, RunJson.Line.RunEnded)!.Metrics);
    }

    [Fact]
    public void Records_of_before_have_none()
    {
        var json = JsonSerializer.Serialize(new RunEnded { At = default, Arm = "full", Seed = 1, Visited = 1, Steps = 1, Seconds = new PhaseSeconds(), WeightsSha256 = "", Accuracy = 0.5 }, RunJson.Line.RunEnded);
        var old = JsonSerializer.Deserialize(json.Replace("\"metrics\":{},", "", StringComparison.Ordinal), RunJson.Line.RunEnded)!;
        Assert.DoesNotContain("\"metrics\":{},\"metrics\"", json, StringComparison.Ordinal);
        Assert.Empty(old.Metrics.All);
        Assert.Null(old.Metrics.Deciding);
        Assert.Equal(Judgement.Accuracy, Judgement.Of(old.Metrics));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"perplexity":null}""")]
    [InlineData("""{"perplexity":3}""")]
    public void What_is_no_metric_is_refused(string metrics) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(
            $$"""{"event":"run_ended","at":"2026-01-01T00:00:00+00:00","arm":"a","seed":1,"visited":1,"steps":1,"seconds":{},"weights_sha256":"","metrics":{{metrics}}}""", RunJson.Line.IRunEvent));

    [Fact]
    public void Metrics_are_found_by_name()
    {
        Assert.Equal(12.5, s_metrics.Value("perplexity"));
        Assert.Null(s_metrics.Value("exact_match"));
        Assert.Null(s_metrics.Value("accuracy"));
        Assert.Equal("perplexity", s_metrics.Deciding!.Value.Key);
        Assert.Equal(new Judgement("perplexity", HigherIsBetter: false, IsShare: false), Judgement.Of(s_metrics));
    }

    [Fact]
    public void Numbers_are_written_as_what_they_are()
    {
        var (loss, accuracy) = (Judgement.Of(s_metrics), Judgement.Accuracy);
        Assert.Equal(("12.346", "+0.1235", "-0.5", ""), (loss.Value(12.34567), loss.Signed(0.12345), loss.Signed(-0.5), loss.Unit));
        Assert.Equal(("93.46 %", "+12.35", "-50.000", " points"), (accuracy.Value(0.934567), accuracy.Signed(0.12345), accuracy.Signed(-0.5, 3), accuracy.Unit));
        Assert.Equal((-0.2, 0.1), loss.Gain(-0.1, 0.2));
        Assert.Equal("worst class accuracy", new Judgement("worst_class_accuracy", true, true).Words);
    }

    [Theory]
    [InlineData(-0.7, -0.3, "better than full data")]
    [InlineData(0.3, 0.7, "worse than full data")]
    [InlineData(-0.1, 0.2, "no difference to full data is shown, and none within the interval is ruled out")]
    public void Findings_know_that_less_is_better(double low, double high, string verdict)
    {
        var difference = new Difference { Mean = (low + high) / 2, Low = low, High = high };
        var notes = Findings.Of([Arm("full", "control"), Arm("infobatch", "method") with { DeltaFull = difference, DeltaShortened = difference, DeltaWithoutWeights = difference }]);
        var judgement = Judgement.Of(s_metrics);
        Assert.Equal($"infobatch saved 30.0 % of the samples; its perplexity differs from full data by {judgement.Signed(difference.Mean)} (95 % interval {judgement.Signed(low)} to {judgement.Signed(high)}, 3 seeds): {verdict}.", notes[0]);
        Assert.Contains(high < 0 ? "it beats the shortened schedule" : low > 0 ? "it is worse" : "no difference is shown", notes[1], StringComparison.Ordinal);
        Assert.Contains(high < 0 ? "they help" : low > 0 ? "they do harm" : "that they matter isn't shown", notes[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.1, 0.2, true, "infobatch: lossless within 0.30 of perplexity: the whole of the 95 % interval of its difference to full data, -0.1 to +0.2 over 3 seeds, lies below +0.30.")]
    [InlineData(0.1, 0.4, false, "infobatch: that it loses at most 0.30 of perplexity isn't shown: the 95 % interval of its difference to full data, +0.1 to +0.4 over 3 seeds, reaches up to +0.30 or above. More seeds make it narrower.")]
    [InlineData(0.5, 0.9, false, "infobatch: that it loses at most 0.30 of perplexity isn't shown, and the opposite is: the 95 % interval of its difference to full data, +0.5 to +0.9 over 3 seeds, lies above +0.30.")]
    public void A_claim_is_about_the_metric_that_decides(double low, double high, bool shown, string statement)
    {
        var claim = Assert.Single(NonInferiority.Of([Arm("full", "control"), Arm("infobatch", "method") with { DeltaFull = new Difference { Mean = (low + high) / 2, Low = low, High = high } }], 0.3));
        Assert.Equal((shown, statement), (claim.Shown, claim.Statement));
    }

    private static ArmResult Arm(string name, string role) => new()
    {
        Name = name,
        Method = name,
        Role = role,
        Seeds = [1, 2, 3],
        Metrics = new Metrics([new("perplexity", new MetricValue(12.5, HigherIsBetter: false, Decides: true) { Std = 0.1, Values = [12.4, 12.5, 12.6] })]),
        Saved = new Saved { Samples = 0.3, Steps = 0.3 },
        WallSeconds = [1, 1, 1],
        EvaluateSeconds = [0, 0, 0],
        Visited = [1, 1, 1],
        Steps = [1, 1, 1],
        OverheadShare = 0,
        WeightsSha256 = ["a", "b", "c"],
    };
}
