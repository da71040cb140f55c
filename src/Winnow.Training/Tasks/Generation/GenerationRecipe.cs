using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Data;
using Winnow.Data.Texts;
using Winnow.Records;
using Winnow.Training.Models.Llama;

namespace Winnow.Training.Tasks.Generation;

/// <summary>
/// Language modelling and instruction tuning: a decoder of Llama's kind goes on with plain texts, or answers prompts. A new network and tokenizer, or those of a folder
/// (<see cref="InitialWeights"/>): trained first on plain text, then tuned. Defaults are of a size that two processor cores train in minutes.
/// </summary>
public sealed record GenerationRecipe : TaskRecipe
{
    /// <summary>What is done with a text that is longer than the context.</summary>
    public const string Truncate = "truncate", Split = "split", Refuse = "refuse";

    /// <summary>AdamW under a cosine, batches of 32, gradients of norm 1 at most.</summary>
    public GenerationRecipe() => (Optimizer, LearningRate, WeightDecay, Schedule, BatchSize, ClipNorm) = ("adamw", 1e-3, 0.01, "cosine:warmup=0.05", 32, 1);

    /// <inheritdoc/>
    public override string Task => GenerationTask.TaskName;

    /// <summary>The folder of a language model to begin with, network and tokenizer; null for new ones. The properties that say its shape must then be null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FileIdentity? InitialWeights { get; init; }

    /// <summary>Tokens of the tokenizer that is trained on the training texts, at least 257; null for 4,096, or those of <see cref="InitialWeights"/>.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Tokens of a text that the network sees at once, at least 2.</summary>
    public int Context { get; init; } = 256;

    /// <summary>
    /// What is done with a text that is longer than the context: <c>truncate</c> leaves out what is too much, <c>split</c> makes several samples of it (plain texts alone), <c>refuse</c> ends. Null
    /// splits plain texts and truncates prompts with answers. What was done is told with numbers.
    /// </summary>
    public string? Overlong { get; init; }

    /// <summary>Numbers a token between layers, a multiple of twice the heads; null for 128, or as <see cref="InitialWeights"/> has it.</summary>
    public int? Width { get; init; }

    /// <summary>Layers; null for 4, or as <see cref="InitialWeights"/> has it.</summary>
    public int? Depth { get; init; }

    /// <summary>Heads that ask; null for 4, or as <see cref="InitialWeights"/> has it.</summary>
    public int? Heads { get; init; }

    /// <summary>Heads that are asked, a divisor of <see cref="Heads"/>; null for 2, or as <see cref="InitialWeights"/> has it.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Neurons of a layer's feed-forward part; null for the usual number (<see cref="LlamaConfig.UsualIntermediate"/>), or as <see cref="InitialWeights"/> has it.</summary>
    public int? Intermediate { get; init; }

    /// <summary>Whether one table turns tokens into numbers and back; null for true, or as <see cref="InitialWeights"/> has it.</summary>
    public bool? TieEmbeddings { get; init; }

    /// <inheritdoc/>
    public override FileIdentity? BeginsWith() => InitialWeights;

    /// <inheritdoc/>
    public override TaskData Open(string nameOrPath, DataOptions? options = null) => TextSources.Open(nameOrPath, options);

    /// <inheritdoc/>
    public override TrainingTask CreateTask(TaskData data) => new GenerationTask(Texts(data), this);

    /// <summary>The task on as many samples as a step takes, with the tokenizer of all.</summary>
    /// <inheritdoc/>
    public override TrainingTask CreateTaskToTry(TaskData data) => new GenerationTask(Texts(data), this with { Subset = null }).First(BatchSize);

