using System.Globalization;
using System.Text.Json;
using Winnow.Data;
using Winnow.Records;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// A diffusion model (Ho et al., Denoising Diffusion Probabilistic Models, NeurIPS 2020): a small U-Net says which noise is in an image, told its class and how much noise there is. Time
/// steps and their noise are the paper's, the network's size is that of images of some 30 pixels.
/// </summary>
public sealed record DenoisingRecipe : TaskRecipe
{
    /// <summary>Adamw at 1e-3 without weight decay under a cosine with a twentieth of warm-up, gradients of a norm of at most 1; eight epochs.</summary>
    public DenoisingRecipe() => (Optimizer, LearningRate, WeightDecay, Schedule, ClipNorm) = ("adamw", 1e-3, 0, "cosine:warmup=0.05", 1);

    /// <inheritdoc/>
    public override string Task => DenoisingTask.TaskName;

    /// <summary>Channels of the U-Net at full resolution, a multiple of 16; twice as many at the two below.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Residual blocks at each resolution, on the way down and on the way up, 1 to 48.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Time steps of the diffusion, 1 to 10,000; the paper has 1,000.</summary>
    public int TimeSteps { get; init; } = 1000;

    /// <summary>The share of visits whose class isn't told, in [0, 1): without any, <see cref="Guidance"/> has nothing to go by.</summary>
    public double ClassDropout { get; init; } = 0.1;

    /// <summary>Whether methods judge samples by their losses relative to those at about the same time step, and not by the losses as they are.</summary>
    public bool RelativeLoss { get; init; } = true;

    /// <summary>Images that are made for the Fréchet distance at the end of a run, 2 to 100,000. Distances of different numbers can't be compared: of fewer images they are larger.</summary>
    public int Images { get; init; } = 1000;

    /// <summary>How often the network is asked for each of those images, 1 to <see cref="TimeSteps"/>.</summary>
    public int SamplingSteps { get; init; } = 20;

    /// <summary>How much further images are gone in the direction of their class, 0 to 20; anything but 0 asks the network twice a step.</summary>
    public double Guidance { get; init; }

    /// <inheritdoc/>
    public override TrainingTask CreateTask(TaskData data) => new DenoisingTask(Samples(data), this);

    /// <inheritdoc/>
    public override string Effort(TaskData data) => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Depth}|{string.Join('x', Samples(data).Train.Shape.ToArray())}");

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(RecipeRanges.Width, nameof(Width), Width, "32");
        Require(Width % 16 == 0, nameof(Width), Width, "a multiple of 16", FormattableString.Invariant($"{16 * Math.Max(1, Width / 16)}"));
        Require(RecipeRanges.Depth, nameof(Depth), Depth, "1");
        Require(RecipeRanges.TimeSteps, nameof(TimeSteps), TimeSteps, "1000");
        Require(RecipeRanges.ClassDropout, nameof(ClassDropout), ClassDropout, "0.1");
        Require(RecipeRanges.Images, nameof(Images), Images, "1000");
        Require(RecipeRanges.TimeSteps, nameof(SamplingSteps), SamplingSteps, "20");
        Require(SamplingSteps <= TimeSteps, nameof(SamplingSteps), SamplingSteps, FormattableString.Invariant($"at most the {TimeSteps} time steps"), FormattableString.Invariant($"{Math.Min(20, TimeSteps)}"));
        Require(RecipeRanges.Guidance, nameof(Guidance), Guidance, "1");
        Require(Guidance == 0 || ClassDropout > 0, nameof(Guidance), Guidance, "possible without visits whose class isn't told", "0");
    }

    /// <inheritdoc/>
    public override RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.DenoisingRecipe));

    /// <summary>The recipe that <see cref="ToRecord"/> gave.</summary>
    /// <exception cref="RecipeException">They hold no recipe.</exception>
    public static new DenoisingRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, new DenoisingRecipe(), RecipeJson.Default.DenoisingRecipe);
    }
}
