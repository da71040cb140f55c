using Winnow.Cli.Commands;
using Winnow.Training;

namespace Winnow.Cli.Tests;

public class OptionNamesTests
{
    // Settings that no option of their own decides: what the data or the program makes of others.
    private static readonly string[] s_without = [nameof(TrainingRecipe.PeakLearningRate), nameof(TrainingRecipe.LabelNoiseSeed), nameof(TrainingRecipe.SparsityMethod)];

    [Fact]
    public void Every_setting_of_a_recipe_is_called_by_an_option_that_there_is()
    {
        var train = TrainCommand.Create(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false), TimeProvider.System);
        var options = train.Options.Select(static option => option.Name).ToHashSet(StringComparer.Ordinal);
        Assert.All(typeof(TrainingRecipe).GetProperties().Select(static property => property.Name).Except(s_without), name => Assert.Contains(OptionNames.Of(name), options));
    }

    [Fact]
    public void A_wrong_setting_is_called_by_its_option()
    {
        var error = Assert.Throws<RecipeException>(() => new TrainingRecipe { WeightDecay = -1 }.Validate());
        Assert.StartsWith("WeightDecay -1 is not in ", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("--weight-decay -1 is not in ", OptionNames.Render(error), StringComparison.Ordinal);
        Assert.Equal("a sentence.", OptionNames.Render(new RecipeException("a sentence.")));
    }
}
