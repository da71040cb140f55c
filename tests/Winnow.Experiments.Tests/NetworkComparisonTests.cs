using Winnow.Experiments.Networks;
using Winnow.Networks;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Tests;

namespace Winnow.Experiments.Tests;

[Collection(TrainingCollection.Name)]
public class NetworkComparisonTests
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 2, Augmentation = Augmentation.None };

    private readonly Dictionary<string, TrainingRequest> _requests = [];
    private readonly Dictionary<(string Arm, ulong Seed), TrainingOutcome> _outcomes = [];
    private readonly List<(string Arm, ulong Seed)> _order = [];

    [Fact]
    public void Every_pruned_network_is_held_against_its_widths_from_scratch_for_exactly_as_much_compute()
    {
        var comparison = Compare(Plan(["taylor"], [0.5], NetworkControls.All), [1, 2, 3]);
        var results = comparison.Results();
        Assert.Equal(["dense", "taylor@0.5", "scratch-e@taylor@0.5", "scratch-b@taylor@0.5", "random@0.5", "scratch-e@random@0.5", "scratch-b@random@0.5", "width@0.5"], results.Select(static arm => arm.Name));
        Assert.Equal(results.Select(static arm => arm.Name), _order.Take(8).Select(static run => run.Arm));
        Assert.Equal(["dense", "random@0.5", "scratch-e@random@0.5", "scratch-b@random@0.5", "taylor@0.5", "scratch-e@taylor@0.5", "scratch-b@taylor@0.5", "width@0.5"], _order.Skip(8).Take(8).Select(static run => run.Arm));

        var (dense, taylor, e, b) = (results[0], results[1], results[2], results[3]);
        for (var s = 0; s < 3; s++)
        {
            var seed = (ulong)s + 1;
            Assert.Equal(comparison.Size.Macs, dense.Macs[s]);
            Assert.InRange(taylor.Macs[s], 1, dense.Macs[s] / 2);
            Assert.Equal((taylor.Macs[s], taylor.Parameters[s]), (b.Macs[s], b.Parameters[s]));

            // 512 samples: 16 steps an epoch. The whole network's two epochs, gradients of all samples, one epoch of what is left.
            var spent = (3.0 * 512 * dense.Macs[s] * 3) + (3.0 * 512 * taylor.Macs[s]);
            Assert.Equal(spent, taylor.TrainingMacs[s], 1e-12 * spent);
            Assert.Equal(Math.Round(spent / (3.0 * taylor.Macs[s]) / 32), _outcomes[(b.Name, seed)].Steps);
            Assert.Equal(spent, b.TrainingMacs[s], 3.0 * 32 * b.Macs[s]);
            Assert.Equal((32, 16), (_outcomes[(e.Name, seed)].Steps, _outcomes[(taylor.Name, seed)].Steps));
            Assert.Equal(((32.0 * dense.Parameters[s]) + (16 * taylor.Parameters[s])) / 48, taylor.AverageParameters[s], 6);
            Assert.Equal(b.Parameters[s], b.AverageParameters[s]);
            Assert.Equal((3, 2), (taylor.Epochs[s], e.Epochs[s]));

            // The dense network of that size gets as much as the costliest of the pruned ones.
            var (width, most) = (results[7], Math.Max(taylor.TrainingMacs[s], results[4].TrainingMacs[s]));
            Assert.Equal(most, width.TrainingMacs[s], 3.0 * 32 * width.Macs[s]);
            Assert.NotEqual(_outcomes[(e.Name, seed)].WeightsSha256(), _outcomes[(b.Name, seed)].WeightsSha256());
        }

        Assert.Equal(taylor.Judged!.Mean - b.Judged!.Mean, taylor.DeltaScratchB!.Mean, 12);
        Assert.Equal(taylor.Judged.Mean - e.Judged!.Mean, taylor.DeltaScratchE!.Mean, 12);
        Assert.Equal(taylor.Judged.Mean - results[4].Judged!.Mean, taylor.DeltaRandom!.Mean, 12);
        Assert.Equal(taylor.Judged.Mean - results[7].Judged!.Mean, taylor.DeltaWidth!.Mean, 12);
        Assert.Null(results[4].DeltaRandom);
        Assert.NotNull(taylor.DeltaDense!.Low);
        Assert.Equal(3, taylor.Cut!.Values.Count);
        Assert.All(taylor.Widths, static group => Assert.All(group.After, after => Assert.InRange(after, 1, group.Before)));
        Assert.Contains(taylor.Widths, static group => group.After.Any(after => after < group.Before));
        Assert.All(results.Where(static arm => arm.Kind != "width"), static arm => Assert.Equal([1, 128], arm.Milliseconds.Select(static speed => speed.Batch).Distinct()));
        Assert.All(dense.Milliseconds, static speed => Assert.Equal(1, speed.ToDense));
    }

    [Fact]
    public void What_is_trained_on_is_what_was_cut_and_what_is_trained_from_scratch_is_drawn_at_its_widths()
    {
        Compare(Plan(["magnitude"], [0.25], NetworkControls.ScratchE) with { Method = "random:keep=0.5" }, [7]);
        var (cut, scratch) = (_requests["magnitude@0.25"], _requests["scratch-e@magnitude@0.25"]);
        Assert.Equal("random:keep=0.5", cut.Method);
        Assert.Equal(cut.Start!.Weights.Select(static weight => $"{weight.Name} {weight.Description}"), scratch.Start!.Weights.Select(static weight => $"{weight.Name} {weight.Description}"));
        Assert.Null(_requests["dense"].Start);
        foreach (var weight in scratch.Start.Weights.Where(static weight => weight is { Type: "F32", Shape.Count: 4 }))
        {
            // Drawn from [-1, 1] over the root of how many numbers an output is made of: a pixel's 3 x 3 neighbours in each channel.
            var bound = 1 / Math.Sqrt(weight.Shape[1] * weight.Shape[2] * weight.Shape[3]);
            Assert.InRange(weight.Values.Max(Math.Abs), 0.7 * bound, bound * 1.000001);
        }

        var pruned = _outcomes[("magnitude@0.25", 7)];
        Assert.Equal(256, pruned.Visited);
        Assert.Equal(cut.Start.Weights.Select(static weight => weight.Description), pruned.Weights.Select(static weight => weight.Description));
    }

    [Fact]
    public void Slimming_cuts_a_network_that_was_penalised_for_it_and_pays_for_that_one_alone()
    {
        var results = Compare(Plan(["slimming"], [0.5], NetworkControls.ScratchB) with { Penalty = 1e-2 }, [1]).Results();
        Assert.Equal(["dense", "dense:slimming", "slimming@0.5", "scratch-b@slimming@0.5"], results.Select(static arm => arm.Name));
        var (dense, slim, cut) = (results[0], results[1], results[2]);
        Assert.NotEqual(dense.WeightsSha256[0], slim.WeightsSha256[0]);
        Assert.Equal(dense.TrainingMacs[0], slim.TrainingMacs[0]);
        Assert.Equal(3.0 * 512 * ((2.0 * dense.Macs[0]) + cut.Macs[0]), cut.TrainingMacs[0], 1);

        // The channels with the smallest scales of the penalised network went.
        var scales = _outcomes[(slim.Name, 1)].Weights.First(static weight => weight.Name == "stem.norm.weight").Values;
        Assert.True(scales.Sum(Math.Abs) < _outcomes[(dense.Name, 1)].Weights.First(static weight => weight.Name == "stem.norm.weight").Values.Sum(Math.Abs));
        Assert.Contains("strength", Assert.Throws<RecipeException>(() => new NetworkComparison(s_recipe, Small.Images(), torch.CPU, Plan(["slimming"], [0.5], NetworkControls.None), [1])).Message, StringComparison.Ordinal);
        Assert.Contains("every network", Assert.Throws<RecipeException>(() => new NetworkComparison(s_recipe with { Slimming = 1e-4 }, Small.Images(), torch.CPU, Plan(["magnitude"], [0.5], NetworkControls.None), [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparison_that_goes_on_makes_no_run_again_and_ends_the_same()
    {
        var plan = Plan(["magnitude"], [0.5], NetworkControls.ScratchB);
        var whole = Compare(plan, [1]).Results();
        var earlier = _outcomes.ToDictionary();
        _order.Clear();
        var comparison = new NetworkComparison(s_recipe, Small.Images(), torch.CPU, plan, [1]);
        comparison.Run(new()
        {
            Callbacks = run => [new Capture(request => _order.Add((run.Arm.Name, run.Seed)))],
            Earlier = run => run.Arm.Kind == NetworkArmKind.ScratchB ? null : (Known(run.Arm.Name, earlier[(run.Arm.Name, run.Seed)]), earlier[(run.Arm.Name, run.Seed)].Weights),
        });
        Assert.Equal([("scratch-b@magnitude@0.5", 1UL)], _order);
        var again = comparison.Results();
        Assert.Equal(whole.Select(static arm => (arm.WeightsSha256[0], arm.TrainingMacs[0], arm.Judged!.Mean, arm.AverageParameters[0])), again.Select(static arm => (arm.WeightsSha256[0], arm.TrainingMacs[0], arm.Judged!.Mean, arm.AverageParameters[0])));
    }

    [Fact]
    public void An_interrupted_comparison_has_the_seeds_that_every_arm_finished()
    {
        using var stop = new CancellationTokenSource();
        var comparison = new NetworkComparison(s_recipe with { Epochs = 1 }, Small.Images(), torch.CPU, Plan(["random"], [0.5], NetworkControls.None), [1, 2]);
        comparison.Run(new()
        {
            Finished = (run, _) =>
            {
                if (run.Index == 2)
                {
                    stop.Cancel();
                }
            },
        }, stop.Token);
        Assert.True(comparison.Interrupted);
        Assert.All(comparison.Results(), static arm => Assert.Equal([1UL], arm.Seeds));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_before_anything_is_trained()
    {
        var plan = Plan(["magnitude"], [0.5], NetworkControls.None);
        Assert.Contains("0.001 of the multiplications can't be met", Assert.Throws<NetworkPruningException>(() => New(s_recipe, Plan(["magnitude"], [0.001], NetworkControls.None))).Message, StringComparison.Ordinal);
        Assert.Contains("save", Assert.Throws<UnreachableSaveException>(() => New(s_recipe, plan with { Method = "infobatch:save=0.9" })).Message, StringComparison.Ordinal);
        Assert.Contains("is no score of channels; use magnitude, taylor", Assert.Throws<RecipeException>(() => Plan(["l1"], [0.5], NetworkControls.None)).Message, StringComparison.Ordinal);
        Assert.Contains("1.5 is no share", Assert.Throws<RecipeException>(() => Plan(["taylor"], [1.5], NetworkControls.None)).Message, StringComparison.Ordinal);
        Assert.Contains("named twice", Assert.Throws<RecipeException>(() => Plan(["taylor", "taylor"], [0.5], NetworkControls.None)).Message, StringComparison.Ordinal);
        Assert.Contains("named twice", Assert.Throws<RecipeException>(() => Plan(["taylor"], [0.5, 0.5], NetworkControls.None)).Message, StringComparison.Ordinal);

        static NetworkComparison New(TrainingRecipe recipe, NetworkPlan plan) => new(recipe, Small.Images(), torch.CPU, plan, [1]);
    }

    private static NetworkPlan Plan(string[] by, double[] keep, NetworkControls controls) => new() { Arms = NetworkArms.Of(by, keep, controls), Recover = 1, Method = "full" };

    private static FinishedRun Known(string arm, TrainingOutcome outcome) => new(arm, outcome.Seed, outcome.History, new RunEnded(outcome, default, arm, outcome.Seed, outcome.WeightsSha256()), 0);

    private NetworkComparison Compare(NetworkPlan plan, ulong[] seeds)
    {
        var comparison = new NetworkComparison(s_recipe, Small.Images(), torch.CPU, plan, seeds);
        comparison.Run(new()
        {
            Callbacks = run => [new Capture(request => _requests[run.Arm.Name] = request)],
            Finished = (run, outcome) =>
            {
                _order.Add((run.Arm.Name, run.Seed));
                _outcomes[(run.Arm.Name, run.Seed)] = outcome;
            },
        });
        return comparison;
    }

    private sealed class Capture(Action<TrainingRequest> take) : TrainerCallback
    {
        public override void OnRunStart(TrainingRequest request, int epochs) => take(request);
    }
}
