using System.Text.Json;
using Winnow.Data;
using Winnow.Training;
using Winnow.Training.Tasks.Segmentation;

namespace Winnow.Cli;

/// <summary>What the command line calls the settings of a recipe and of data.</summary>
internal static class OptionNames
{
    /// <summary>The option of a setting.</summary>
    /// <param name="setting">A property of <see cref="TrainingRecipe"/> or <see cref="DataOptions"/>.</param>
    public static string Of(string setting) => setting switch
    {
        nameof(TrainingRecipe.ModelFile) => "--model",
        nameof(TrainingRecipe.InitialWeights) => "--weights",
        nameof(TrainingRecipe.Normalization) => "--normalize",
        nameof(TrainingRecipe.Augmentation) => "--augment",
        nameof(TrainingRecipe.Subset) => "--limit",
        nameof(TrainingRecipe.Selection) => "--subset",
        nameof(DataOptions.Masks) => $"--task {SegmentationTask.TaskName}",
        nameof(DataOptions.Streaming) => "--stream",
        _ => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(setting),
    };

    /// <summary>What is wrong, with the options' names.</summary>
    public static string Render(Exception error) => error switch
    {
        RecipeException { Setting: { } setting, Told: var told } => $"{Of(setting)} {told}",
        DataOptionException data => data.Before + Of(data.Setting) + data.After,
        _ => error.Message,
    };
}
