using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Training.Tests;

public class RecipeNotesTests
{
    private static readonly TrainingRecipe s_sgd = new();
    private static readonly TrainingRecipe s_adamw = new() { Optimizer = "adamw" };

    private static string[] Topics(TrainingRecipe recipe, string method) => [.. RecipeNotes.Of(recipe, method).Select(static note => note.Topic)];

    [Theory]
    [InlineData("full")]
    [InlineData("random:keep=0.1")]
    [InlineData("infobatch")]
    [InlineData("infobatch-quantile")]
    public void The_default_recipe_is_warned_of_for_no_method(string method) => Assert.Empty(RecipeNotes.Of(s_sgd, method));

    [Fact]
    public void Rescaled_losses_divided_by_the_number_of_samples_under_adamw_are_warned_of()
    {
        var batch = s_adamw with { Normalization = LossNormalization.Batch };
        Assert.Equal(["rescaling"], Topics(batch, "infobatch"));
        Assert.Equal(["rescaling"], Topics(batch, "infobatch-quantile"));
        Assert.Empty(Topics(s_adamw, "infobatch"));
        Assert.Empty(Topics(s_sgd with { Normalization = LossNormalization.Batch }, "infobatch"));
        Assert.Empty(Topics(batch, "random:keep=0.5"));
        Assert.Empty(Topics(batch, "infobatch:keep=1"));
    }

    [Theory]
    [InlineData("sgd", 1e-3, true)]
    [InlineData("sgd", 9e-4, false)]
    [InlineData("adamw", 0.05, true)]
    [InlineData("adamw", 0.01, false)]
    public void Pruning_under_strong_weight_decay_is_warned_of(string optimizer, double decay, bool warned)
    {
        var recipe = s_sgd with { Optimizer = optimizer, WeightDecay = decay };
        Assert.Equal(warned ? ["weight-decay"] : [], Topics(recipe, "random:keep=0.7"));
        Assert.Equal(warned ? ["weight-decay"] : [], Topics(recipe, "infobatch"));
        Assert.Empty(Topics(recipe, "full"));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(200)]
    [InlineData(100_000)]
    public void A_biased_mix_of_samples_at_the_end_is_warned_of_where_there_is_batch_normalisation(int epochs)
    {
        var recipe = s_sgd with { Epochs = epochs };
        Assert.Equal(["batch-norm"], Topics(recipe, "infobatch:until=1"));
        Assert.Equal(["batch-norm"], Topics(recipe, "infobatch:keep=0.9,until=1"));
        Assert.Empty(Topics(recipe with { Model = "mlp" }, "infobatch:until=1"));

        // A uniform choice is no biased mix, however small it is.
        Assert.Empty(Topics(recipe, "random:keep=0.02,until=1"));
    }

    [Fact]
    public void A_choice_within_batches_until_the_end_is_a_biased_mix_too_and_shortens_no_epoch()
    {
        var recipe = s_sgd with { WeightDecay = 0.1 };
        Assert.Equal(["batch-norm"], RecipeNotes.Of(recipe, Choosing(1)).Select(static note => note.Topic));
        Assert.Empty(RecipeNotes.Of(recipe, Choosing(0.9)));

        static TestPolicy Choosing(double end) => new()
        {
            When = (progress, step) => progress < end && step % 2 == 0,
            Choose = static (_, losses) => [.. losses.Select(static loss => loss > 0.5f ? 1f : 0f)],
        };
    }

    // Every method that there is, and will be, can be rehearsed.
    [Fact]
    public void Every_method_of_the_catalogue_can_be_asked_about()
    {
        foreach (var method in PolicyCatalog.All)
        {
            Assert.Equal(RecipeNotes.Of(s_adamw, method.Name), RecipeNotes.Of(s_adamw, method.Name));
            Assert.NotNull(RecipeNotes.Of(s_sgd with { Epochs = 1 }, method.Name));
        }
    }

    [Fact]
    public void Every_note_says_what_to_do()
    {
        var recipe = s_adamw with { Normalization = LossNormalization.Batch, WeightDecay = 0.1 };
        var notes = RecipeNotes.Of(recipe, "infobatch:until=1");
        Assert.Equal(["rescaling", "weight-decay", "batch-norm"], notes.Select(static note => note.Topic));
        Assert.Contains("Divide by the weights", notes[0].Text, StringComparison.Ordinal);
        Assert.Contains("a weight decay of 0.1", notes[1].Text, StringComparison.Ordinal);
        Assert.Contains("until=0.875", notes[2].Text, StringComparison.Ordinal);
    }
}
