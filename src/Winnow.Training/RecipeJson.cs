using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Plans;
using Winnow.Training.Tasks.Denoising;
using Winnow.Training.Tasks.Generation;
using Winnow.Training.Tasks.Reconstruction;
using Winnow.Training.Tasks.Segmentation;

namespace Winnow.Training;

/// <summary>A normalisation as the command line writes it: weights, batch.</summary>
internal sealed class NormalizationConverter() : JsonStringEnumConverter<LossNormalization>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>A recipe as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(NormalizationConverter)])]
[JsonSerializable(typeof(TrainingRecipe))]
[JsonSerializable(typeof(TrainingSettings))]
[JsonSerializable(typeof(ReconstructionRecipe))]
[JsonSerializable(typeof(SegmentationRecipe))]
[JsonSerializable(typeof(DenoisingRecipe))]
[JsonSerializable(typeof(GenerationRecipe))]
internal sealed partial class RecipeJson : JsonSerializerContext;
