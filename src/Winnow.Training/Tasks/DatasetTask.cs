using TorchSharp;
using Winnow.Records;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>A loss a sample.</summary>
/// <param name="output">What the network gave, float32, [samples, …].</param>
/// <param name="target">What it is held against, [samples, …].</param>
/// <returns>float32 [samples], on the graph.</returns>
public delegate Tensor SampleLoss(Tensor output, Tensor target);

/// <summary>
/// A module, two TorchSharp data sets and a loss of one's own. The items of the data sets are dictionaries of tensors, as TorchSharp's own; their loader isn't needed.
/// Judged by the mean loss over the test set, and by accuracy where the loss is cross-entropy (<see cref="Classify"/>).
/// </summary>
public sealed class DatasetTask : TrainingTask
{
    private const string TestLoss = Records.Metrics.TestLoss, Accuracy = Records.Metrics.Accuracy;

    private readonly Func<nn.Module<Tensor, Tensor>> _module;
    private readonly utils.data.Dataset _train, _test;
    private readonly SampleLoss _loss;
    private readonly bool _classes;
    private readonly WeakReference<nn.Module> _last = new(null!);

    /// <param name="module">Makes a network with freshly drawn weights; called for every run. It may be on the processor: it is moved.</param>
    /// <param name="train">What is trained on. An item has to be the same whenever it is asked for; what varies it belongs into a task of one's own, where the draws are given.</param>
    /// <param name="test">What is tested on.</param>
    /// <param name="loss">A number a sample: PyTorch's losses without reduction, and then the mean over what a sample has of them.</param>
    /// <exception cref="ArgumentException">A data set is empty, or too large for ids of 31 bits.</exception>
    public DatasetTask(Func<nn.Module<Tensor, Tensor>> module, utils.data.Dataset train, utils.data.Dataset test, SampleLoss loss)
        : this(module, train, test, loss, classes: false)
    {
    }

    private DatasetTask(Func<nn.Module<Tensor, Tensor>> module, utils.data.Dataset train, utils.data.Dataset test, SampleLoss loss, bool classes)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(loss);
        (_module, _train, _test, _loss, _classes) = (module, train, test, loss, classes);
        if (train.Count is < 1 or > int.MaxValue || test.Count is < 1 or > int.MaxValue)
        {
            throw new ArgumentException($"there are {train.Count} training samples and {test.Count} test samples; both are between 1 and {int.MaxValue}.", nameof(train));
        }

        Metrics = classes
            ? [new(Accuracy, HigherIsBetter: true, Decides: true) { IsShare = true }, new(TestLoss, HigherIsBetter: false)]
            : [new(TestLoss, HigherIsBetter: false, Decides: true)];
    }

    /// <summary>Classification: cross-entropy on logits [samples, classes], judged by accuracy. It tells confidence, correctness, prediction and what scores ask for of each sample, but for the last layer's gradient, so that every method of the catalogue can be used that needs no labels beforehand.</summary>
    /// <param name="module">Makes a network with freshly drawn weights.</param>
    /// <param name="train">What is trained on; targets are int64 class numbers.</param>
    /// <param name="test">What is tested on.</param>
    public static DatasetTask Classify(Func<nn.Module<Tensor, Tensor>> module, utils.data.Dataset train, utils.data.Dataset test) =>
        new(module, train, test, static (output, target) => nn.functional.cross_entropy(output, target, reduction: nn.Reduction.None), classes: true);

    /// <summary>What the item's part is called that goes into the network; <c>data</c> in TorchSharp's own data sets, which is the default.</summary>
    public string InputName { get; init; } = "data";

    /// <summary>What the item's part is called that the output is held against; <c>label</c> by default.</summary>
    public string TargetName { get; init; } = "label";

    /// <summary>What the data is called in records.</summary>
    public string DataName { get; init; } = "data set";

    /// <summary>What tells this data from other of the same size, such as a hash of its files; empty where nobody says.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The class, or another group, of each training sample, for methods that ask for one; empty where there is none.</summary>
    public ReadOnlyMemory<int> Labels { get; init; }

    /// <inheritdoc/>
    public override string Name => _classes ? "classify-dataset" : "dataset";

    /// <inheritdoc/>
    public override DataInfo Dataset => field ??= new(DataName, (int)_train.Count, (int)_test.Count, Labels.IsEmpty ? 0 : System.Numerics.Tensors.TensorPrimitives.Max(Labels.Span) + 1, Fingerprint);

    /// <inheritdoc/>
    public override ReadOnlyMemory<int> Groups => Labels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Signals => _classes ? Classification.ClassSignals.Names : [];

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; }

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device)
    {
        var module = _module() ?? throw new InvalidOperationException("the function that makes the network gave null.");
        if (_last.TryGetTarget(out var last) && ReferenceEquals(last, module))
        {
            throw new InvalidOperationException("the function that makes the network gave the same one twice; every run begins with a new one, with weights of its own: () => new MyNetwork().");
        }

        _last.SetTarget(module);
        return module.to(device);
    }

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => new DatasetReader(this, _train, device, layout);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => new DatasetReader(this, _test, device, layout);

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(request);
        var target = batch[Batch.Target];
        return new SampleOutput(_loss(output, target))
        {
            Signals = _classes ? Classification.ClassSignals.Of(output.detach(), batch, request) : new Dictionary<string, Tensor>(),
        };
    }

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        if ((_classes ? evaluator.Test(SignalNames.Correct) : evaluator.Test()) is not { } columns)
        {
            return null;
        }

        var values = new Dictionary<string, double> { [TestLoss] = columns.MeanLoss };
        if (_classes)
        {
            values.Add(Accuracy, columns[SignalNames.Correct].Average(static right => (double)right));
        }

        return new Evaluation(values);
    }
}
