using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Data;
using Winnow.Records;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Training;

/// <summary>
/// Everything that decides a run of classification but the data, the pruning method and the seed: the settings of the loop, and the model, what is made of the data, and
/// the loss. Defaults are the recipe measured in docs/records: ResNet-9.
/// </summary>
public sealed record TrainingRecipe : TaskRecipe
{
    /// <inheritdoc/>
    public override string Task => ClassificationTask.TaskName;

    /// <inheritdoc/>
    public override FileIdentity? BeginsWith() => InitialWeights ?? ModelFile;

    /// <inheritdoc/>
    public override TrainingTask CreateTask(TaskData data) => new ClassificationTask(Samples(data), this);

    /// <inheritdoc/>
    public override string Effort(TaskData data)
    {
        var train = Samples(data).Train;
        return string.Create(CultureInfo.InvariantCulture, $"{ModelFile?.Sha256 ?? Model}|{Width}|{string.Join('x', train.Shape.ToArray())}|{train.Classes}");
    }

    private protected override TaskRecipe Plain() => (TrainingRecipe)base.Plain() with { LabelNoise = 0, Imbalance = 1 };

    /// <summary>A name of the model catalogue: mlp, resnet9, resnet-small, resnet18, vit. With a <see cref="ModelFile"/> what the model is called by, as a rule the file's name.</summary>
    public string Model { get; init; } = "resnet9";

    /// <summary>The TorchScript file that the model comes from, with its first weights; null for a model of the catalogue.</summary>
    public FileIdentity? ModelFile { get; init; }

    /// <summary>Channels of the first stage; null takes the model's own default. A file's model has a width of its own, so that it must be null there.</summary>
    public int? Width { get; init; }

    /// <summary>A safetensors file or an npz archive whose tensors the model begins with, in place of drawn ones or those of its file; null for none. They have to fit it, all of them.</summary>
    public FileIdentity? InitialWeights { get; init; }

    /// <summary>
    /// Leaves the penalty of <see cref="TrainingSettings.Slimming"/> to the channels that would go if the network that every run begins with were cut, by its scales, to this share of its multiplications, in (0, 1): what stays
    /// learns undisturbed (MaskSparsity; Jiang et al., 2023, section 3.2). Needs <see cref="InitialWeights"/>, since drawn weights have equal scales. Null penalises all.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SlimmingKeep { get; init; }

    /// <summary>Share of the target taken from the true class and spread over all classes, in [0, 1).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// Share of the training labels replaced by a uniformly drawn other class, in [0, 1): for experiments with wrong labels. The same labels
    /// for every method and every seed of the run; the test set stays as it is.
    /// </summary>
    public double LabelNoise { get; init; }

    /// <summary>Which labels <see cref="LabelNoise"/> replaces by what; independent of the run's seed, so that what is compared sees the same data.</summary>
    public ulong LabelNoiseSeed { get; init; }

    /// <summary>
    /// How many times smaller a share of its samples the rarest class keeps than the most frequent one, at least 1: for experiments with a
    /// long tail, made by leaving out training samples. 1 leaves out none.
    /// </summary>
    public double Imbalance { get; init; } = 1;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="RecipeException">A value is out of range; the message states value, rule and remedy.</exception>
    public override void Validate()
    {
        base.Validate();
        Require(RecipeRanges.LabelSmoothing, nameof(LabelSmoothing), LabelSmoothing, "0.1");
        Require(RecipeRanges.Width, nameof(Width), Width ?? RecipeRanges.Width.Min, "16");
        if (ModelFile is not null && Width is { } width)
        {
            throw RecipeException.Of(nameof(Width), FormattableString.Invariant($"{width} can't be given with the model {Model}: the network in a file is as wide as it is. Leave it out."));
        }

        if (SlimmingKeep is { } keep)
        {
            Require(keep is > 0 and < 1, nameof(SlimmingKeep), keep, "above 0 and below 1", "0.5");
            if (Slimming is null)
            {
                throw RecipeException.Of(nameof(SlimmingKeep), FormattableString.Invariant($"{keep} says which scales a penalty is on, and there is no penalty; give its strength, e.g. 5e-4, or leave the share out."));
            }

            if (InitialWeights is null || ModelFile is not null)
            {
                throw RecipeException.Of(nameof(SlimmingKeep), FormattableString.Invariant($"{keep} goes by the scales of a trained network of the catalogue, and {(ModelFile is null ? "runs begin with drawn weights here" : $"{Model} is none")}; give the weights of a run to begin with, or leave the share out."));
            }
        }

        Require(RecipeRanges.LabelNoise, nameof(LabelNoise), LabelNoise, "0.2");
        Require(RecipeRanges.Imbalance, nameof(Imbalance), Imbalance, "50");
    }

    /// <summary>What is trained on of a data set, before the recipe's subset file: without what the long tail leaves out, and with wrong labels.</summary>
    /// <param name="data">The data.</param>
    /// <returns>The samples with their true labels, and as they are trained on.</returns>
    /// <exception cref="DataException">The data can't be given the label noise or the imbalance that the recipe asks for.</exception>
    public (SampleSet Clean, SampleSet Train) TrainSet(LoadedData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var clean = SubsetOf(data.Train).WithLongTail(Imbalance);
        return (clean, clean.WithLabelNoise(LabelNoise, LabelNoiseSeed));
    }

    /// <summary>Every setting by its name in JSON, as a text: what has to be the same for a run to be the same. Files count by their content, wherever they lie.</summary>
    public override IEnumerable<KeyValuePair<string, string>> Settings() =>
        (this with { Selection = WithoutPath(Selection), ModelFile = WithoutPath(ModelFile), InitialWeights = WithoutPath(InitialWeights) }).ToRecord().ByName();

    /// <summary>The recipe as records keep it.</summary>
    public override RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.TrainingRecipe));

    /// <summary>The recipe that <see cref="ToRecord"/> gave; what an earlier version of it didn't know has its default.</summary>
    /// <param name="settings">From a run's files.</param>
    /// <exception cref="RecipeException">They hold no recipe.</exception>
    public static new TrainingRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, new TrainingRecipe(), RecipeJson.Default.TrainingRecipe);
    }
}
