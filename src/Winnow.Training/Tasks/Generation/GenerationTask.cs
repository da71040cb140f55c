using Winnow.Data.Texts;
using Winnow.Records;
using Winnow.Training.Models.Llama;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Generation;

/// <summary>
/// Language modelling and instruction tuning: each token of a text, or of an answer, is predicted from those before it. A sample's loss is the mean over its predicted tokens; a step is the weighted
/// sum over the tokens of all samples by their weighted number (<see cref="TrainingTask.Sizes"/>). Judged by the perplexity of the test texts, or of the answers in them, and by how many answers the
/// network gives word for word.
/// </summary>
public sealed class GenerationTask : TrainingTask
{
    /// <summary>What the task is called.</summary>
    public const string TaskName = "generate";

    private const string Perplexity = "perplexity", ExactMatch = "exact_match", TestLoss = Records.Metrics.TestLoss;

    private readonly GenerationRecipe _recipe;
    private readonly TextData _data;
    private readonly LlamaFolder? _folder;
    private readonly LlamaConfig _config;
    private readonly BytePairTokenizer _tokenizer;
    private readonly TokenSamples _train, _test;
    private readonly float[] _sizes;

    /// <param name="data">The texts. Those that are trained on train the tokenizer, too, where the recipe names no model to begin with.</param>
    /// <param name="recipe">Context, the network's shape, or the model to begin with.</param>
    /// <exception cref="RecipeException">A value is out of range, a text is longer than the context and that is refused, or the model has changed.</exception>
    /// <exception cref="Winnow.Data.DataException">The model can't be read.</exception>
    public GenerationTask(TextData data, GenerationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        (_data, _recipe) = (data, recipe);
        _folder = recipe.InitialWeights is { } folder ? LlamaFolder.Read(folder) : null;
        if (_folder is not null && recipe.Context > _folder.Config.MaxPositions)
        {
            throw RecipeException.Of(nameof(recipe.Context), FormattableString.Invariant($"{recipe.Context} is more than the {_folder.Config.MaxPositions} positions of the model in {_folder.Path}; take at most those."));
        }

        _tokenizer = _folder?.Tokenizer ?? BytePairTokenizer.Train(data.Train.SelectMany(static sample => new[] { sample.Prompt, sample.Text }).OfType<string>(), recipe.NewVocabulary);
        _config = _folder?.Config ?? recipe.NewConfig(_tokenizer.Size, _tokenizer.EndToken!.Value);
        _train = TokenSamples.Of(data.Train, _tokenizer, _config, recipe, data.Name);
        _test = TokenSamples.Of(data.Test, _tokenizer, _config, recipe, data.Name);
        Notes = [.. TextNotes.Of(recipe, _tokenizer, _train, _test)];
        if (recipe.Subset is { } subset)
        {
            _train = subset <= _train.Count
                ? _train.Select(EvenSpread.Of(_train.Count, subset))
                : throw new RecipeException(FormattableString.Invariant($"a subset of {subset} samples is more than the {_train.Count} training samples of {data.Name}; take at most those."));
        }

        _sizes = SizesOf(_train);
        Metrics = Enumerable.Range(0, _test.Count).Any(_test.IsPrompted)
            ? [new(Perplexity, HigherIsBetter: false, Decides: true), new(TestLoss, HigherIsBetter: false), new(ExactMatch, HigherIsBetter: true) { IsShare = true }]
            : [new(Perplexity, HigherIsBetter: false, Decides: true), new(TestLoss, HigherIsBetter: false)];
    }

    private GenerationTask(GenerationTask whole, int count)
    {
        (_recipe, _data, _folder, _config, _tokenizer, _test, Metrics, Notes) = (whole._recipe, whole._data, whole._folder, whole._config, whole._tokenizer, whole._test, whole.Metrics, []);
        _train = whole._train.Select(EvenSpread.Of(whole._train.Count, count));
        _sizes = SizesOf(_train);
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override string ModelName => "llama";

    /// <inheritdoc/>
    public override DataInfo Dataset => new(_data.Name, _train.Count, _test.Count, 0, _data.Fingerprint);

    /// <summary>How many tokens of each training sample are predicted.</summary>
    public override ReadOnlyMemory<float> Sizes => _sizes;

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; }

    /// <summary>
    /// A folder as Hugging Face's libraries keep a model: <c>model.safetensors</c>, <c>config.json</c>, <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.
    /// <see cref="GenerationRecipe.InitialWeights"/> takes it.
    /// </summary>
    public override IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> WeightForms => LlamaFolder.Forms(_config, _tokenizer);

    /// <summary>The same on so many of the training samples, evenly spread.</summary>
    internal GenerationTask First(int count) => new(this, count);

    /// <summary>The samples that are trained on.</summary>
    internal TokenSamples Train => _train;

    /// <summary>The network's shape.</summary>
    internal LlamaConfig Config => _config;

    /// <summary>Makes tokens of texts and texts of tokens.</summary>
    internal BytePairTokenizer Tokenizer => _tokenizer;

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device)
    {
        using var scope = NewDisposeScope();
        var model = new LlamaDecoder(_config, _recipe.Context + TokenReader.Step, device);
        if (_folder is not null)
        {
            var network = new Network(model);
            network.Load(_folder.Weights, "the network", _folder.Path, $"{LlamaConfigFile.Name} there says another shape: fetch the folder again.");
            network.Forget();
        }

        return model;
    }

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => new TokenReader(_train, device);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => new TokenReader(_test, device);

    /// <summary>The loss of each predicted token, text after text, [predicted tokens].</summary>
    /// <inheritdoc/>
    public override Tensor Forward(nn.Module model, Batch batch) => TokenLosses.Of((LlamaDecoder)model, batch, judged: false).Losses;

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new SampleOutput(TokenLosses.Means(output, batch[Batch.Target]));
    }

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        var decoder = (LlamaDecoder)evaluator.Model;
        if (evaluator.Run(evaluator.TestSamples, [.. Enumerable.Range(0, _test.Count)], new HashSet<string> { ExactMatch }, Judge) is not { } columns)
        {
            return null;
        }

        double sum = 0;
        long right = 0, prompted = 0;
        for (var id = 0; id < _test.Count; id++)
        {
            sum += (double)columns.Losses[id] * _test.Size(id);
            prompted += _test.IsPrompted(id) ? 1 : 0;
            right += _test.IsPrompted(id) && columns[ExactMatch][id] != 0 ? 1 : 0;
        }

        var loss = sum / _test.Predicted;
        return new Evaluation(new Dictionary<string, double> { [Perplexity] = Math.Exp(loss), [TestLoss] = loss, [ExactMatch] = prompted == 0 ? double.NaN : (double)right / prompted });

        SampleOutput Judge(Batch batch)
        {
            var judged = evaluator.Compute(() =>
            {
                var (losses, likeliest) = TokenLosses.Of(decoder, batch, judged: true);
                return stack([TokenLosses.Means(losses, batch[Batch.Target]), TokenLosses.All(likeliest!, batch[Batch.Target])]);
            });
            return new SampleOutput(judged[0]) { Signals = new Dictionary<string, Tensor> { [ExactMatch] = judged[1] } };
        }
    }

    private static float[] SizesOf(TokenSamples samples) => [.. Enumerable.Range(0, samples.Count).Select(id => (float)samples.Size(id))];
}
