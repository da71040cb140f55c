using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Tests;

namespace Winnow.Experiments.Tests;

[Collection(TrainingCollection.Name)]
public class ComparisonTests
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 4, Augmentation = Augmentation.None };

    [Fact]
    public void Pairs_every_arm_with_full_and_with_its_shortened_control()
    {
        var runs = new List<ArmRun>();
        var comparison = Compare(["infobatch"], [1, 2, 3], (run, _) => runs.Add(run));
        var arms = comparison.Results();
        Assert.Equal(["full", "infobatch", "full@infobatch"], arms.Select(static arm => arm.Name));
        Assert.Equal(9, runs.Count);
        Assert.Equal(["full", "infobatch", "full@infobatch"], runs.Take(3).Select(static run => run.Arm.Name));
        Assert.Equal(["infobatch", "full@infobatch", "full"], runs.Skip(3).Take(3).Select(static run => run.Arm.Name));

        var (full, pruned, shortened) = (arms[0], arms[1], arms[2]);
        Assert.Equal(pruned.Steps, shortened.Steps);
        Assert.Equal([64L, 64, 64], full.Steps);
        Assert.Equal(0, full.Saved.Samples);
        Assert.Equal(1 - (pruned.Visited.Average() / 2048), pruned.Saved.Samples, 12);
        Assert.Equal(pruned.Saved.Steps, shortened.Saved.Steps, 12);
        Assert.Null(full.DeltaFull);
        Assert.Equal(pruned.Accuracy!.Mean - full.Accuracy!.Mean, pruned.DeltaFull!.Mean, 12);
        Assert.Equal(pruned.Accuracy!.Mean - shortened.Accuracy!.Mean, pruned.DeltaShortened!.Mean, 12);
        Assert.NotNull(pruned.DeltaFull.Low);
        Assert.InRange(pruned.OverheadShare, 0, 1);
        Assert.Equal(3, pruned.WeightsSha256.Distinct().Count());
    }

    [Fact]
    public void Every_control_runs_what_it_is_matched_to()
    {
        var arms = ComparisonPlan.Arms(["infobatch:save=0.3"], Controls.All, Ablations.Weights | Ablations.Annealing);
        var requests = new Dictionary<string, TrainingRequest>();
        var outcomes = new Dictionary<string, TrainingOutcome>();
        var comparison = new Comparison((s_recipe with { LearningRate = 0.002 }).CreateTrainer(Small.Images(), torch.CPU), arms, [7], [0.01, 1.01]);
        comparison.Run(run => [new Capture(request => requests[run.Arm.Name] = request)], (run, outcome) => outcomes[run.Arm.Name] = outcome);

        var pruned = outcomes["infobatch:save=0.3"];
        Assert.Contains(pruned.History, static epoch => epoch.Visited < epoch.Total);
        foreach (var name in new[] { "full@infobatch:save=0.3", "full@infobatch:save=0.3*lr" })
        {
            Assert.Equal(pruned.Steps, outcomes[name].Steps);
        }

        Assert.Equal(1, requests["full@infobatch:save=0.3"].LearningRateScale);
        Assert.Equal(pruned.History.Average(static epoch => 512.0 / epoch.Visited), requests["full@infobatch:save=0.3*lr"].LearningRateScale, 12);
        Assert.Equal(pruned.History.Select(static epoch => epoch.Visited), outcomes["random@infobatch:save=0.3"].History.Select(static epoch => epoch.Visited));
        Assert.NotEqual(pruned.WeightsSha256(), outcomes["random@infobatch:save=0.3"].WeightsSha256());
        Assert.NotEqual(pruned.WeightsSha256(), outcomes["no-weights@infobatch:save=0.3"].WeightsSha256());
        Assert.True(outcomes["no-annealing@infobatch:save=0.3"].History[^1].Visited < 512);
        if (outcomes.TryGetValue("rs2@infobatch:save=0.3", out var rs2))
        {
            Assert.InRange(rs2.Visited - pruned.Visited, -4, 4);
        }

        // Slow enough to learn that the arms end differently.
        Assert.True(outcomes.Values.Select(static outcome => outcome.Accuracy).Distinct().Count() > 3);
        var results = comparison.Results();
        var method = results.Single(static arm => arm.Role == "method");
        Assert.Equal(0.3, method.AskedSave!.Value, 12);
        Assert.Equal(1 - (pruned.Visited / 2048.0), Assert.Single(method.Reached!), 12);
        Assert.Equal(method.Saved.Samples, method.Saved.Compute!.Value, 12);
        foreach (var (delta, name) in new[]
        {
            (method.DeltaShortened, "full@infobatch:save=0.3"), (method.DeltaShortenedLr, "full@infobatch:save=0.3*lr"), (method.DeltaRandom, "random@infobatch:save=0.3"),
            (method.DeltaWithoutWeights, "no-weights@infobatch:save=0.3"), (method.DeltaWithoutAnnealing, "no-annealing@infobatch:save=0.3"),
        })
        {
            Assert.Equal(pruned.Accuracy!.Value - outcomes[name].Accuracy!.Value, delta!.Mean, 12);
        }

        Assert.Equal(["full", "shortened", "shortened-lr", "random"], results.Select(static arm => arm.Control).OfType<string>().Where(static word => word != "rs2").Take(4));
        Assert.All(results, static arm => Assert.Equal([1, 0], arm.TimeToAccuracy.Select(static time => time.ReachedSeeds)));
    }

    [Theory]
    [InlineData("kakurenbo:tau=0.1,hide=0.5,decay=no")]
    [InlineData("selective-backprop:start=0,keep=0.5")]
    public void A_method_that_looks_at_more_than_it_trains_on_is_held_against_full_data_for_as_much_compute(string spec)
    {
        var outcomes = new Dictionary<string, TrainingOutcome>();
        var comparison = Compare([spec], [1, 2, 3], (run, outcome) => outcomes[$"{run.Arm.Name} {run.Seed}"] = outcome);
        var results = comparison.Results();
        var method = results.Single(static arm => arm.Role == "method");
        var (shortened, equal) = (results.Single(static arm => arm.Control == "shortened"), results.Single(static arm => arm.Control == "equal-compute"));
        foreach (var seed in method.Seeds)
        {
            var (own, other) = (outcomes[$"{method.Name} {seed}"], outcomes[$"{equal.Name} {seed}"]);
            Assert.True(own.Forwards > own.Backwards);
            Assert.Equal(own.Compute / 3.0 / own.FullVisits, (double)other.Steps / own.FullSteps, 0.51 / own.FullSteps);
        }

        Assert.Equal(method.Saved.Compute!.Value, equal.Saved.Compute!.Value, 0.02);
        Assert.True(shortened.Saved.Compute > equal.Saved.Compute + 0.02);
        Assert.Equal(method.Accuracy!.Mean - equal.Accuracy!.Mean, method.DeltaEqualCompute!.Mean, 12);
        var findings = Findings.Of(results);
        Assert.Contains(findings, static note => note.Contains("a schedule of as much compute", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, static note => note.Contains("computes more than its controls", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_controls_nothing_is_claimed_against_full()
    {
        var arm = Assert.Single(Compare(["random:keep=0.5"], [1], (_, _) => { }, Controls.None).Results());
        Assert.Equal(0.5, arm.Saved.Samples, 12);
        Assert.Null(arm.Saved.Wall);
        Assert.Null(arm.DeltaFull);
        Assert.Null(arm.DeltaShortened);
    }

    [Fact]
    public void An_interrupted_comparison_holds_the_seeds_that_every_arm_finished()
    {
        using var stop = new CancellationTokenSource();
        var done = 0;
        var comparison = Compare(["infobatch"], [1, 2], (_, _) =>
        {
            if (++done == 4)
            {
                stop.Cancel();
            }
        }, stop: stop.Token);
        Assert.True(comparison.Interrupted);
        Assert.All(comparison.Results(), static arm => Assert.Equal([1UL], arm.Seeds));
    }

    [Fact]
    public void Interrupted_before_the_first_seed_was_done_it_has_no_results()
    {
        using var stop = new CancellationTokenSource();
        var comparison = Compare(["infobatch"], [1], (_, _) => stop.Cancel(), stop: stop.Token);
        Assert.Empty(comparison.Results());
        Assert.Contains("nothing to compare", Assert.Single(Findings.Of(comparison.Results())), StringComparison.Ordinal);
    }

    private static Comparison Compare(string[] methods, ulong[] seeds, Action<ArmRun, TrainingOutcome> finished, Controls controls = Controls.Default, CancellationToken stop = default)
    {
        var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms(methods, controls), seeds);
        comparison.Run(static _ => [], finished, stop);
        return comparison;
    }

    private sealed class Capture(Action<TrainingRequest> take) : TrainerCallback
    {
        public override void OnRunStart(TrainingRequest request, int epochs) => take(request);
    }
}
