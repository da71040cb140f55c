using System.Globalization;
using System.Text.Json;
using Winnow.Data;
using Winnow.Records;

namespace Winnow.Training.Tasks.Reconstruction;

/// <summary>
/// A masked autoencoder (He et al., Masked Autoencoders Are Scalable Vision Learners, CVPR 2022): a vision transformer sees a quarter of an image's patches, and a
/// light decoder predicts the others. Defaults are the paper's where it has them, the network's size that of images of some 30 pixels.
/// </summary>
public sealed record ReconstructionRecipe : TaskRecipe
{
    /// <summary>The paper's optimiser; eight epochs.</summary>
    public ReconstructionRecipe() => (Optimizer, LearningRate, WeightDecay, Schedule) = ("adamw", 1e-3, 0.05, "cosine:warmup=0.1");

    /// <inheritdoc/>
    public override string Task => ReconstructionTask.TaskName;

    /// <summary>Side of a patch in pixels, 1 to 64; it has to divide the image's sides.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>The share of an image's patches that is hidden, in (0, 1).</summary>
    public double Mask { get; init; } = 0.75;

    /// <summary>Numbers a patch in the encoder, a multiple of <see cref="Heads"/> and of 4.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Blocks of the encoder, 1 to 48.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Attention heads of encoder and decoder, 1 to 64.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Numbers a patch in the decoder, a multiple of <see cref="Heads"/> and of 4.</summary>
    public int DecoderWidth { get; init; } = 64;

    /// <summary>Blocks of the decoder, 1 to 48.</summary>
    public int DecoderDepth { get; init; } = 1;

    /// <summary>Whether a patch's pixels are predicted relative to its own mean and spread, which the paper found better (section 4.1).</summary>
    public bool NormalizePatches { get; init; } = true;

    /// <inheritdoc/>
    public override TrainingTask CreateTask(TaskData data) => new ReconstructionTask(Samples(data), this);

    /// <inheritdoc/>
    public override string Effort(TaskData data) => string.Create(CultureInfo.InvariantCulture,
        $"{Width}x{Depth}x{Heads}+{DecoderWidth}x{DecoderDepth}|{PatchSize}|{Mask}|{string.Join('x', Samples(data).Train.Shape.ToArray())}");

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(RecipeRanges.PatchSize, nameof(PatchSize), PatchSize, "4");
        Require(RecipeRanges.Mask, nameof(Mask), Mask, "0.75");
        Require(RecipeRanges.Depth, nameof(Depth), Depth, "4");
        Require(RecipeRanges.Depth, nameof(DecoderDepth), DecoderDepth, "1");
        Require(RecipeRanges.Heads, nameof(Heads), Heads, "4");
        RequireWidth(nameof(Width), Width);
        RequireWidth(nameof(DecoderWidth), DecoderWidth);
    }

    /// <inheritdoc/>
    public override RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.ReconstructionRecipe));

    /// <summary>The recipe that <see cref="ToRecord"/> gave.</summary>
    /// <exception cref="RecipeException">They hold no recipe.</exception>
    public static new ReconstructionRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, new ReconstructionRecipe(), RecipeJson.Default.ReconstructionRecipe);
    }

    private void RequireWidth(string setting, int width)
    {
        Require(RecipeRanges.Width, setting, width, "96");
        Require(width % Heads == 0 && width % 4 == 0, setting, width, FormattableString.Invariant($"a multiple of the {Heads} heads and of 4"), FormattableString.Invariant($"{4 * Heads * Math.Max(1, width / (4 * Heads))}"));
    }
}
