using System.Globalization;
using System.Text.Json;
using Winnow.Data;
using Winnow.Records;

namespace Winnow.Training.Tasks.Segmentation;

/// <summary>Tells the class of each pixel by a U-Net. Eight epochs of AdamW in small batches: a sample has a loss for each of its pixels, so that few make a good step.</summary>
public sealed record SegmentationRecipe : TaskRecipe
{
    /// <summary>AdamW at 0.01, of two rates that were tried the better one on sprites over terrain (docs/tasks.md).</summary>
    public SegmentationRecipe() => (Optimizer, LearningRate, WeightDecay, BatchSize, Schedule) = ("adamw", 1e-2, 0.01, 32, "linear");

    /// <inheritdoc/>
    public override string Task => SegmentationTask.TaskName;

    /// <summary>Channels of the U-Net at the images' full size, 1 to 1024; twice as many after each halving.</summary>
    public int Width { get; init; } = 16;

    /// <summary>How often images are halved, 1 to 6; their sides have to be multiples of 2 to this power.</summary>
    public int Depth { get; init; } = 3;

    /// <inheritdoc/>
    public override TrainingTask CreateTask(TaskData data) => new SegmentationTask(Samples(data), this);

    /// <summary>Opens images with the class of each pixel.</summary>
    /// <inheritdoc/>
    public override TaskData Open(string nameOrPath, DataOptions? options = null) => DataSources.Open(nameOrPath, (options ?? new()) with { Masks = true });

    /// <inheritdoc/>
    public override string Effort(TaskData data)
    {
        var train = Samples(data).Train;
        return string.Create(CultureInfo.InvariantCulture, $"unet|{Width}x{Depth}|{string.Join('x', train.Shape.ToArray())}|{train.Classes}");
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(RecipeRanges.Width, nameof(Width), Width, "16");
        Require(RecipeRanges.Halvings, nameof(Depth), Depth, "3");
    }

    /// <inheritdoc/>
    public override RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.SegmentationRecipe));

    /// <summary>The recipe that <see cref="ToRecord"/> gave.</summary>
    /// <exception cref="RecipeException">They hold no recipe.</exception>
    public static new SegmentationRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, new SegmentationRecipe(), RecipeJson.Default.SegmentationRecipe);
    }
}
