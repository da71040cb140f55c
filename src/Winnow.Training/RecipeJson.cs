using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Plans;
using Winnow.Records;

namespace Winnow.Training;

/// <summary>A normalisation as the command line writes it: weights, batch.</summary>
internal sealed class NormalizationConverter() : JsonStringEnumConverter<LossNormalization>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>A recipe as JSON, and as records keep it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(NormalizationConverter)])]
[JsonSerializable(typeof(TrainingRecipe))]
internal sealed partial class RecipeJson : JsonSerializerContext
{
    /// <summary>The settings of a recipe.</summary>
    public static RecordedRecipe Record(TrainingRecipe recipe) => new(JsonSerializer.SerializeToElement(recipe, Default.TrainingRecipe));

    /// <summary>The recipe of settings; what an earlier version didn't write has its default.</summary>
    /// <exception cref="RecipeException">They are no recipe.</exception>
    public static TrainingRecipe Read(RecordedRecipe settings)
    {
        try
        {
            return settings.Settings.Deserialize(Default.TrainingRecipe)!;
        }
        catch (JsonException error)
        {
            throw new RecipeException($"the recipe of the run is damaged: {error.Message} Begin a new run.");
        }
    }
}
