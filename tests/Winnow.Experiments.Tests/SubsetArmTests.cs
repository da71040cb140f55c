using System.Text.RegularExpressions;
using Winnow.Catalog;
using Winnow.Experiments.Subsets;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Selection;
using Winnow.Tests;
using Winnow.Training;
using Winnow.Training.Tests;

namespace Winnow.Experiments.Tests;

/// <summary>Arms that choose once what they train on.</summary>
[Collection(TrainingCollection.Name)]
public partial class SubsetArmTests
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 4, Augmentation = Augmentation.None, LearningRate = 0.002 };

    [Theory]
    [InlineData("ccs:keep=0.3@el2n", "ccs:keep=0.3@el2n")]
    [InlineData(" ccs:cutoff=0.1,keep=30% @ el2n ", "ccs:keep=0.3@el2n")]
    [InlineData("ccs:keep=500,cutoff=0.2+classes:shares=uniform@aum", "ccs:cutoff=0.2,keep=500+classes:shares=uniform@aum")]
    [InlineData("random:keep=1.0@none", "random:keep=1.0@none")]
    [InlineData("k-center:keep=0.3@features", "k-center:keep=0.3@features")]
    [InlineData("random:keep=0.3@distil", "random:keep=0.3@distil")]
    [InlineData("ccs:keep=0.3@distil:temperature=2,alpha=0.50+el2n", "ccs:keep=0.3@el2n+distil:alpha=0.5,temperature=2")]
    [InlineData("d2:keep=0.3@features + el2n:epochs=2", "d2:keep=0.3@el2n:epochs=2+features")]
    public void A_spec_has_one_canonical_text(string spec, string canonical)
    {
        Assert.True(SubsetSpec.Is(spec));
        Assert.Equal(canonical, SubsetSpec.Parse(spec).ToString());
        Assert.Equal(canonical, SubsetSpec.Parse(canonical).ToString());
    }

    [Theory]
    [InlineData("ccs:keep=0.3", "SELECTOR:keep=K@SCORE")]
    [InlineData("@el2n", "SELECTOR:keep=K@SCORE")]
    [InlineData("ccs:keep=0.3@", "SELECTOR:keep=K@SCORE")]
    [InlineData("ccs:keep=0.3@el2n@aum", "SELECTOR:keep=K@SCORE")]
    [InlineData("ccs@el2n", "how many samples are kept")]
    [InlineData("ccs:keep=0.3@none", "chooses by a score")]
    [InlineData("random:keep=0.3@el2n", "chooses by no score")]
    [InlineData("infobatch:keep=0.3@el2n", "no selection method infobatch")]
    [InlineData("ccs:keep=0.3@el3n", "el3n")]
    [InlineData("ccs:keep=0.3@el2n+aum", "write e.g. ccs:keep=0.3@el2n")]
    [InlineData("ccs:keep=0.3@el2n+features", "chooses by a score, and")]
    [InlineData("random:keep=0.3@distil:alpha=2", "alpha=2 is not in")]
    [InlineData("k-center:keep=0.3@none", "write e.g. k-center:keep=0.3@features")]
    [InlineData("d2:keep=0.3@el2n", "write e.g. d2:keep=0.3@el2n+features")]
    [InlineData("random:keep=0.3+classes:shares=inverse-accuracy@none", "by accuracies of classes, of which")]
    public void A_wrong_spec_says_what_is_possible(string spec, string part) =>
        Assert.Contains(part, Assert.Throws<MethodSpecException>(() => SubsetSpec.Parse(spec)).Message, StringComparison.Ordinal);

    // The recipe has four epochs; arms that go by the same evidence share its trainings, and features take one to its end.
    [Theory]
    [InlineData("random:keep=0.3@none", "")]
    [InlineData("ccs:keep=0.3@el2n:epochs=2,runs=3 top:keep=0.5@el2n:epochs=2,runs=3", "0.5 0.5 0.5")]
    [InlineData("top:keep=0.5@aum ccs:keep=0.3@el2n:epochs=1", "1 0.25")]
    [InlineData("k-center:keep=0.3@features random:keep=0.3@distil", "1")]
    [InlineData("d2:keep=0.3@el2n:epochs=2,runs=2+features", "1 0.5")]
    public void Choosing_takes_these_trainings(string specs, string shares) =>
        Assert.Equal(shares, string.Join(' ', SubsetSpec.Trainings(specs.Split(' ').Select(SubsetSpec.Parse), s_recipe.CreateTrainer(Small.Images(60), TorchSharp.torch.CPU)).Select(static share => share.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void The_page_shows_arms_that_there_are()
    {
        var arms = ArmsOfPage().Matches(Repository.File("docs/selection.md")).Select(static match => match.Value).ToArray();
        Assert.InRange(arms.Length, 4, 100);
        Assert.All(arms, static arm => SubsetSpec.Parse(arm));
    }

    [Fact]
    public void It_trains_on_what_it_chose_and_is_charged_with_the_choice()
    {
        var arms = ComparisonPlan.Arms(["top:keep=0.25@loss", "random:keep=0.25@none"], Controls.Full | Controls.Shortened | Controls.EqualCompute | Controls.Random);
        Assert.Equal(
            [
                "full", "top:keep=0.25@loss", "random:keep=0.25@none", "full@top:keep=0.25@loss", "full@random:keep=0.25@none", "full@top:keep=0.25@loss*compute", "random@top:keep=0.25@loss",
            ],
            arms.Select(static arm => arm.Name));
        var outcomes = new Dictionary<string, TrainingOutcome>();
        var trainer = s_recipe.CreateTrainer(Small.Images(), torch.CPU);
        var comparison = new Comparison(trainer, arms, [7]);
        comparison.Run(static _ => [], (run, outcome) => outcomes[run.Arm.Name] = outcome);

        var (top, random, twin) = (outcomes["top:keep=0.25@loss"], outcomes["random:keep=0.25@none"], outcomes["random@top:keep=0.25@loss"]);
        Assert.All(top.History, static epoch => Assert.Equal(128, epoch.Visited));
        Assert.Equal(512, top.Visited);

        // A training of all four epochs, and a pass of 512 samples after the last one.
        Assert.Equal(512 + 2048 + 512, top.Forwards);
        Assert.Equal(512 + 2048, top.Backwards);
        Assert.True(top.Seconds[Phase.Select] > 0 && top.Seconds.Total > top.Seconds[Phase.Select]);
        Assert.Equal(512, random.Forwards);
        Assert.Equal(random.WeightsSha256(), twin.WeightsSha256());
        Assert.NotEqual(random.WeightsSha256(), top.WeightsSha256());
        Assert.Equal(top.Steps, outcomes["full@top:keep=0.25@loss"].Steps);
        Assert.Equal((long)Math.Round(top.Compute / 3.0 * 64 / 2048), outcomes["full@top:keep=0.25@loss*compute"].Steps);

        var result = comparison.Results().Single(static arm => arm.Name == "top:keep=0.25@loss");
        Assert.Equal("top:keep=0.25@loss", result.Method);
        Assert.Equal(0.75, result.Saved.Samples, 12);
        Assert.True(result.Saved.Compute < 0);
        Assert.NotNull(result.DeltaRandom);
        Assert.Contains("random samples", ArmText.Of(comparison.Results().Single(static arm => arm.Control == "random")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_choice_is_the_same_again_and_another_at_another_seed()
    {
        var first = Weights("ccs:keep=0.25@el2n:epochs=2", [1, 2]);
        Assert.Equal(first, Weights("ccs:keep=0.25@el2n:epochs=2", [1, 2]));
        Assert.Equal(2, first.Distinct().Count());

        static string[] Weights(string spec, ulong[] seeds)
        {
            var found = new List<string>();
            var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms([spec], Controls.None), seeds);
            comparison.Run(static _ => [], (_, outcome) => found.Add(outcome.WeightsSha256()));
            return [.. found];
        }
    }

    [Fact]
    public void Features_are_of_one_training_of_all_epochs_which_the_score_shares()
    {
        var outcomes = new Dictionary<string, TrainingOutcome>();
        string[] specs = ["k-center:keep=0.25@features", "d2:keep=0.25@el2n:epochs=1+features", "moderate:keep=0.25@features"];
        var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms(specs, Controls.None), [3]);
        comparison.Run(static _ => [], (run, outcome) => outcomes[run.Arm.Name] = outcome);

        // Four epochs and the pass for features; the score's own pass beside.
        Assert.Equal(512 + 2048 + 512, outcomes[specs[0]].Forwards);
        Assert.Equal(512 + 2048 + 512 + 512, outcomes[specs[1]].Forwards);
        Assert.All(outcomes.Values, static outcome => Assert.Equal(512, outcome.Visited));
        Assert.Equal(3, outcomes.Values.Select(static outcome => outcome.WeightsSha256()).Distinct().Count());
    }

    [Fact]
    public void An_arm_with_a_teacher_is_charged_with_it_and_learns_otherwise()
    {
        var outcomes = new Dictionary<string, TrainingOutcome>();
        string[] specs = ["random:keep=0.25@none", "random:keep=0.25@distil", "random:keep=0.25@distil:alpha=0"];
        var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms(specs, Controls.None), [3]);
        comparison.Run(static _ => [], (run, outcome) => outcomes[run.Arm.Name] = outcome);
        Assert.Equal(512 + 2048 + 512, outcomes[specs[1]].Forwards);
        Assert.NotEqual(outcomes[specs[0]].WeightsSha256(), outcomes[specs[1]].WeightsSha256());
        Assert.Equal(outcomes[specs[0]].Visited, outcomes[specs[1]].Visited);
    }

    [Fact]
    public void Two_arms_of_one_score_share_its_trainings_and_are_both_charged()
    {
        var outcomes = new List<TrainingOutcome>();
        var trainings = new List<string>();
        var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms(["top:keep=0.25@loss", "bottom:keep=0.25@loss"], Controls.None), [1])
        {
            Choosing = (run, training) =>
            {
                trainings.Add($"{run.Arm.Name} {training}");
                return [];
            },
        };
        comparison.Run(static _ => [], (_, outcome) => outcomes.Add(outcome));
        Assert.Equal(["top:keep=0.25@loss 0"], trainings);
        Assert.All(outcomes, static outcome => Assert.Equal((512 + 2048 + 512, 512 + 2048), (outcome.Forwards, outcome.Backwards)));
        Assert.All(outcomes, static outcome => Assert.True(outcome.Seconds[Phase.Select] > 0));
        Assert.NotEqual(outcomes[0].WeightsSha256(), outcomes[1].WeightsSha256());
    }

    [Fact]
    public void What_can_not_be_chosen_is_said()
    {
        Assert.StartsWith("top:keep=1000@loss, seed 1: keep=1000 is more than", Assert.Throws<SelectionException>(static () => Run("top:keep=1000@loss")).Message, StringComparison.Ordinal);
        Assert.Throws<SelectionException>(static () => Run("random:keep=0@none"));

        static void Run(string spec) => new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms([spec], Controls.None), [1]).Run(static _ => [], static (_, _) => { });
    }

    [Fact]
    public void A_stop_while_it_scores_ends_the_comparison()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var comparison = new Comparison(s_recipe.CreateTrainer(Small.Images(), torch.CPU), ComparisonPlan.Arms(["top:keep=0.25@loss"], Controls.None), [1]);
        comparison.Run(static _ => [], static (_, _) => { }, stop.Token);
        Assert.True(comparison.Interrupted);
    }

    [GeneratedRegex(@"\b[a-z0-9-]+:keep=[^\s`]+@[a-z][^\s`]*")]
    private static partial Regex ArmsOfPage();
}
