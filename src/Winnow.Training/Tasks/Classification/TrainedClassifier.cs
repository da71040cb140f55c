using TorchSharp;
using Winnow.Data;
using Winnow.Networks.Graphs;
using Winnow.Networks.Shrinking;
using Winnow.Numerics;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>A classifier with trained weights, to be looked at or changed outside of a run. Computed in float32 whatever the run was trained in.</summary>
public sealed class TrainedClassifier : IDisposable
{
    private const int Batch = 256, NormBatch = 128;

    private readonly ClassificationTask _task;
    private readonly Network _network;
    private readonly DisposeScope _scope;
    private readonly InputScaling _scaling;

    /// <summary>Makes the network and reads the weights.</summary>
    /// <param name="task">What the network was trained for; a model of the catalogue.</param>
    /// <param name="weights">The trained weights, as <see cref="WeightsFile.Read(Stream, string)"/> gives them.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <exception cref="RecipeException">The weights are another model's, or the network comes from a TorchScript file, into which nobody can see.</exception>
    public TrainedClassifier(ClassificationTask task, IReadOnlyList<WeightArray> weights, string place)
        : this(task, () => new Network(task.CreateModel(CPU)), network =>
        {
            ArgumentNullException.ThrowIfNull(weights);
            network.Load(weights, task.ModelName, place);
        })
    {
    }

