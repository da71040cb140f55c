using Winnow.Catalog;
using Winnow.Training.Models;

namespace Winnow.Training;

/// <summary>Where the numbers of a <see cref="TrainingRecipe"/> may lie.</summary>
public static class RecipeRanges
{
    /// <summary>Passes over the data.</summary>
    public static NumberRange<int> Epochs { get; } = new(1, 1_000_000);

    /// <summary>Samples a step.</summary>
    public static NumberRange<int> BatchSize { get; } = new(1, 1 << 20);

    /// <summary>Channels of the first stage.</summary>
    public static NumberRange<int> Width { get; } = new(1, ModelCatalog.MaximumWidth);

    /// <summary>Peak learning rate.</summary>
    public static NumberRange<double> LearningRate { get; } = new(0, 1e6) { MinOpen = true };

    /// <summary>Momentum of sgd.</summary>
    public static NumberRange<double> Momentum { get; } = new(0, 1) { MaxOpen = true };

    /// <summary>Weight decay.</summary>
    public static NumberRange<double> WeightDecay { get; } = new(0, 1e3);

    /// <summary>Largest norm of a step's gradients.</summary>
    public static NumberRange<double> ClipNorm { get; } = new(0, 1e9) { MinOpen = true };

    /// <summary>Strength of the penalty on batch norms' scales.</summary>
    public static NumberRange<double> Slimming { get; } = new(0, 1) { MinOpen = true };

    /// <summary>Share of the weights that stays at the end.</summary>
    public static NumberRange<double> Density { get; } = new(0, 1) { MinOpen = true };

    /// <summary>Share of the target spread over all classes.</summary>
    public static NumberRange<double> LabelSmoothing { get; } = new(0, 1) { MaxOpen = true };

    /// <summary>Share of the training labels replaced by another class.</summary>
    public static NumberRange<double> LabelNoise { get; } = new(0, 1) { MaxOpen = true };

    /// <summary>Side of a patch in pixels.</summary>
    public static NumberRange<int> PatchSize { get; } = new(1, 64);

    /// <summary>Share of patches that is hidden.</summary>
    public static NumberRange<double> Mask { get; } = new(0, 1) { MinOpen = true, MaxOpen = true };

    /// <summary>Blocks of a transformer.</summary>
    public static NumberRange<int> Depth { get; } = new(1, 48);

    /// <summary>How often a U-Net halves its images.</summary>
    public static NumberRange<int> Halvings { get; } = new(1, 6);

    /// <summary>Attention heads.</summary>
    public static NumberRange<int> Heads { get; } = new(1, 64);

    /// <summary>Time steps of a diffusion.</summary>
    public static NumberRange<int> TimeSteps { get; } = new(1, 10_000);

    /// <summary>Share of visits whose class isn't told.</summary>
    public static NumberRange<double> ClassDropout { get; } = new(0, 1) { MaxOpen = true };

    /// <summary>Images that are made to be judged.</summary>
    public static NumberRange<int> Images { get; } = new(2, 100_000);

    /// <summary>How much further images are gone in the direction of their class.</summary>
    public static NumberRange<double> Guidance { get; } = new(0, 20);

    /// <summary>Tokens of a tokenizer that is trained.</summary>
    public static NumberRange<int> Vocabulary { get; } = new(Data.Texts.BytePairTokenizer.SmallestVocabulary, 1 << 18);

    /// <summary>Tokens of a text that a network sees at once.</summary>
    public static NumberRange<int> Context { get; } = new(2, 1 << 17);

    /// <summary>How many times smaller a share of its samples the rarest class keeps.</summary>
    public static NumberRange<double> Imbalance { get; } = new(1, 1e6);
}
