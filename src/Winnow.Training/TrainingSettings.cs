using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Catalog;
using Winnow.Networks.Sparsity;
using Winnow.Plans;
using Winnow.Records;

namespace Winnow.Training;

/// <summary>
/// How a task is trained: what the loop has to know, whatever is trained. Defaults are those measured in docs/records for images: eight epochs of Nesterov SGD under
/// a linear schedule.
/// </summary>
public record TrainingSettings
{
    /// <summary>Passes over the data, at least 1. A pruned pass is shorter.</summary>
    public int Epochs { get; init; } = 8;

    /// <summary>Samples a step, at least 1. Batches of an epoch differ by at most one sample, and none is dropped.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary><c>sgd</c> (Nesterov momentum) or <c>adamw</c>.</summary>
    public string Optimizer { get; init; } = "sgd";

    /// <summary>Peak learning rate, above 0; null takes 0.2 for sgd and 0.002 for adamw.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Momentum of sgd, in [0, 1).</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay, at least 0: coupled in sgd, decoupled in adamw.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>A spec of the schedule catalogue: <c>linear</c>, <c>cosine</c> or <c>onecycle</c>, with parameters.</summary>
    public string Schedule { get; init; } = "linear";

    /// <summary>Number format of the heavy operators. bfloat16 is worth it on processors that have it, and ten times slower on others.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>The memory order of images, weights and activations.</summary>
    public MemoryLayout Layout { get; init; } = MemoryLayout.ChannelsLast;

    /// <summary>What the sum of a batch's weighted losses is divided by. The default keeps the step's size whatever the weights.</summary>
    public LossNormalization Normalization { get; init; } = LossNormalization.Weights;

    /// <summary>
    /// Sends a batch through the model in parts of at most so many samples, whose gradients are added up before the step: less memory for the same step. What the step's
    /// losses are divided by stays the whole batch's; batch normalisation sees a part at a time. Null sends it as a whole.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MicroBatchSize { get; init; }

    /// <summary>The largest norm over all gradients of a step, above 0; larger ones are scaled down to it. Null leaves them as they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ClipNorm { get; init; }

    /// <summary>
    /// The strength of a penalty on the magnitudes of batch norms' scales, above 0, for networks that are to be made smaller by them (network slimming; Liu et al., ICCV 2017, section 3, with 1e-5 to
    /// 1e-4); null for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Slimming { get; init; }

    /// <summary>
    /// How weights are dropped while the network trains (<see cref="Winnow.Networks.Sparsity.SparsityMethod"/>), such as <c>gmp</c>; null takes <c>gmp</c> where there is a
    /// <see cref="Density"/>, and else drops none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sparsify { get; init; }

    /// <summary>The share of the weights of linear layers and convolutions that stays at the end, in (0, 1]; null keeps all, or leaves it to a <see cref="Sparsify"/> that says it by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Density { get; init; }

    /// <summary>The method that drops weights; null where none are dropped.</summary>
    [JsonIgnore]
    public SparsityMethod? SparsityMethod => Sparsify is null && Density is null ? null : SparsityMethod.Parse(Sparsify ?? "gmp");

    /// <summary>The peak learning rate that is used.</summary>
    public double PeakLearningRate => LearningRate ?? (Optimizer == "adamw" ? 0.002 : 0.2);

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="RecipeException">A value is out of range; the message states value, rule and remedy.</exception>
    public virtual void Validate()
    {
        Require(RecipeRanges.Epochs, nameof(Epochs), Epochs, "8");
        Require(RecipeRanges.BatchSize, nameof(BatchSize), BatchSize, "128");
        Require(Optimizer is "sgd" or "adamw", nameof(Optimizer), Optimizer, "sgd or adamw", "sgd");
        Require(RecipeRanges.LearningRate, nameof(LearningRate), PeakLearningRate, "0.2");
        Require(RecipeRanges.Momentum, nameof(Momentum), Momentum, "0.9");
        Require(RecipeRanges.WeightDecay, nameof(WeightDecay), WeightDecay, "5e-4");
        Require(Normalization is LossNormalization.Batch or LossNormalization.Weights, nameof(Normalization), Normalization, "batch or weights", "weights");
        Require(RecipeRanges.BatchSize, nameof(MicroBatchSize), MicroBatchSize ?? 1, "32");
        Require(RecipeRanges.ClipNorm, nameof(ClipNorm), ClipNorm ?? 1, "1");
        Require(RecipeRanges.Slimming, nameof(Slimming), Slimming ?? 1, "1e-4");
        _ = Schedules.ScheduleCatalog.Parse(Schedule);
        Require(RecipeRanges.Density, nameof(Density), Density ?? 1, "0.1");
        SparsityMethod?.CheckDensity(Density);
    }

    /// <summary>Every setting by its name in JSON, as a text: what has to be the same for a run to be the same.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> Settings() => ToRecord().ByName();

    /// <summary>The settings as records keep them.</summary>
    public virtual RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.TrainingSettings));

    /// <summary>Refuses a number out of its range.</summary>
    protected static void Require<T>(NumberRange<T> range, string setting, T value, string example)
        where T : struct, INumber<T> => Require(range.Contains(value), setting, value, $"in {range}", example);

    /// <summary>Refuses a value that breaks its rule.</summary>
    protected static void Require(bool holds, string setting, object value, string rule, string example)
    {
        if (!holds)
        {
            throw RecipeException.Of(setting, FormattableString.Invariant($"{value} is not {rule}; e.g. {example}."));
        }
    }
}