    private TrainedClassifier(ClassificationTask task, Func<Network> create, Action<Network> load)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Script is not null)
        {
            throw new RecipeException($"{task.ModelName} is a network from a TorchScript file, which runs no hooks, so that nobody can see into it; train a model of the catalogue.");
        }

        _task = task;
        _scope = NewDisposeScope();
        try
        {
            _network = create();
            load(_network);
            _network.Eval();
            _scaling = new(task.Data.Train, CPU);
        }
        catch
        {
            _scope.Dispose();
            throw;
        }
    }

    /// <summary>The network of a task before any training: with the weights that its recipe begins with, else drawn, other ones than runs of the seed begin with.</summary>
    /// <param name="task">What it is for; a model of the catalogue.</param>
    /// <param name="seed">Of the draw.</param>
    /// <exception cref="RecipeException">The network comes from a TorchScript file, into which nobody can see.</exception>
    public static TrainedClassifier Untrained(ClassificationTask task, ulong seed) =>
        new(task, () => Network.Create(() => task.CreateModel(CPU), MemoryLayout.Contiguous, task.ModelName, Rng.Derive(seed, 0, "untrained-weights").SeedAt(0)), static _ => { });

    /// <summary>All of its state as it is now.</summary>
    public IReadOnlyList<WeightArray> Weights() => new Network(Module).Weights();

    /// <summary>The network, in evaluation mode.</summary>
    public nn.Module<Tensor, Tensor> Module => (nn.Module<Tensor, Tensor>)_network.Module;

    /// <summary>A batch of inputs as the network takes them, all zero.</summary>
    /// <param name="samples">How many.</param>
    public Tensor Inputs(int samples) => zeros([samples, .. Array.ConvertAll(_task.Data.Test.Shape.ToArray(), static extent => (long)extent)]);

    /// <summary>A batch as the data set holds it, all zero: bytes or float32.</summary>
    /// <param name="samples">How many.</param>
    public Tensor DataInputs(int samples) => zeros([samples, .. Array.ConvertAll(_task.Data.Test.Shape.ToArray(), static extent => (long)extent)], HoldsBytes ? ScalarType.Byte : ScalarType.Float32);

    /// <summary>What the network gives for a batch as the data set holds it, which is scaled as in training.</summary>
    /// <param name="batch">Stays as it is.</param>
    public Tensor Forward(Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        return Module.call(_scaling.Apply(HoldsBytes ? batch : batch.clone())).MoveToOuterDisposeScope();
    }

    /// <summary>That scaling in a graph, for a file that takes what the data set holds.</summary>
    /// <param name="graph">Takes the operators.</param>
    /// <param name="input">A batch as the data set holds it.</param>
    public GraphValue Scale(IGraphBuilder graph, GraphValue input) => _scaling.Describe(graph, input);

    /// <summary>The first test samples as the data set holds them, in batches.</summary>
    /// <param name="most">At most so many.</param>
    public IEnumerable<Tensor> TestInputs(int most)
    {
        var test = _task.Data.Test;
        for (var start = 0; start < Math.Min(most, test.Count); start += Batch)
        {
            using var scope = NewDisposeScope();
            var batch = DataInputs(Math.Min(Batch, Math.Min(most, test.Count) - start));
            test.Read(Enumerable.Range(start, (int)batch.size(0)).ToArray(), batch.bytes);
            yield return batch;
        }
    }

    private bool HoldsBytes => _task.Data.Test.ElementType == ElementType.UInt8;

    /// <summary>The share of the test samples that are told right.</summary>
    /// <param name="progress">Is told how many of how many samples are done; null for nobody.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double Accuracy(Action<int, int>? progress = null, CancellationToken stop = default)
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTest(CPU, MemoryLayout.Contiguous);
        var count = _task.Dataset.Test;
        using var reader = samples.Read(Enumerable.Range(0, count).ToArray(), draws: null);
        double right = 0;
        for (var start = 0; start < count; start += Batch)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var batch = reader.Take(start, Math.Min(Batch, count - start));
            var told = _task.Measure(_network.Forward(_task, batch), batch, new(Training: false, new HashSet<string> { SignalNames.Correct }));
            right += told.Signals[SignalNames.Correct].to(float64).sum().ToDouble();
            progress?.Invoke(Math.Min(start + Batch, count), count);
        }

        return right / count;
    }

    /// <summary>Leaves in each parameter the gradient of the mean loss over some training samples, as they are and in evaluation mode.</summary>
    /// <param name="most">At most so many samples, drawn at random.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public void Gradients(int most, ulong seed, CancellationToken stop = default)
    {
        var ids = Drawn(most, seed, "gradient-samples");
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTrain(CPU, MemoryLayout.Contiguous);
        using var reader = samples.Read(ids, draws: null);
        _network.Module.zero_grad();
        for (var start = 0; start < ids.Length; start += Batch)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var batch = reader.Take(start, Math.Min(Batch, ids.Length - start));
            var told = _task.Measure(_network.Forward(_task, batch), batch, new(Training: true, new HashSet<string>()));
            told.Losses.sum().div(ids.Length).backward();
        }
    }

    /// <summary>Sends some training samples through the network, as they are, in evaluation mode and without gradients, for whoever looks on by hooks.</summary>
    /// <param name="most">At most so many samples, drawn at random.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public void Show(int most, ulong seed, CancellationToken stop = default)
    {
        var ids = Drawn(most, seed, "shown-samples");
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTrain(CPU, MemoryLayout.Contiguous);
        using var reader = samples.Read(ids, draws: null);
        for (var start = 0; start < ids.Length; start += Batch)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            _ = _network.Forward(_task, reader.Take(start, Math.Min(Batch, ids.Length - start)));
        }
    }

    /// <summary>Estimates the running statistics of batch normalisation anew, on training samples as they are (<see cref="NormStatistics"/>).</summary>
    /// <param name="most">On at most so many, drawn at random.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="progress">Is told how many of how many samples are done; null for nobody.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether the network has such statistics; else it is as it was.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public bool Recalibrate(int most, ulong seed, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        if (!NormStatistics.Has(Module) || _task.Dataset.Train < 2)
        {
            return false;
        }

        var ids = Drawn(most, seed, "norm-samples");

        // Of equal batches, the last one's rest left out: a variance of few samples would count as much as that of many.
        var batch = Math.Min(NormBatch, ids.Length);
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTrain(CPU, MemoryLayout.Contiguous);
        using var reader = samples.Read(ids, draws: null);
        NormStatistics.Estimate(Module, Enumerable.Range(0, ids.Length / batch).Select(k => (Action)(() =>
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            _ = _network.Forward(_task, reader.Take(k * batch, batch));
            progress?.Invoke((k + 1) * batch, ids.Length);
        })));
        return true;
    }

    private int[] Drawn(int most, ulong seed, string stream)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var ids = Enumerable.Range(0, _task.Dataset.Train).ToArray();
        Shuffle.FisherYates(ids, Rng.Derive(seed, 0, stream));
        return ids[..Math.Min(most, ids.Length)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }
}