    /// <inheritdoc/>
    public override string Effort(TaskData data)
    {
        var texts = Texts(data);
        return string.Create(CultureInfo.InvariantCulture, $"{InitialWeights?.Sha256}|{Vocabulary}|{Context}|{Overlong}|{Width}x{Depth}x{Heads}x{KeyValueHeads}x{Intermediate}|{TieEmbeddings}|{texts.Fingerprint}");
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Selection is null, nameof(Selection), Selection?.Path ?? "", "of texts; the task trains on all of them, or on those of another file", "nothing");
        Require(!Augmentation.Any, nameof(Augmentation), Augmentation, "none, as texts aren't varied", "none");
        Require(RecipeRanges.Context, nameof(Context), Context, "256");
        Require(Overlong is null or Truncate or Split or Refuse, nameof(Overlong), Overlong ?? "", $"{Truncate}, {Split} or {Refuse}", Truncate);
        if (InitialWeights is { } folder)
        {
            foreach (var (name, given) in new (string, object?)[]
            {
                (nameof(Vocabulary), Vocabulary), (nameof(Width), Width), (nameof(Depth), Depth), (nameof(Heads), Heads), (nameof(KeyValueHeads), KeyValueHeads),
                (nameof(Intermediate), Intermediate), (nameof(TieEmbeddings), TieEmbeddings),
            })
            {
                if (given is not null)
                {
                    throw RecipeException.Of(name, FormattableString.Invariant($"{given} can't be given with the model in {folder.Path}, which has a shape of its own. Leave it out."));
                }
            }

            return;
        }

        var (width, depth, heads, shared) = NewShape;
        Require(RecipeRanges.Vocabulary, nameof(Vocabulary), NewVocabulary, "4096");
        Require(RecipeRanges.Depth, nameof(Depth), depth, "4");
        Require(RecipeRanges.Heads, nameof(Heads), heads, "4");
        Require(shared >= 1 && heads % shared == 0, nameof(KeyValueHeads), shared, FormattableString.Invariant($"a divisor of the {heads} heads"), "1");
        Require(RecipeRanges.Width, nameof(Width), width, "128");
        Require(width % (2 * heads) == 0, nameof(Width), width, FormattableString.Invariant($"a multiple of twice the {heads} heads"), FormattableString.Invariant($"{2 * heads * Math.Max(1, width / (2 * heads))}"));
        Require(RecipeRanges.Width, nameof(Intermediate), Intermediate ?? 1, "352");
    }

    /// <summary>Every setting by its name in JSON, as a text: what has to be the same for a run to be the same. The folder counts by its content, wherever it lies.</summary>
    public override IEnumerable<KeyValuePair<string, string>> Settings() =>
        (this with { InitialWeights = WithoutPath(InitialWeights) }).ToRecord().ByName();

    /// <inheritdoc/>
    public override RecordedRecipe ToRecord() => new(JsonSerializer.SerializeToElement(this, RecipeJson.Default.GenerationRecipe));

    /// <summary>The recipe that <see cref="ToRecord"/> gave.</summary>
    /// <exception cref="RecipeException">They hold no recipe.</exception>
    public static new GenerationRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, new GenerationRecipe(), RecipeJson.Default.GenerationRecipe);
    }

    /// <summary>The folder of a language model as it is now, for <see cref="InitialWeights"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DataException">It isn't there, or a file of it can't be read.</exception>
    public static FileIdentity ModelIn(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return LlamaFolder.IdentityOf(folder);
    }

    /// <summary>Tokens of a new tokenizer.</summary>
    internal int NewVocabulary => Vocabulary ?? 4096;

    // Of a new network.
    private (int Width, int Depth, int Heads, int KeyValueHeads) NewShape => (Width ?? 128, Depth ?? 4, Heads ?? 4, KeyValueHeads ?? Math.Min(2, Heads ?? 4));

    /// <summary>The shape of a new network.</summary>
    /// <param name="tokens">Tokens of the tokenizer.</param>
    /// <param name="end">The one that begins and ends texts.</param>
    internal LlamaConfig NewConfig(int tokens, int end)
    {
        var (width, depth, heads, shared) = NewShape;
        return new()
        {
            VocabularySize = tokens,
            HiddenSize = width,
            IntermediateSize = Intermediate ?? LlamaConfig.UsualIntermediate(width),
            Layers = depth,
            Heads = heads,
            KeyValueHeads = shared,
            HeadSize = width / heads,
            MaxPositions = Context,
            TieEmbeddings = TieEmbeddings ?? true,
            BeginToken = end,
            EndToken = end,
        };
    }

    private TextData Texts(TaskData data) => Of<TextData>(data, "texts");
}
