using System.Globalization;
using Winnow.Data;
using Winnow.Networks;
using Winnow.Networks.Masks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Records;
using Winnow.Training.Models;
using Winnow.Training.Models.Scripts;
using Winnow.Training.Tasks.Reconstruction;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>
/// Tells classes apart: images or vectors in memory, a network of the catalogue or of a TorchScript file, cross-entropy. Judged by accuracy, beside which stand the
/// test loss and the accuracy of the worst class.
/// </summary>
public sealed class ClassificationTask : TrainingTask
{
    /// <summary>What the task is called.</summary>
    public const string TaskName = "classify";

    private const string Accuracy = Records.Metrics.Accuracy, TestLoss = Records.Metrics.TestLoss, WorstClass = "worst_class_accuracy";

    private readonly TrainingRecipe _recipe;
    private readonly ModelSource _models;
    private readonly float[] _sizes = [];

    /// <summary>Checks that recipe and data go together.</summary>
    /// <param name="data">What to train and test on.</param>
    /// <param name="recipe">Which model, what is made of the data, and with which loss.</param>
    /// <exception cref="RecipeException">A value is out of range, or the model doesn't fit the data.</exception>
    /// <exception cref="DataException">The data can't be given the label noise or the imbalance that the recipe asks for.</exception>
    public ClassificationTask(LoadedData data, TrainingRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        if (data.Train.Classes < 2)
        {
            throw new RecipeException($"{data.Train.Name} has one class{(data.Train.ClassNames is [var only] ? $", {only}" : "")}, and the task {TaskName} tells at least two apart; give data of more classes, or a task that needs none, such as {ReconstructionTask.TaskName}.");
        }

        var (clean, train) = recipe.TrainSet(data);
        var (whole, labels) = (train.Count, clean.LabelsMemory);
        if (recipe.Selected(train) is { } kept)
        {
            (train, _sizes) = (train.Select(kept.Ids), kept.Weights);
            labels = Array.ConvertAll(kept.Ids, id => clean.Labels[id]);
        }

        CleanLabels = recipe.LabelNoise > 0 ? labels : default;
        (Data, _recipe) = (data with { Train = train }, recipe);
        if (recipe.Augmentation.Any && !data.Train.IsImage)
        {
            throw RecipeException.Of(
                nameof(recipe.Augmentation), $"{recipe.Augmentation} needs images, and {data.Train.Name} holds vectors of {data.Train.Shape[0]} features; use none.");
        }

        _models = ModelSource.Open(recipe);
        Notes = [.. recipe.SelectionNotes(train.Count, whole), .. ClassNotes.Of(Data)];
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override string ModelName => _recipe.Model;

    /// <summary>What is trained and tested on: the data given, with the recipe's label noise and imbalance in its training part.</summary>
    public LoadedData Data { get; }

    /// <summary>The training labels before the recipe's label noise; empty where it adds none.</summary>
    public ReadOnlyMemory<int> CleanLabels { get; }

    /// <summary>Takes the probabilities of all classes of the test samples at the end of a run, [samples × classes]; null where nobody does.</summary>
    internal Action<float[]>? Predicted { get; init; }

    /// <summary>The TorchScript file that the model comes from; null where it comes from none.</summary>
    public ScriptFile? Script => _models.Script;

    /// <summary>What each training sample counts: what the recipe's subset file says.</summary>
    public override ReadOnlyMemory<float> Sizes => _sizes;

    /// <inheritdoc/>
    public override DataInfo Dataset => field ??= DataInfo.Of(Data);

    /// <inheritdoc/>
    public override ReadOnlyMemory<int> Groups => Data.Train.LabelsMemory;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Signals => field ??= [.. ClassSignals.Names, .. Script is null ? [SignalNames.LastLayerGradient] : Array.Empty<string>(), SignalNames.FullGradient];

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; } = [new(Accuracy, HigherIsBetter: true, Decides: true) { IsShare = true }, new(TestLoss, HigherIsBetter: false), new(WorstClass, HigherIsBetter: true) { IsShare = true }];

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Identity => [new("test_data", Data.Test.Fingerprint)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> WeightForms => WeightsFile.Forms(Script, _models.Shrunk);

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device) => _models.CreateModule(Data.Train, device);

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => new DeviceData(Data.Train, Data.Train, _recipe.Augmentation, device, layout);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => new DeviceData(Data.Test, Data.Train, Augmentation.None, device, layout);

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(request);
        var labels = batch[Batch.Target];
        var losses = nn.functional.cross_entropy(output, labels, reduction: nn.Reduction.None, label_smoothing: request.Training ? _recipe.LabelSmoothing : 0);
        return new SampleOutput(losses) { Signals = ClassSignals.Of(output.detach(), batch, request) };
    }

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        var tells = Predicted is not null && evaluator.IsLast;
        if ((tells ? evaluator.Test(SignalNames.Correct, ClassSignals.Rows) : evaluator.Test(SignalNames.Correct)) is not { } columns)
        {
            return null;
        }

        if (tells)
        {
            Predicted!(columns[ClassSignals.Rows]);
        }

        var correct = columns.Flags(SignalNames.Correct);
        var byClass = ClassAccuracy(correct, Data.Test.Labels, Data.Test.Classes);
        return new Evaluation(new Dictionary<string, double>
        {
            [Accuracy] = (double)correct.Count(static right => right) / correct.Length,
            [TestLoss] = columns.Losses.Sum(static loss => (double)loss) / correct.Length,
            [WorstClass] = byClass.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min(),
        })
        { ByGroup = byClass };
    }

    /// <summary>The last of the network's parts, in all of the catalogue's.</summary>
    internal override TorchSharp.Modules.Linear? LastLayer(nn.Module model) => Script is null ? model.named_children().Select(static child => child.module).LastOrDefault() as TorchSharp.Modules.Linear : null;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Examine(Network network, Device device)
    {
        if (Script is not { } script)
        {
            return [.. PenaltyNote(network)];
        }

        script.CheckThatItCanBeSaved();
        return [.. ScriptCheck.Try(_recipe, Data.Train, device, network), .. LayoutNote(device), .. StateNote(script)];
    }

    /// <inheritdoc/>
    internal override MaskSet? Unpenalised(nn.Module model)
    {
        if (_recipe.SlimmingKeep is not { } keep)
        {
            return null;
        }

        try
        {
            var device = model.parameters().First().device;
            using var sample = zeros([1, .. Array.ConvertAll(Data.Train.Shape.ToArray(), static extent => (long)extent)], device: device);
            var trace = NetworkTrace.Of((nn.Module<Tensor, Tensor>)model, sample);
            return ScalePenalty.Kept(trace, ChannelBudget.Macs(trace, UnitScores.NormScales(trace), keep));
        }
        catch (NetworkPruningException error)
        {
            throw RecipeException.Of(nameof(_recipe.SlimmingKeep), string.Create(CultureInfo.InvariantCulture, $"{keep} can't be planned: {error.Message}"));
        }
    }

    private IEnumerable<string> PenaltyNote(Network network) => Unpenalised(network.Module) is not { } kept ? []
        : [string.Create(CultureInfo.InvariantCulture, $"The penalty is on {kept.Elements - kept.Kept} of {ScalePenalty.Of(network.Module).Sum(static entry => entry.Scale.numel())} scales of batch norms: those of the channels that go at {_recipe.SlimmingKeep:P0} of the multiplications.")];

    private IEnumerable<string> LayoutNote(Device device) => Data.Train.IsImage && _recipe.Layout == MemoryLayout.Contiguous && ScriptLayout.Problem(_models, _recipe, Data.Train, device) is { } problem
        ? [$"{_recipe.Model} is computed in contiguous order; channels-last, which often is faster, isn't possible: {problem}."]
        : [];

    private IEnumerable<string> StateNote(ScriptFile script) => script.Changing.Count > 0
        ? [$"The code in {_recipe.Model} changes {string.Join(", ", script.Changing)}, which isn't saved since it is no tensor: a run that goes on, and the file that a run leaves, begin with what is in {_recipe.Model}. Make it a buffer."]
        : [];

    /// <summary>
    /// The memory order that a recipe's model can be computed in: the recipe's own, but for the network of a TorchScript file that it doesn't suit.
    /// </summary>
    /// <param name="data">What it would be trained on.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="device">Where is computed.</param>
    /// <exception cref="RecipeException">The network can't be trained on the data in any order.</exception>
    /// <exception cref="DataException">The file can't be read, or is none.</exception>
    public static MemoryLayout FittingLayout(LoadedData data, TrainingRecipe recipe, Device device)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.ModelFile is null)
        {
            return recipe.Layout;
        }

        recipe.Validate();
        var models = ModelSource.Open(recipe);
        using var scope = NewDisposeScope();
        using (var network = models.Create(data.Train, device, MemoryLayout.Contiguous, seed: 0))
        {
            ScriptCheck.Try(recipe with { Layout = MemoryLayout.Contiguous }, data.Train, device, network);
        }

        return recipe.Layout == MemoryLayout.ChannelsLast && ScriptLayout.Problem(models, recipe, data.Train, device) is not null ? MemoryLayout.Contiguous : recipe.Layout;
    }

    /// <summary>The share of samples that were classified correctly, for each class; NaN for a class without samples.</summary>
    private static IReadOnlyList<double> ClassAccuracy(ReadOnlySpan<bool> correct, ReadOnlySpan<int> labels, int classes)
    {
        var (members, right) = (new long[classes], new long[classes]);
        for (var i = 0; i < labels.Length; i++)
        {
            members[labels[i]]++;
            right[labels[i]] += correct[i] ? 1 : 0;
        }

        return [.. right.Zip(members, static (count, all) => (double)count / all)];
    }
}
